#pragma once
// The EVM's state while the messages of a block are executed; inside of contract/evm.
//
// Each value has a version: who wrote it. A message that was executed early, before those in front
// of it had ended, is right exactly if all that it read still has the versions that it saw.

#include "contract/evm/world.hpp"

#include <unordered_map>

namespace bsn::contract::evm {

/// Who wrote a value: 0 for nobody in this block. A message has two, for its early execution and
/// for its second one: what was read of the first is worth nothing after the second.
using Version = std::uint32_t;
inline Version early_version(std::size_t message) { return static_cast<Version>(2 * message + 1); }
inline Version final_version(std::size_t message) { return static_cast<Version>(2 * message + 2); }

/// Hashes keys that an attacker may choose, such as slots: with a seed of this process.
struct KeyHash {
    std::size_t operator()(const Address& address) const;
    std::size_t operator()(const Word& word) const;
    std::size_t operator()(const Hash& hash) const { return FixedBytesHash{}(hash); }
};

template <typename Value>
struct Versioned {
    Value value;
    Version version = 0;
};

/// Values of accounts and slots by their address; what is not here lies further below. One thread
/// writes; many may read meanwhile only if nobody writes.
class Layer {
  public:
    using AccountValue = Versioned<std::optional<Account>>;

    const AccountValue* find_account(const Address& address) const;
    std::optional<Versioned<Word>> find_slot(const Address& address, const Word& slot) const;
    const Bytes* find_code(const Hash& hash) const;

    void put_account(const Address& address, const std::optional<Account>& account,
                     Version version);
    void put_slot(const Address& address, const Word& slot, const Word& value, Version version);
    /// All that a message changed.
    void apply(const Execution& execution, Version version);
    void clear();

    /// Writes all that has a version but 0.
    Status write(ledger::StateOverlay& state) const;

  private:
    struct Entry {
        std::optional<AccountValue> account;
        std::optional<Version> wiped;  ///< all slots became zero, unless they are here
        std::unordered_map<Word, Versioned<Word>, KeyHash> slots;
    };

    std::unordered_map<Address, Entry, KeyHash> entries_;
    std::unordered_map<Hash, Bytes, KeyHash> code_;
};

/// The state for a message whose turn it is. Remembers in the layer what it reads below.
class CommittedSource final : public StateSource {
  public:
    CommittedSource(Layer& layer, const ledger::StateOverlay& below)
        : layer_(layer), below_(below) {}

    Result<std::optional<Account>> account(const Address& address) override;
    Result<Bytes> code(const Hash& hash) override;
    Result<Word> slot(const Address& address, const Word& slot) override;

  private:
    Layer& layer_;
    const ledger::StateOverlay& below_;
};

/// What an early execution read, and of which version.
struct Read {
    Address address;
    std::optional<Word> slot;  ///< none: the account
    Version version = 0;
};

/// Whether all still has the version that was read.
bool still_true(const std::vector<Read>& reads, const Layer& layer);

/// The state for an early execution: what messages before it in the same group left, then what is
/// committed, then what this thread has read before, then the state below.
class EarlySource final : public StateSource {
  public:
    EarlySource(const Layer& group, const Layer& committed, Layer& cache,
                const ledger::StateOverlay& below, std::vector<Read>& reads)
        : group_(group), committed_(committed), cache_(cache), below_(below), reads_(reads) {}

    Result<std::optional<Account>> account(const Address& address) override;
    Result<Bytes> code(const Hash& hash) override;
    Result<Word> slot(const Address& address, const Word& slot) override;

  private:
    const Layer& group_;
    const Layer& committed_;
    Layer& cache_;
    const ledger::StateOverlay& below_;
    std::vector<Read>& reads_;
};

}  // namespace bsn::contract::evm
