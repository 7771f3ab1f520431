#include "store/rocksdb_mark.hpp"

#include <rocksdb/transaction_log.h>

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bsn::store {
namespace {

std::uint64_t size_of(const FileHandle& file) {
    struct stat state {};
    return ::fstat(file.get(), &state) == 0 ? static_cast<std::uint64_t>(state.st_size) : 0;
}

}  // namespace

Result<std::unique_ptr<RocksMark>> RocksMark::open(const std::filesystem::path& folder) {
    BSN_TRY(mark, SyncedMark::open(folder));
    return std::unique_ptr<RocksMark>(new RocksMark(folder, std::move(mark)));
}

Status RocksMark::check() const {
    std::optional<DurableFiles> durable;
    if (const auto& found = mark_.found()) {
        durable = {found->at(0), found->at(1), found->at(2), found->at(3)};
    }
    return check_record_files(folder_, durable, mark_.damaged());
}

Status RocksMark::begin(rocksdb::DB& database) {
    std::optional<WalEnd> end = wal_end(database);
    BSN_TRY(manifest, current_manifest(folder_));
    BSN_TRY(file, open_file(manifest_path(folder_, manifest), O_RDONLY));
    std::lock_guard lock(mutex_);
    manifest_ = manifest;
    manifest_file_ = std::move(file);
    manifest_seen_ = size_of(manifest_file_);
    note_manifest();
    // What the log held was replayed, and is in files that the MANIFEST names; the new one is
    // empty.
    if (end) wal_ = {end->number, 0};
    write();
    return {};
}

std::optional<WalEnd> RocksMark::wal_end(rocksdb::DB& database) {
    std::unique_ptr<rocksdb::LogFile> log;
    if (!database.GetCurrentWalFile(&log).ok()) return std::nullopt;
    return WalEnd{log->LogNumber(), log->SizeFileBytes()};
}

void RocksMark::note(const WalEnd& synced) {
    std::lock_guard lock(mutex_);
    wal_ = std::max(wal_, synced);
    note_manifest();
    write();
}

void RocksMark::end() {
    std::lock_guard lock(mutex_);
    manifest_seen_ = size_of(manifest_file_);
    note_manifest();
    write();
}

/// RocksDB writes the MANIFEST in the background. A size seen twice is no half-written record, and
/// syncing it here, once for each change, makes sure that it is durable. The caller holds `mutex_`.
void RocksMark::note_manifest() {
    std::uint64_t size = size_of(manifest_file_);
    bool settled = size == manifest_seen_;
    manifest_seen_ = size;
    if (!settled || size == manifest_bytes_) return;
    if (::fdatasync(manifest_file_.get()) == 0) manifest_bytes_ = size;
}

void RocksMark::write() {
    if (wal_.number == 0 || manifest_bytes_ == 0) return;
    mark_.note({wal_.number, wal_.bytes, manifest_, manifest_bytes_});
}

}  // namespace bsn::store
