#pragma once
// Who may do what in a channel, as of its last block: the sum of its control records.

#include "ledger/control.hpp"
#include "ledger/transaction.hpp"
#include "ledger/world_state.hpp"

#include <map>
#include <set>
#include <shared_mutex>
#include <string>

namespace bsn::peer {

/// The contract name under which control records are part of the world state.
inline constexpr std::string_view k_control_namespace = "_control";

/// Adds a control record to the world state, so that the state commitment covers it.
void put_control(ledger::StateOverlay& state, const ledger::ControlRecord& record);

/// The contract deployed under a name, by the world state; none if there is none.
Result<std::optional<ledger::ContractControl>> deployed_contract(const ledger::StateReader& state,
                                                                 std::string_view name);

/// Whether one of a role's patterns (`contract.function`, `contract.*`, `*`) permits the call.
bool role_permits(const ledger::RoleControl& role, std::string_view contract,
                  std::string_view function);

/// The control records of a channel in memory. One thread changes it; any thread may ask.
class AccessTable {
  public:
    /// Reads the control records of a channel's state.
    Status load(const ledger::StateReader& state);
    void apply(const ledger::ControlRecord& record);

    /// Whether the creator may call this with this key: `forbidden`, `unauthenticated` (another
    /// key) or `suspended`, with a sentence.
    Status authorize(const ledger::ParticipantId& creator, const crypto::PublicKey& signer,
                     std::string_view contract, std::string_view function) const;
    /// The same for a transaction that names no creator but its key, as those of dialects do.
    Status authorize_key(const crypto::PublicKey& signer, std::string_view contract,
                         std::string_view function) const;
    /// The contract deployed under a name, if there is one.
    std::optional<ledger::ContractControl> contract(std::string_view name) const;
    ledger::AppControl app() const;
    std::shared_ptr<const ledger::EpochRecord> epoch() const;
    /// `suspended`, with the reason, unless the app takes writes.
    Status check_active() const;

  private:
    void apply_locked(const ledger::ControlRecord& record);
    void set_member(const ledger::MemberControl& member);
    Status authorize_locked(const ledger::ParticipantId& creator, const crypto::PublicKey& signer,
                            std::string_view contract, std::string_view function) const;

    mutable std::shared_mutex mutex_;
    ledger::AppControl app_;
    std::shared_ptr<const ledger::EpochRecord> epoch_;
    ledger::StateControl state_;
    std::map<std::string, ledger::ContractControl, std::less<>> contracts_;
    std::map<std::string, ledger::RoleControl, std::less<>> roles_;
    std::map<ledger::ParticipantId, ledger::MemberControl> members_;
    std::map<crypto::PublicKey, ledger::ParticipantId> by_key_;
    std::optional<ledger::DialectSettings> dialect_;
};

}  // namespace bsn::peer
