#pragma once
// Notes up to where RocksDB's write-ahead log and MANIFEST are durable. Internal.

#include "store/rocksdb_wal_check.hpp"
#include "store/synced_mark.hpp"

#include <rocksdb/db.h>

#include <mutex>

namespace bsn::store {

/// Where a write-ahead log ends.
struct WalEnd {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;

    auto operator<=>(const WalEnd&) const = default;
};

/// Any thread may call any member.
class RocksMark {
  public:
    static Result<std::unique_ptr<RocksMark>> open(const std::filesystem::path& folder);

    /// Refuses a folder whose files hold less than what was noted.
    Status check() const;
    /// Learns the MANIFEST of the database, which was opened just now, and notes what is there.
    Status begin(rocksdb::DB& database);
    /// Where the log of a database ends that nobody writes to at the moment; none if unknown.
    static std::optional<WalEnd> wal_end(rocksdb::DB& database);
    /// Notes that the log is durable up to there, and so are all logs before it.
    void note(const WalEnd& synced);
    /// Notes what the MANIFEST holds, which nobody writes any more.
    void end();

  private:
    RocksMark(std::filesystem::path folder, SyncedMark mark)
        : folder_(std::move(folder)), mark_(std::move(mark)) {}

    void note_manifest();
    void write();

    const std::filesystem::path folder_;
    std::mutex mutex_;
    SyncedMark mark_;
    FileHandle manifest_file_;
    std::uint64_t manifest_ = 0;
    std::uint64_t manifest_seen_ = 0;   ///< its size at the former look
    std::uint64_t manifest_bytes_ = 0;  ///< durable
    WalEnd wal_;
};

}  // namespace bsn::store
