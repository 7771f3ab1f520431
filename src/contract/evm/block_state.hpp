#pragma once
// The EVM's state while the messages of a block are executed; inside of contract/evm.
//
// Each value has a version: who wrote it. A message that was executed early, before those in front
// of it had ended, is right exactly if all that it read still has the versions that it saw.

#include "contract/evm/world.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

namespace bsn::contract::evm {

/// Who wrote a value: 0 for nobody. A message has two, for its early execution and for its second
/// one: what was read of the first is worth nothing after the second. Later ones are greater.
using Version = std::uint32_t;
inline Version early_version(std::size_t message) { return static_cast<Version>(2 * message + 1); }
inline Version final_version(std::size_t message) { return static_cast<Version>(2 * message + 2); }

/// Stands for an account or a slot where they are compared only. Two that are different have the
/// same by accident, then a message is executed again without need; nobody can bring it about,
/// since it depends on a secret of this process.
using KeyId = std::uint64_t;
KeyId key_id(const Address& address);
KeyId key_id(const Address& address, const Word& slot);

struct SlotKey {
    Address address;
    Word slot;
    bool operator==(const SlotKey&) const = default;
};

/// Hashes keys that an attacker may choose, with a seed of this process.
struct KeyHash {
    using is_avalanching = void;
    std::size_t operator()(const Address& address) const { return key_id(address); }
    std::size_t operator()(const SlotKey& key) const { return key_id(key.address, key.slot); }
    std::size_t operator()(const Hash& hash) const { return FixedBytesHash{}(hash); }
};

template <typename Key, typename Value>
using KeyMap = boost::unordered_flat_map<Key, Value, KeyHash>;

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
    void put_code(const Hash& hash, const Bytes& code) { code_.try_emplace(hash, code); }
    /// Says of an account that all its slots are zero, but those that are put later.
    void wipe(const Address& address, Version version);

    /// Whose slots have to be erased from the state below.
    const KeyMap<Address, Version>& wiped() const { return wiped_; }
    /// All that has a version but 0, as the world state has it.
    ledger::StateEntries entries() const;

  private:
    bool is_wiped(const Address& address, Version version) const;

    KeyMap<Address, AccountValue> accounts_;
    KeyMap<SlotKey, Versioned<Word>> slots_;
    KeyMap<Address, Version> wiped_;
    KeyMap<Hash, Bytes> code_;
};

/// What the messages of a block have changed so far, and what was read for them: in parts, which
/// threads can change beside one another. While any does, nobody may read.
class BlockState {
  public:
    explicit BlockState(std::size_t parts) : parts_(parts) {}

    std::size_t parts() const { return parts_.size(); }
    const Layer::AccountValue* find_account(const Address& address) const {
        return part_of(key_id(address)).find_account(address);
    }
    std::optional<Versioned<Word>> find_slot(const Address& address, const Word& slot) const {
        return part_of(key_id(address, slot)).find_slot(address, slot);
    }
    const Bytes* find_code(const Hash& hash) const { return parts_.front().find_code(hash); }

    void put_account(const Address& address, const std::optional<Account>& account,
                     Version version) {
        parts_[key_id(address) % parts()].put_account(address, account, version);
    }
    void put_slot(const Address& address, const Word& slot, const Word& value, Version version) {
        parts_[key_id(address, slot) % parts()].put_slot(address, slot, value, version);
    }
    /// Of all that a message changed what belongs to a part; `ids` as `changed_ids` gives them.
    void apply(const Execution& execution, const std::vector<KeyId>& ids, Version version,
               std::size_t part);

    /// Erases from the overlay what was wiped; before `entries` are merged into it.
    Status write_wiped(ledger::StateOverlay& state) const;
    ledger::StateEntries entries(std::size_t part) const { return parts_[part].entries(); }

  private:
    const Layer& part_of(KeyId id) const { return parts_[id % parts()]; }

    std::vector<Layer> parts_;
};

/// For each change its account, if it was written, then its slots.
std::vector<KeyId> changed_ids(const Execution& execution);
/// All that a message changed.
void apply(const Execution& execution, Version version, Layer& layer);

/// The state for a message whose turn it is. Remembers what it reads below.
class CommittedSource final : public StateSource {
  public:
    CommittedSource(BlockState& committed, const ledger::StateOverlay& below)
        : committed_(committed), below_(below) {}

    Result<std::optional<Account>> account(const Address& address) override;
    Result<Bytes> code(const Hash& hash) override;
    Result<Word> slot(const Address& address, const Word& slot) override;

  private:
    BlockState& committed_;
    const ledger::StateOverlay& below_;
};

/// What an early execution read, and who of its group had written it; 0: none of them.
struct Read {
    KeyId id = 0;
    Version version = 0;
};

/// The state for an early execution: what messages before it in the same group left, then what is
/// committed, then what this thread has read before, then the state below.
class EarlySource final : public StateSource {
  public:
    EarlySource(const Layer* group, const BlockState& committed, Layer& cache,
                const ledger::StateOverlay& below, std::vector<Read>& reads)
        : group_(group), committed_(committed), cache_(cache), below_(below), reads_(reads) {}

    Result<std::optional<Account>> account(const Address& address) override;
    Result<Bytes> code(const Hash& hash) override;
    Result<Word> slot(const Address& address, const Word& slot) override;

  private:
    const Layer* group_;  ///< null for the first message of a group
    const BlockState& committed_;
    Layer& cache_;
    const ledger::StateOverlay& below_;
    std::vector<Read>& reads_;
};

}  // namespace bsn::contract::evm
