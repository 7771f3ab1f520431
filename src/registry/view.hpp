#pragma once
// What the permission chain says, typed and in memory, kept current on each node.

#include "ledger/control.hpp"
#include "ledger/genesis.hpp"
#include "ledger/world_state.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

namespace bsn::registry {

/// A city node.
struct NodeRecord {
    ledger::NodeId id;
    std::string name;
    std::string city;
    std::string operator_name;
    std::vector<crypto::PublicKeyBytes> keys;  ///< secp256r1, secp256k1, sm2
    std::string certificate;                   ///< PEM
    /// The first ordering height at which it does not count; 0: it counts.
    std::uint64_t revoked_from = 0;
};

/// Someone with a key.
struct ParticipantRecord {
    ledger::ParticipantId id;
    crypto::PublicKey key;  ///< the one that counts now
    std::string name;       ///< as they call themselves; may be empty
    bool revoked = false;
};

enum class MembershipState : std::uint8_t { invited = 1, requested = 2, approved = 3, removed = 4 };
std::string_view membership_state_name(MembershipState state);

/// A participant's part in an app.
struct MemberRecord {
    ledger::ParticipantId participant;
    MembershipState state = MembershipState::requested;
    std::vector<std::string> roles;
};

/// An app as published, and as changed since.
struct AppRecord {
    ledger::ChannelId channel;
    ledger::TxId creation;  ///< the transaction that published it
    std::string name;
    std::string description;
    std::string framework;  ///< `ledger`, …
    crypto::SuiteId suite = crypto::SuiteId::secp256r1;
    ledger::ParticipantId publisher;
    bool open_to_join = true;  ///< anyone may ask to join; otherwise by invitation only
    ledger::AppState state = ledger::AppState::active;
    std::string reason;  ///< of a suspension
    ledger::EpochRecord epoch;
    std::vector<ledger::ContractControl> contracts;
    std::vector<ledger::RoleControl> roles;
    UnixMillis created = 0;
};

/// An app with its members. Immutable.
struct App {
    AppRecord record;
    std::map<ledger::ParticipantId, MemberRecord> members;
};

/// Who asks for something: a participant who proved to hold a key, or nobody.
struct Caller {
    ledger::ParticipantId participant;
    crypto::PublicKey key;
};

/// Any thread may call any member; readers get immutable records.
class View {
  public:
    explicit View(ledger::ChannelId system) : system_(system) {}

    /// By name, or by channel id in hexadecimal.
    std::shared_ptr<const App> app(std::string_view name_or_channel) const;
    std::shared_ptr<const App> app(const ledger::ChannelId& channel) const;
    std::vector<std::shared_ptr<const App>> apps() const;  ///< by name
    std::optional<NodeRecord> node(const ledger::NodeId& id) const;
    std::vector<NodeRecord> nodes() const;
    std::optional<ParticipantRecord> participant(const ledger::ParticipantId& id) const;
    const ledger::ChannelId& system_channel() const { return system_; }

    /// Whether the caller (none: anyone) may call this function. `unauthenticated` if it would help
    /// to say who asks; `forbidden`, naming the function and the caller's roles, otherwise.
    Status may_call(const App& app, const Caller* caller, std::string_view contract,
                    std::string_view function) const;
    /// Whether the caller may read the app's blocks, transactions and events: every member may,
    /// and everybody may if a public role permits `*`.
    Status may_read(const App& app, const Caller* caller) const;

    /// Reads all records anew from the system channel's state.
    Status load(const ledger::StateReader& state);
    /// Takes over the records of another view.
    void take(View& other);

  private:
    const ledger::ChannelId system_;
    mutable std::shared_mutex mutex_;
    std::map<std::string, std::shared_ptr<const App>, std::less<>> apps_;
    std::map<ledger::ChannelId, std::shared_ptr<const App>> by_channel_;
    std::map<ledger::NodeId, NodeRecord> nodes_;
    std::map<ledger::ParticipantId, ParticipantRecord> participants_;
};

}  // namespace bsn::registry
