#include "sim/sim_disk.hpp"

#include "store/recorded_batch.hpp"

#include <algorithm>

namespace bsn::sim {

using store::LogPosition;
using store::RecordedBatch;
using store::Snapshot;
using store::Table;

namespace {

constexpr std::uint32_t k_only_segment = 1;

Error checksum_error(std::string_view what) {
    return {Code::corrupted, fmt::format("{}: the checksum is wrong", what)};
}

Status check_disk(const DiskFaults& faults, bool broken) {
    if (faults.failing) return Error{Code::io_error, "the disk fails"};
    if (broken) return Error{Code::io_error, "an earlier sync failed"};
    return {};
}

/// What survives of the writes above the durable ones: mostly a part, often all or nothing.
std::uint64_t choose_survivors(std::uint64_t durable, std::uint64_t written, Random& random) {
    if (random.chance(40)) return durable;
    if (random.chance(30)) return written;
    return random.between(durable, written);
}

}  // namespace

// --- database

Status SimDatabase::health() const { return check_disk({}, broken_); }

Result<std::optional<Bytes>> SimDatabase::get(Table table, ByteView key, const Snapshot* at) const {
    if (!damaged_.empty() && damaged_.contains({table, to_bytes(key)})) {
        return checksum_error("database");
    }
    return content_->get(table, key, at);
}

store::Visitor SimDatabase::checked(Table table, const store::Visitor& visit, Status& found) const {
    if (damaged_.empty()) return visit;
    return [this, table, &visit, &found](ByteView key, ByteView value) {
        if (!damaged_.contains({table, to_bytes(key)})) return visit(key, value);
        found = checksum_error("database");
        return false;
    };
}

Status SimDatabase::scan(Table table, ByteView prefix, ByteView start, const store::Visitor& visit,
                         const Snapshot* at) const {
    Status found;
    BSN_CHECK(content_->scan(table, prefix, start, checked(table, visit, found), at));
    return found;
}

Status SimDatabase::scan_reverse(Table table, ByteView prefix, ByteView start,
                                 const store::Visitor& visit, const Snapshot* at) const {
    Status found;
    BSN_CHECK(content_->scan_reverse(table, prefix, start, checked(table, visit, found), at));
    return found;
}

std::unique_ptr<store::WriteBatch> SimDatabase::batch() const {
    return std::make_unique<RecordedBatch>();
}

Status SimDatabase::check_writable() const {
    if (faults_.full) return Error{Code::no_space, "the disk is full"};
    return check_disk(faults_, broken_);
}

Status SimDatabase::write(store::WriteBatch& batch) {
    auto* changes = dynamic_cast<RecordedBatch*>(&batch);
    ensure(changes != nullptr, "a batch of another database");
    hook_("before a write");
    BSN_CHECK(check_writable());
    auto inner = content_->batch();
    Before before;
    for (const RecordedBatch::Change& change : changes->changes) {
        Key key{change.table, change.key};
        if (!before.contains(key)) {
            BSN_TRY(value, content_->get(change.table, change.key));
            before.emplace(key, std::move(value));
        }
        if (change.value) {
            inner->put(change.table, change.key, *change.value);
        } else {
            inner->erase(change.table, change.key);
        }
        damaged_.erase(key);
    }
    BSN_CHECK(content_->write(*inner));
    undo_.push_back(std::move(before));
    hook_("after a write");
    return {};
}

Status SimDatabase::sync() { return finish_sync(written()); }

Status SimDatabase::finish_sync(std::uint64_t through) {
    hook_("before the database's sync");
    if (Status status = check_disk(faults_, broken_); !status) {
        broken_ = true;
        return status;
    }
    if (!survives_) {
        while (durable_ < through) {
            undo_.pop_front();
            ++durable_;
        }
    }
    hook_("after the database's sync");
    return {};
}

std::optional<Bytes> SimDatabase::durable(Table table, ByteView key) const {
    Key wanted{table, to_bytes(key)};
    for (const Before& before : undo_) {
        if (auto found = before.find(wanted); found != before.end()) return found->second;
    }
    return content_->get(table, key).value();
}

void SimDatabase::freeze(Random& random) {
    survives_ = choose_survivors(durable_, written(), random);
}

void SimDatabase::undo_last() {
    auto changes = content_->batch();
    for (const auto& [key, value] : undo_.back()) {
        if (value) {
            changes->put(key.first, key.second, *value);
        } else {
            changes->erase(key.first, key.second);
        }
    }
    ensure(content_->write(*changes).ok(), "a database in memory takes every write");
    undo_.pop_back();
}

void SimDatabase::recover() {
    while (survives_ && written() > *survives_) undo_last();
    durable_ = written();
    undo_.clear();
    survives_.reset();
    broken_ = false;
}

void SimDatabase::wipe() {
    content_ = store::make_memory_database();
    undo_.clear();
    durable_ = 0;
    survives_.reset();
    broken_ = false;
    damaged_.clear();
}

bool SimDatabase::damage(Table table, Random& random) {
    std::vector<Bytes> keys;
    ensure(content_
               ->scan(table, {}, {},
                      [&](ByteView key, ByteView) {
                          keys.push_back(to_bytes(key));
                          return true;
                      })
               .ok(),
           "a database in memory can be read");
    if (keys.empty()) return false;
    damaged_.emplace(table, random.one_of(keys));
    return true;
}

// --- log

Status SimLog::health() const { return check_disk({}, broken_); }

LogPosition SimLog::position_of(std::uint64_t number) const {
    return {k_only_segment, number, static_cast<std::uint32_t>(records_[number]->size())};
}

Result<LogPosition> SimLog::append(ByteView record) {
    hook_("before an append");
    if (faults_.full) return Error{Code::no_space, "the disk is full"};
    BSN_CHECK(check_disk(faults_, broken_));
    records_.push_back(std::make_shared<const Bytes>(to_bytes(record)));
    hook_("after an append");
    return position_of(records_.size() - 1);
}

Status SimLog::sync() { return finish_sync(written()); }

Status SimLog::finish_sync(std::uint64_t through) {
    hook_("before the log's sync");
    if (Status status = check_disk(faults_, broken_); !status) {
        broken_ = true;
        return status;
    }
    if (!survives_) durable_ = std::max(durable_, through);
    hook_("after the log's sync");
    return {};
}

Result<Bytes> SimLog::read(const LogPosition& position) const {
    if (position.segment != k_only_segment) {
        return Error{Code::not_found, fmt::format("no segment {}", position.segment)};
    }
    if (position.offset >= records_.size() || position_of(position.offset) != position) {
        return Error{Code::corrupted, fmt::format("no good record of {} bytes at offset {}",
                                                  position.length, position.offset)};
    }
    if (damaged_.contains(position.offset)) return checksum_error("log");
    return *records_[position.offset];
}

Status SimLog::scan_from(const LogPosition& from, const Visit& visit) const {
    const std::uint64_t count = records_.size();
    for (std::uint64_t number = from.offset; number < count; ++number) {
        if (damaged_.contains(number)) return checksum_error("log");
        std::shared_ptr<const Bytes> record = records_[number];
        if (!visit(position_of(number), *record)) break;
    }
    return {};
}

void SimLog::freeze(Random& random) { survives_ = choose_survivors(durable_, written(), random); }

void SimLog::recover() {
    if (survives_) records_.resize(*survives_);
    durable_ = records_.size();
    damaged_.erase(damaged_.lower_bound(durable_), damaged_.end());
    survives_.reset();
    broken_ = false;
}

void SimLog::wipe() {
    records_.clear();
    durable_ = 0;
    survives_.reset();
    broken_ = false;
    damaged_.clear();
}

bool SimLog::damage(Random& random) {
    if (records_.empty()) return false;
    damaged_.insert(random.below(records_.size()));
    return true;
}

// --- syncer

Micros SimSyncer::delay() { return scheduler_.random().between(50, 1'000) * disk_.faults.slowness; }

void SimSyncer::request(std::function<void(Status)> done) {
    waiting_.push_back(std::move(done));
    if (at_work_) return;
    at_work_ = true;
    scheduler_.after(scheduler_.random().between(1, 50), life_, [this] { begin(); });
}

void SimSyncer::begin() {
    group_.swap(waiting_);
    scheduler_.after(delay(), life_, [this, through = disk_.log.written()] {
        sync_database(disk_.log.finish_sync(through));
    });
}

void SimSyncer::sync_database(const Status& log_synced) {
    if (!log_synced) return finish(log_synced);
    scheduler_.after(delay(), life_, [this, through = disk_.database.written()] {
        finish(disk_.database.finish_sync(through));
    });
}

void SimSyncer::finish(const Status& outcome) {
    if (!life_->alive) return;
    std::deque<std::function<void(Status)>> group;
    group.swap(group_);
    for (const auto& done : group) done(outcome);
    at_work_ = !waiting_.empty();
    if (at_work_) begin();
}

}  // namespace bsn::sim
