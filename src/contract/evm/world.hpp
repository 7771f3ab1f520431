#pragma once
// The EVM's accounts, code and slots in world state (`docs/formats.md` 20).

#include "contract/evm/runtime.hpp"
#include "ledger/world_state.hpp"

namespace bsn::contract::evm {

/// Reads from world state. As many threads as the reader below allows.
class WorldSource final : public StateSource {
  public:
    explicit WorldSource(const ledger::StateReader& below) : below_(below) {}

    Result<std::optional<Account>> account(const Address& address) override;
    /// `corrupted` if there is no such code: an account has named it.
    Result<Bytes> code(const Hash& hash) override;
    Result<Word> slot(const Address& address, const Word& slot) override;

  private:
    const ledger::StateReader& below_;
};

/// Writes what a message changed. The reward is the caller's to add.
Status apply(const Execution& execution, ledger::StateOverlay& state);
/// Adds to an account's balance; nothing for 0.
Status add_to_balance(const Address& address, const Word& amount, ledger::StateOverlay& state);

/// Puts an account as it is now; none: it is gone.
void put_account(const Address& address, const std::optional<Account>& account,
                 ledger::StateOverlay& state);
void put_code(const Hash& hash, const Bytes& code, ledger::StateOverlay& state);
void put_slot(const Address& address, const Word& slot, const Word& value,
              ledger::StateOverlay& state);
/// Erases all slots of an account.
Status erase_slots(const Address& address, ledger::StateOverlay& state);

/// The sum of two numbers of 256 bits, without what exceeds them.
Word sum(const Word& a, const Word& b);

}  // namespace bsn::contract::evm
