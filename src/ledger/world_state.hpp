#pragma once
// World state: each contract's entries, as of some block, and changes on top of them.

#include "ledger/types.hpp"
#include "store/database.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bsn::ledger {

/// Reads entries of contracts. Entries of one contract are in byte order of their keys.
class StateReader {
  public:
    using Visitor = std::function<bool(ByteView key, ByteView value)>;

    virtual ~StateReader() = default;
    virtual Result<std::optional<Bytes>> get(std::string_view contract, ByteView key) const = 0;
    /// Visits entries whose key begins with `prefix`, from `start` (inclusive; empty: the first)
    /// until the visitor returns false.
    virtual Status scan(std::string_view contract, ByteView prefix, ByteView start,
                        const Visitor& visit) const = 0;
};

/// A channel's entries in the database, now or at a snapshot (which must outlive this).
class StoredState final : public StateReader {
  public:
    StoredState(const store::Database& database, ByteView channel_prefix,
                const store::Snapshot* at = nullptr);
    Result<std::optional<Bytes>> get(std::string_view contract, ByteView key) const override;
    Status scan(std::string_view contract, ByteView prefix, ByteView start,
                const Visitor& visit) const override;

    /// The database key of an entry: channel prefix, u8 length and name of the contract, key.
    static Bytes database_key(ByteView channel_prefix, std::string_view contract, ByteView key);

  private:
    const store::Database& database_;
    Bytes channel_prefix_;
    const store::Snapshot* at_;
};

/// Orders byte strings as the database does, and compares borrowed ones without a copy.
struct BytesLess {
    using is_transparent = void;
    bool operator()(ByteView a, ByteView b) const;
};

/// Entries of one contract, ascending by key; none: erased, or known not to be there.
using StateEntries = std::map<Bytes, std::optional<Bytes>, BytesLess>;

/// Changes of a block being executed, over a state that does not change meanwhile. One thread.
class StateOverlay final : public StateReader {
  public:
    explicit StateOverlay(const StateReader& below) : below_(below) {}

    Result<std::optional<Bytes>> get(std::string_view contract, ByteView key) const override;
    Status scan(std::string_view contract, ByteView prefix, ByteView start,
                const Visitor& visit) const override;
    /// The same as `get`, and nothing is remembered: while nothing else is called, many threads may
    /// read in this way, if they may read the state below.
    Result<std::optional<Bytes>> peek(std::string_view contract, ByteView key) const;
    void put(std::string_view contract, ByteView key, Bytes value);
    void erase(std::string_view contract, ByteView key);
    /// Puts and erases many entries at once; faster than one by one. Not after `begin()`.
    void merge(std::string_view contract, StateEntries entries);

    /// Changes since here are kept by `keep()` and undone by `undo()`. Does not nest.
    void begin();
    void keep();
    void undo();

    /// A changed entry, and what it was in the state below.
    struct Change {
        std::string contract;
        Bytes key;
        std::optional<Bytes> before;
        std::optional<Bytes> after;
    };
    /// All net changes, ascending by contract and key; entries that are as before are left out.
    Result<std::vector<Change>> changes() const;
    /// Keys that `changes` will have to read below, ascending by contract and key.
    std::vector<Bytes> unread() const;

  private:
    using Contracts = std::map<std::string, StateEntries, std::less<>>;
    /// What an entry was before it changed; outer none: not in the overlay.
    struct Before {
        StateEntries* contract;
        Bytes key;
        std::optional<std::optional<Bytes>> value;
    };

    static const std::optional<Bytes>* find(const Contracts& in, std::string_view contract,
                                            ByteView key);
    static StateEntries& of(Contracts& all, std::string_view contract);
    void set(std::string_view contract, ByteView key, std::optional<Bytes> value);
    Result<std::optional<Bytes>> get_below(std::string_view contract, ByteView key) const;

    const StateReader& below_;
    Contracts entries_;
    mutable Contracts read_;       ///< found below: what is read is often changed, and read again
    std::vector<Before> journal_;  ///< of the changes since `begin()`
    bool open_ = false;
};

}  // namespace bsn::ledger
