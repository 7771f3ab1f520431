#pragma once
// The typed key-value store of one node: a few tables shared by all channels of the node, whose
// keys begin with the channel's prefix. Production is RocksDB; tests use a store in memory.

#include "base/bytes.hpp"
#include "store/sync_meter.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

namespace bsn::store {

/// The tables of a node.
enum class Table : std::uint8_t {
    state,   ///< world state
    blocks,  ///< block records and certificates, by height
    index,   ///< transaction id and batch indexes; point look-ups only (has Bloom filters)
    meta,    ///< what the node remembers of itself and its channels
    nonces,  ///< nonces that were used; keys come about in their order
};
inline constexpr std::size_t k_table_count = 5;

/// A set of changes that is written whole or not at all.
class WriteBatch {
  public:
    virtual ~WriteBatch() = default;
    virtual void put(Table table, ByteView key, ByteView value) = 0;
    virtual void erase(Table table, ByteView key) = 0;
};

/// The tables as they were at one moment; keep it only for as long as it is read.
class Snapshot {
  public:
    virtual ~Snapshot() = default;
};

/// Is given a key and value; returns false to end the scan.
using Visitor = std::function<bool(ByteView key, ByteView value)>;

/// Any thread may call any member.
class Database {
  public:
    virtual ~Database() = default;

    /// The value of a key, or none. `corrupted` when stored bytes fail their checksum, `io_error`
    /// when they cannot be read. Without a snapshot: as of now.
    virtual Result<std::optional<Bytes>> get(Table table, ByteView key,
                                             const Snapshot* at = nullptr) const = 0;
    /// Visits, in byte order, the keys that begin with `prefix`, from `start` (a whole key,
    /// inclusive; empty: from the first). They are seen as they were when the scan began.
    virtual Status scan(Table table, ByteView prefix, ByteView start, const Visitor& visit,
                        const Snapshot* at = nullptr) const = 0;
    /// The same from the last key downwards; `start` inclusive, empty: from the last.
    virtual Status scan_reverse(Table table, ByteView prefix, ByteView start, const Visitor& visit,
                                const Snapshot* at = nullptr) const = 0;

    virtual std::unique_ptr<WriteBatch> batch() const = 0;
    /// Applies a batch of this database. Seen by all readers afterwards, but durable only once a
    /// later `sync` has returned. A crash keeps a prefix of the writes, in their order.
    virtual Status write(WriteBatch& batch) = 0;
    /// Everything written before the call is durable when it returns.
    virtual Status sync() = 0;
    virtual std::unique_ptr<Snapshot> snapshot() const = 0;
    /// Why the database takes no more writes until it is opened anew, if it does not.
    virtual Status health() const { return {}; }
};

/// Opens (or makes) a RocksDB in a folder. `no_space`, `corrupted` (with the file's name) or
/// `io_error`; a folder written by a newer format version is refused with `unsupported_version`.
/// `syncs` meters the calls of `sync`. (What RocksDB syncs
/// besides, for the files that it writes in the background, is not counted.)
Result<std::unique_ptr<Database>> open_rocksdb(const std::filesystem::path& folder,
                                               const SyncMeter& syncs = {});

/// What the databases of this process share, in bytes; bounded, and full after a while of use.
struct DatabaseMemory {
    std::uint64_t cache = 0;      ///< blocks that were read or written, of `cache_limit`
    std::uint64_t memtables = 0;  ///< changes not written to files yet, of `memtables_limit`
    std::uint64_t cache_limit = 0;
    std::uint64_t memtables_limit = 0;
};
DatabaseMemory database_memory();

/// A store without durability, for tests.
std::unique_ptr<Database> make_memory_database();

}  // namespace bsn::store
