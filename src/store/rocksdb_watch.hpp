#pragma once
// What RocksDB tells while it runs. Internal to the RocksDB database.

#include <rocksdb/env.h>
#include <rocksdb/listener.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

namespace bsn::store {

/// RocksDB's warnings and errors, in the log of this process. RocksDB's own log file is not made:
/// it would lie on the disk that may be full, and writing to it then ends the process (an assertion
/// in Debian's build).
std::shared_ptr<rocksdb::Logger> rocksdb_log();

/// Notes when the write-ahead log of a database could not be written or synced. Its end is then
/// unknown, so that nothing may follow there, and RocksDB must not try to resume by itself. (It may
/// after a flush or compaction that found the disk full: these write files of their own.)
class RocksWatch final : public rocksdb::EventListener {
  public:
    /// The first failure of the log, if there was one.
    std::optional<rocksdb::Status> log_failure() const;

    void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override;
    void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason reason, rocksdb::Status error,
                              bool* auto_recovery) override;

  private:
    std::atomic<bool> log_failed_{false};
    mutable std::mutex mutex_;
    rocksdb::Status failure_;
};

}  // namespace bsn::store
