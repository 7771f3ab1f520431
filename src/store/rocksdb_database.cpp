#include "base/files.hpp"
#include "store/damage.hpp"
#include "store/database.hpp"
#include "store/disk_space.hpp"
#include "store/key_range.hpp"
#include "store/rocksdb_mark.hpp"
#include "store/rocksdb_options.hpp"
#include "store/rocksdb_watch.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <shared_mutex>
#include <utility>
#include <vector>

namespace bsn::store {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view k_format = "bsn-database 2\n";
constexpr std::size_t k_most_format_bytes = 4096;

rocksdb::Slice slice(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

ByteView view(const rocksdb::Slice& slice) { return as_bytes({slice.data(), slice.size()}); }

Code code_of(const rocksdb::Status& status) {
    if (status.IsCorruption()) return Code::corrupted;
    if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit) {
        return Code::no_space;
    }
    if (status.IsIOError()) return Code::io_error;
    return Code::internal;
}

std::string_view advice(Code code) {
    switch (code) {
        case Code::corrupted: return k_damage_advice;
        case Code::no_space:
            return "free space on this disk (if writes do not resume by themselves, restart)";
        case Code::io_error: return "check the disk and the system log, then restart";
        default: return "";
    }
}

/// RocksDB's own text is kept: it names the file.
Error error_of(std::string_view doing, const fs::path& folder, const rocksdb::Status& status) {
    Code code = code_of(status);
    std::string_view remedy = advice(code);
    return {code, fmt::format("cannot {} the database in {}: {}{}{}", doing, folder.string(),
                              status.ToString(), remedy.empty() ? "" : "; ", remedy)};
}

class RocksBatch final : public WriteBatch {
  public:
    explicit RocksBatch(const std::vector<rocksdb::ColumnFamilyHandle*>& tables)
        : tables_(tables) {}

    void put(Table table, ByteView key, ByteView value) override {
        check(content.Put(tables_.at(static_cast<std::size_t>(table)), slice(key), slice(value)));
    }
    void erase(Table table, ByteView key) override {
        check(content.Delete(tables_.at(static_cast<std::size_t>(table)), slice(key)));
    }

    rocksdb::WriteBatch content;

  private:
    static void check(const rocksdb::Status& status) {
        ensure(status.ok(), "a change did not fit into a batch");
    }
    const std::vector<rocksdb::ColumnFamilyHandle*>& tables_;
};

class RocksSnapshot final : public Snapshot {
  public:
    explicit RocksSnapshot(rocksdb::DB& database)
        : database_(database), content_(database.GetSnapshot()) {}
    ~RocksSnapshot() override { database_.ReleaseSnapshot(content_); }
    RocksSnapshot(const RocksSnapshot&) = delete;
    RocksSnapshot& operator=(const RocksSnapshot&) = delete;

    const rocksdb::Snapshot* content() const { return content_; }

  private:
    rocksdb::DB& database_;
    const rocksdb::Snapshot* content_;
};

class RocksDatabase final : public Database {
  public:
    RocksDatabase(fs::path folder, FileHandle lock, std::shared_ptr<RocksWatch> watch,
                  std::unique_ptr<RocksMark> mark, std::unique_ptr<rocksdb::DB> database,
                  std::vector<rocksdb::ColumnFamilyHandle*> tables, const SyncMeter& syncs)
        : folder_(std::move(folder)),
          lock_(std::move(lock)),
          watch_(std::move(watch)),
          mark_(std::move(mark)),
          database_(std::move(database)),
          tables_(std::move(tables)),
          syncs_(syncs) {}

    ~RocksDatabase() override {
        // What was never synced was promised to nobody, so a failure changes nothing.
        static_cast<void>(sync());
        for (rocksdb::ColumnFamilyHandle* table : tables_) {
            database_->DestroyColumnFamilyHandle(table).PermitUncheckedError();
        }
        database_->Close().PermitUncheckedError();
        mark_->end();
    }
    RocksDatabase(const RocksDatabase&) = delete;
    RocksDatabase& operator=(const RocksDatabase&) = delete;

    Result<std::optional<Bytes>> get(Table table, ByteView key, const Snapshot* at) const override {
        rocksdb::PinnableSlice value;
        rocksdb::Status status =
            database_->Get(read_options(at), handle(table), slice(key), &value);
        if (status.IsNotFound()) return std::optional<Bytes>();
        if (!status.ok()) return error_of("read", folder_, status);
        return std::optional<Bytes>(to_bytes(view(value)));
    }

    Status scan(Table table, ByteView prefix, ByteView start, const Visitor& visit,
                const Snapshot* at) const override {
        Range range(*this, table, prefix, at);
        rocksdb::Iterator& entry = *range.entry;
        bool from_first = start.empty() || slice(start).compare(slice(prefix)) < 0;
        entry.Seek(slice(from_first ? prefix : start));
        while (entry.Valid() && visit(view(entry.key()), view(entry.value()))) entry.Next();
        return ended(entry);
    }

    Status scan_reverse(Table table, ByteView prefix, ByteView start, const Visitor& visit,
                        const Snapshot* at) const override {
        Range range(*this, table, prefix, at);
        rocksdb::Iterator& entry = *range.entry;
        if (start.empty() || range.ends_before(start)) {
            entry.SeekToLast();
        } else {
            entry.SeekForPrev(slice(start));
        }
        while (entry.Valid() && visit(view(entry.key()), view(entry.value()))) entry.Prev();
        return ended(entry);
    }

    std::unique_ptr<WriteBatch> batch() const override {
        return std::make_unique<RocksBatch>(tables_);
    }

    Status write(WriteBatch& batch) override {
        auto* changes = dynamic_cast<RocksBatch*>(&batch);
        ensure(changes != nullptr, "a batch of another database");
        BSN_CHECK(usable());
        BSN_CHECK(has_space(changes->content.GetDataSize()));
        std::shared_lock lock(writing_);
        rocksdb::Status status = database_->Write(rocksdb::WriteOptions(), &changes->content);
        if (!status.ok()) return error_of("write to", folder_, status);
        return {};
    }

    Status sync() override {
        BSN_CHECK(usable());
        std::optional<WalEnd> end;
        {
            // In the middle of a write the end is no end of a record; a later sync notes it then.
            std::unique_lock quiet(writing_, std::try_to_lock);
            if (quiet) end = RocksMark::wal_end(*database_);
        }
        const auto begin = SyncMeter::Clock::now();
        rocksdb::Status status = database_->SyncWAL();
        if (!status.ok()) return error_of("sync", folder_, status);
        if (end) mark_->note(*end);
        syncs_.note_since(begin);
        return {};
    }

    Status health() const override { return usable(); }

    std::unique_ptr<Snapshot> snapshot() const override {
        return std::make_unique<RocksSnapshot>(*database_);
    }

  private:
    /// An iterator over the keys with a prefix, with the borders that it borrows.
    struct Range {
        Range(const RocksDatabase& owner, Table table, ByteView prefix, const Snapshot* at)
            : first(to_bytes(prefix)),
              behind(behind_prefix(prefix)),
              lower(slice(first)),
              upper(slice(behind)) {
            rocksdb::ReadOptions options = read_options(at);
            if (!first.empty()) options.iterate_lower_bound = &lower;
            if (!behind.empty()) options.iterate_upper_bound = &upper;
            entry.reset(owner.database_->NewIterator(options, owner.handle(table)));
        }
        bool ends_before(ByteView key) const {
            return !behind.empty() && slice(key).compare(upper) >= 0;
        }

        Bytes first;
        Bytes behind;
        rocksdb::Slice lower;
        rocksdb::Slice upper;
        std::unique_ptr<rocksdb::Iterator> entry;
    };

    /// Fails once the write-ahead log has failed, until the database is opened anew.
    Status usable() const {
        std::optional<rocksdb::Status> failure = watch_->log_failure();
        if (failure) return error_of("write any more to", folder_, *failure);
        return {};
    }

    Status has_space(std::size_t needed) const {
        std::error_code failure;
        fs::space_info space = fs::space(folder_, failure);
        if (failure) return {};
        std::uintmax_t reserved = reserved_space(space.capacity);
        if (space.available >= reserved + needed) return {};
        return Error{Code::no_space,
                     fmt::format("cannot write to the database in {}: of {} MB on this disk {} MB "
                                 "are free; free space",
                                 folder_.string(), space.capacity >> 20, space.available >> 20)};
    }

    static rocksdb::ReadOptions read_options(const Snapshot* at) {
        rocksdb::ReadOptions options;
        options.verify_checksums = true;
        if (at != nullptr) {
            const auto* snapshot = dynamic_cast<const RocksSnapshot*>(at);
            ensure(snapshot != nullptr, "a snapshot of another database");
            options.snapshot = snapshot->content();
        }
        return options;
    }

    rocksdb::ColumnFamilyHandle* handle(Table table) const {
        return tables_.at(static_cast<std::size_t>(table));
    }

    Status ended(const rocksdb::Iterator& entry) const {
        if (!entry.status().ok()) return error_of("read", folder_, entry.status());
        return {};
    }

    const fs::path folder_;
    const FileHandle lock_;
    const std::shared_ptr<RocksWatch> watch_;  ///< shared with RocksDB, which calls it
    const std::unique_ptr<RocksMark> mark_;
    std::shared_mutex writing_;  ///< shared by those who write
    std::unique_ptr<rocksdb::DB> database_;
    const std::vector<rocksdb::ColumnFamilyHandle*> tables_;
    const SyncMeter syncs_;
};

/// Refuses a folder that another version wrote; marks a new one with ours.
Status check_format(const fs::path& folder) {
    fs::path path = folder / "FORMAT";
    Result<Bytes> found = read_file(path, k_most_format_bytes);
    if (!found && found.error().code == Code::not_found) {
        std::error_code failure;
        bool is_database = fs::exists(folder / "CURRENT", failure);
        if (failure) return file_error("examine", folder / "CURRENT", failure.value());
        if (!is_database) return write_file_atomically(path, as_bytes(k_format));
        return Error{Code::unsupported_version,
                     fmt::format("{} holds a database of another program (it has no file FORMAT); "
                                 "choose another folder",
                                 folder.string())};
    }
    if (!found) return found.error();
    if (equal(*found, as_bytes(k_format))) return {};
    std::string_view name = as_text(*found);
    name = name.substr(0, name.find('\n'));
    if (!is_utf8(name) || !name.starts_with("bsn-database ")) {
        return damaged(path, 0, "it names no format");
    }
    return Error{Code::unsupported_version,
                 fmt::format("{} has the database format '{}', this program reads '{}'; use the "
                             "release that wrote it, or a newer one",
                             folder.string(), name, k_format.substr(0, k_format.size() - 1))};
}

}  // namespace

Result<std::unique_ptr<Database>> open_rocksdb(const fs::path& folder, const SyncMeter& syncs) {
    BSN_CHECK(make_private_folder(folder));
    BSN_TRY(lock, lock_folder(folder, "in-use"));
    BSN_CHECK(check_format(folder));
    BSN_TRY(mark, RocksMark::open(folder));
    BSN_CHECK(mark->check());
    auto watch = std::make_shared<RocksWatch>();
    rocksdb::DBOptions options = database_options();
    options.listeners.push_back(watch);
    // The mark covers the last write-ahead log; this covers those before it that are still needed.
    options.track_and_verify_wals_in_manifest = true;
    std::vector<rocksdb::ColumnFamilyHandle*> tables;
    rocksdb::DB* opened = nullptr;
    rocksdb::Status status =
        rocksdb::DB::Open(options, folder.string(), table_descriptors(), &tables, &opened);
    if (!status.ok()) return error_of("open", folder, status);
    std::unique_ptr<rocksdb::DB> database(opened);
    Status marked = mark->begin(*database);
    auto whole =
        std::make_unique<RocksDatabase>(folder, std::move(lock), std::move(watch), std::move(mark),
                                        std::move(database), std::move(tables), syncs);
    BSN_CHECK(marked);
    return std::unique_ptr<Database>(std::move(whole));
}

}  // namespace bsn::store
