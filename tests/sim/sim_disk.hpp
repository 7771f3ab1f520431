#pragma once
// A node's disk: database and append log in memory that lose, at a crash, what was not synced.

#include "sim/scheduler.hpp"
#include "store/append_log.hpp"
#include "store/database.hpp"
#include "store/syncer.hpp"

#include <deque>
#include <functional>
#include <map>
#include <set>

namespace bsn::sim {

/// What is wrong with a disk now.
struct DiskFaults {
    bool full = false;     ///< writes answer `no_space`
    bool failing = false;  ///< writes and syncs answer `io_error`
    unsigned slowness = 1;
};

/// Called before and after each operation that changes the disk; a crash may happen there.
using DiskHook = std::function<void(std::string_view point)>;

/// Writes are numbered from 1. A crash keeps a prefix of them, which holds at least those that were
/// synced.
class SimDatabase final : public store::Database {
  public:
    SimDatabase(const DiskFaults& faults, const DiskHook& hook) : faults_(faults), hook_(hook) {}

    Result<std::optional<Bytes>> get(store::Table table, ByteView key,
                                     const store::Snapshot* at = nullptr) const override;
    Status scan(store::Table table, ByteView prefix, ByteView start, const store::Visitor& visit,
                const store::Snapshot* at = nullptr) const override;
    Status scan_reverse(store::Table table, ByteView prefix, ByteView start,
                        const store::Visitor& visit,
                        const store::Snapshot* at = nullptr) const override;
    std::unique_ptr<store::WriteBatch> batch() const override;
    Status write(store::WriteBatch& batch) override;
    Status sync() override;
    Status health() const override;
    std::unique_ptr<store::Snapshot> snapshot() const override { return content_->snapshot(); }

    /// The number of the last write.
    std::uint64_t written() const { return durable_ + undo_.size(); }
    /// Ends a sync that began when `through` was the last write.
    Status finish_sync(std::uint64_t through);
    /// The value of a key as far as it is durable.
    std::optional<Bytes> durable(store::Table table, ByteView key) const;

    /// What a crash now leaves; later writes are lost.
    void freeze(Random& random);
    /// Opens the database as the crash left it.
    void recover();
    void wipe();
    /// From here on, until it is written again, the value of some key fails its checksum; false if
    /// there is none.
    bool damage(store::Table table, Random& random);

  private:
    using Key = std::pair<store::Table, Bytes>;
    /// What a write changed, as it was before.
    using Before = std::map<Key, std::optional<Bytes>>;

    Status check_writable() const;
    store::Visitor checked(store::Table table, const store::Visitor& visit, Status& found) const;
    void undo_last();

    const DiskFaults& faults_;
    const DiskHook& hook_;
    std::unique_ptr<store::Database> content_ = store::make_memory_database();
    std::uint64_t durable_ = 0;  ///< writes that are
    std::deque<Before> undo_;    ///< of the writes above them
    std::optional<std::uint64_t> survives_;
    bool broken_ = false;  ///< a sync failed
    std::set<Key> damaged_;
};

/// Records are numbered from 0; a record's offset is its number. A torn record, half of which a
/// crash left, is cut off when a log is opened: here it is lost with the crash.
class SimLog final : public store::AppendLog {
  public:
    SimLog(const DiskFaults& faults, const DiskHook& hook) : faults_(faults), hook_(hook) {}

    Result<store::LogPosition> append(ByteView record) override;
    Status sync() override;
    Status health() const override;
    Result<Bytes> read(const store::LogPosition& position) const override;
    Status scan_from(const store::LogPosition& from, const Visit& visit) const override;

    std::uint64_t written() const { return records_.size(); }
    Status finish_sync(std::uint64_t through);
    bool is_durable(const store::LogPosition& position) const { return position.offset < durable_; }

    void freeze(Random& random);
    void recover();
    void wipe();
    bool damage(Random& random);
    void damage(const store::LogPosition& position) { damaged_.insert(position.offset); }

  private:
    store::LogPosition position_of(std::uint64_t number) const;

    const DiskFaults& faults_;
    const DiskHook& hook_;
    std::vector<std::shared_ptr<const Bytes>> records_;
    std::uint64_t durable_ = 0;
    std::optional<std::uint64_t> survives_;
    bool broken_ = false;
    std::set<std::uint64_t> damaged_;
};

/// Both, on one disk.
class SimDisk {
  public:
    DiskFaults faults;
    DiskHook hook = [](std::string_view) {};
    SimDatabase database{faults, hook};
    SimLog log{faults, hook};

    void freeze(Random& random) {
        log.freeze(random);
        database.freeze(random);
    }
    void recover() {
        log.recover();
        database.recover();
    }
    void wipe() {
        log.wipe();
        database.wipe();
    }
};

/// Syncs log and database one after the other, for all who asked before it began; it takes time.
class SimSyncer final : public store::Syncer {
  public:
    SimSyncer(Scheduler& scheduler, LifePtr life, SimDisk& disk)
        : scheduler_(scheduler), life_(std::move(life)), disk_(disk) {}

    void request(std::function<void(Status)> done) override;

  private:
    void begin();
    void sync_database(const Status& log_synced);
    void finish(const Status& outcome);
    Micros delay();

    Scheduler& scheduler_;
    const LifePtr life_;
    SimDisk& disk_;
    std::deque<std::function<void(Status)>> waiting_;
    std::deque<std::function<void(Status)>> group_;
    bool at_work_ = false;
};

}  // namespace bsn::sim
