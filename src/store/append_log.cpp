#include "store/append_log.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "store/damage.hpp"
#include "store/log_segment.hpp"
#include "store/synced_mark.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <unistd.h>
#include <utility>
#include <vector>

namespace bsn::store {
namespace fs = std::filesystem;
namespace {

constexpr std::uint32_t k_first_segment = 1;

/// The log on files. Only the last segment grows; it is synced before the next one is made, so
/// that a crash can tear nothing but the end of the last one.
///
/// Locks, always taken in this order:
///   appending_  one append at a time
///   syncing_    one fsync at a time: the kernel tells a failed write-back to one of several only
///   state_      the members below it; held for moments
class FileLog final : public AppendLog {
  public:
    FileLog(fs::path folder, FileHandle lock, SyncedMark mark, std::uint64_t segment_bytes,
            std::uint32_t first_segment, Segment last, std::uint64_t end, const SyncMeter& syncs)
        : folder_(std::move(folder)),
          lock_(std::move(lock)),
          mark_(std::move(mark)),
          segment_bytes_(segment_bytes),
          first_segment_(first_segment),
          syncs_(syncs),
          last_(std::make_shared<const Segment>(std::move(last))),
          end_(end),
          synced_end_(end) {
        mark_.note({last_->number, end});
    }
    ~FileLog() override {
        // What was appended and never synced was promised to nobody, so a failure changes nothing.
        static_cast<void>(sync());
    }
    FileLog(const FileLog&) = delete;
    FileLog& operator=(const FileLog&) = delete;

    Result<LogPosition> append(ByteView record) override;
    Status sync() override;
    Result<Bytes> read(const LogPosition& position) const override;
    Status health() const override { return usable(); }
    std::string place(const LogPosition& position) const override {
        return fmt::format("{}, offset {}", (folder_ / segment_name(position.segment)).string(),
                           position.offset);
    }
    Status scan_from(const LogPosition& from, const Visit& visit) const override;

  private:
    /// The last segment, and where its last frame ends. Shared, since readers and a sync may still
    /// use it after the next one was begun.
    struct Tail {
        std::shared_ptr<const Segment> segment;
        std::uint64_t end;
    };

    Tail tail() const;
    Status usable() const;
    void poison(const Error& error);
    Status sync_tail(const Tail& wanted);
    Status begin_segment();
    Result<bool> scan_segment(const Segment& segment, std::uint64_t offset, std::uint64_t end,
                              const std::function<bool(const LogPosition&, ByteView)>& visit) const;

    const fs::path folder_;
    const FileHandle lock_;
    SyncedMark mark_;  ///< {segment, its durable end}; guarded by `syncing_`
    const std::uint64_t segment_bytes_;
    const std::uint32_t first_segment_;
    const SyncMeter syncs_;

    std::mutex appending_;
    std::mutex syncing_;
    mutable std::mutex state_;
    std::shared_ptr<const Segment> last_;
    std::uint64_t end_;
    std::uint64_t synced_end_;
    std::optional<Error> failure_;  ///< why the log takes no more appends
};

FileLog::Tail FileLog::tail() const {
    std::lock_guard lock(state_);
    return {last_, end_};
}

Status FileLog::usable() const {
    std::lock_guard lock(state_);
    if (failure_) return *failure_;
    return {};
}

void FileLog::poison(const Error& error) {
    log_error("store", "log unusable folder={} reason={}", in_quotes(folder_.string()),
              in_quotes(error.message));
    std::lock_guard lock(state_);
    failure_ =
        Error{error.code, fmt::format("the log in {} takes no more records, since what is on "
                                      "disk is unknown ({}); mend the cause, then restart",
                                      folder_.string(), error.message)};
}

Result<LogPosition> FileLog::append(ByteView record) {
    if (record.size() > k_max_record_bytes) {
        return Error{Code::too_large, fmt::format("a record of {} bytes; a log takes at most {}",
                                                  record.size(), k_max_record_bytes)};
    }
    std::lock_guard lock(appending_);
    BSN_CHECK(usable());
    std::uint64_t frame_bytes = k_frame_header_bytes + record.size();
    // A record that is longer than a segment gets one for itself.
    if (end_ > k_segment_header_bytes && end_ + frame_bytes > segment_bytes_) {
        BSN_CHECK(begin_segment());
    }
    Tail now = tail();
    bool damaged = false;
    if (Status written = write_frame(*now.segment, now.end, record, damaged); !written) {
        if (damaged) poison(written.error());
        return written.error();
    }
    std::lock_guard state_lock(state_);
    end_ = now.end + frame_bytes;
    return LogPosition{now.segment->number, now.end, static_cast<std::uint32_t>(record.size())};
}

Status FileLog::sync() {
    Tail wanted = tail();
    std::lock_guard lock(syncing_);
    return sync_tail(wanted);
}

/// Makes everything up to `wanted` durable, unless a sync of another thread, for which this one
/// waited, has done so. The caller holds `syncing_`.
Status FileLog::sync_tail(const Tail& wanted) {
    BSN_CHECK(usable());
    Tail now;
    {
        std::lock_guard lock(state_);
        bool ended = last_->number > wanted.segment->number;  // and synced when it was
        if (ended || synced_end_ >= wanted.end) return {};
        now = {last_, end_};
    }
    const auto begin = SyncMeter::Clock::now();
    if (::fdatasync(now.segment->file.get()) != 0) {
        poison(file_error("sync", now.segment->path, errno));
        return usable();
    }
    syncs_.note_since(begin);
    mark_.note({now.segment->number, now.end});
    std::lock_guard lock(state_);
    synced_end_ = now.end;
    return {};
}

/// Ends the last segment and begins the next. The caller holds `appending_`.
Status FileLog::begin_segment() {
    std::lock_guard lock(syncing_);
    BSN_CHECK(sync_tail(tail()));
    std::uint32_t number = tail().segment->number + 1;
    BSN_CHECK(make_segment(folder_, number));
    BSN_TRY(segment, open_segment(folder_, number, true));
    auto next = std::make_shared<const Segment>(std::move(segment));
    mark_.note({number, k_segment_header_bytes});
    std::lock_guard state_lock(state_);
    last_ = std::move(next);
    end_ = synced_end_ = k_segment_header_bytes;
    return {};
}

Result<Bytes> FileLog::read(const LogPosition& position) const {
    Tail now = tail();
    std::optional<Segment> earlier;
    const Segment* segment = now.segment.get();
    std::uint64_t end = now.end;
    if (position.segment != segment->number) {
        BSN_TRY(opened, open_segment(folder_, position.segment, false));
        earlier = std::move(opened);
        segment = &*earlier;
        BSN_TRY(size, segment->size());
        end = size;
    }
    BSN_TRY(record, read_frame(*segment, position.offset, end));
    if (!record || record->size() != position.length) {
        return segment->corrupted(position.offset,
                                  fmt::format("no good record of {} bytes here", position.length));
    }
    return std::move(*record);
}

Status FileLog::scan_from(const LogPosition& from, const Visit& visit) const {
    Tail now = tail();
    std::uint64_t begin = std::max(from.offset, k_segment_header_bytes);
    for (std::uint32_t number = std::max(first_segment_, from.segment);
         number < now.segment->number; ++number) {
        BSN_TRY(segment, open_segment(folder_, number, false));
        BSN_TRY(size, segment.size());
        BSN_TRY(wants_more, scan_segment(segment, begin, size, visit));
        if (!wants_more) return {};
        begin = k_segment_header_bytes;
    }
    BSN_TRY(wants_more, scan_segment(*now.segment, begin, now.end, visit));
    static_cast<void>(wants_more);
    return {};
}

/// Visits the records of one segment; false if the visitor has had enough.
Result<bool> FileLog::scan_segment(const Segment& segment, std::uint64_t offset, std::uint64_t end,
                                   const Visit& visit) const {
    while (offset < end) {
        BSN_TRY(record, read_frame(segment, offset, end));
        if (!record) return segment.corrupted(offset, "no good record here");
        LogPosition position{segment.number, offset, static_cast<std::uint32_t>(record->size())};
        if (!visit(position, *record)) return false;
        offset += k_frame_header_bytes + record->size();
    }
    return true;
}

/// The numbers of the segments of a folder, in order and without gaps; leftovers of a crash in the
/// making of a segment are removed.
Result<std::vector<std::uint32_t>> list_segments(const fs::path& folder) {
    std::vector<std::uint32_t> numbers;
    std::error_code failure;
    fs::directory_iterator entries(folder, failure);
    for (; !failure && entries != fs::directory_iterator(); entries.increment(failure)) {
        std::string name = entries->path().filename().string();
        if (auto number = segment_number(name)) {
            numbers.push_back(*number);
        } else if (name.find(".log.tmp-") != std::string::npos) {
            std::error_code ignored;
            fs::remove(entries->path(), ignored);
        }
    }
    if (failure) return file_error("list the folder", folder, failure.value());
    std::sort(numbers.begin(), numbers.end());
    for (std::size_t i = 1; i < numbers.size(); ++i) {
        if (numbers[i] == numbers[i - 1] + 1) continue;
        return missing(folder / segment_name(numbers[i - 1] + 1));
    }
    return numbers;
}

/// Whether a tail without good frames, from `offset` on, may be one that a crash tore.
Status check_torn(const Segment& segment, std::uint64_t offset, std::uint64_t size,
                  const SyncedMark& mark) {
    BSN_TRY(good, find_good_frame(segment, offset, size));
    if (good) {
        return segment.corrupted(
            offset, fmt::format("a bad record, and a good one behind it at {}", *good));
    }
    if (mark.damaged()) {
        return segment.corrupted(offset, fmt::format("a bad record at the end, and {}, which says "
                                                     "what was durable, is damaged, too",
                                                     mark.path().string()));
    }
    return {};
}

/// Where the good frames of the last segment end. A torn tail is cut off, and what stays is made
/// durable: it may have been left unsynced by the process that wrote it.
Result<std::uint64_t> recover_tail(const Segment& segment, const SyncedMark& mark) {
    BSN_TRY(size, segment.size());
    std::uint64_t offset = k_segment_header_bytes;
    while (offset < size) {
        BSN_TRY(record, read_frame(segment, offset, size));
        if (!record) break;
        offset += k_frame_header_bytes + record->size();
    }
    if (mark.found() && mark.found()->at(0) == segment.number && offset < mark.found()->at(1)) {
        return segment.corrupted(
            offset, fmt::format("its good records end here, but it was durable up to {}",
                                mark.found()->at(1)));
    }
    if (offset < size) {
        BSN_CHECK(check_torn(segment, offset, size, mark));
        log_warn("store", "cut a torn tail file={} offset={} bytes={}",
                 in_quotes(segment.path.string()), offset, size - offset);
        if (::ftruncate(segment.file.get(), static_cast<off_t>(offset)) != 0) {
            return file_error("cut the torn tail of", segment.path, errno);
        }
    }
    if (::fsync(segment.file.get()) != 0) return file_error("sync", segment.path, errno);
    return offset;
}

}  // namespace

std::string AppendLog::place(const LogPosition& position) const {
    return fmt::format("segment {}, offset {}", position.segment, position.offset);
}

Result<std::unique_ptr<AppendLog>> open_append_log(const fs::path& folder,
                                                   std::uint64_t segment_bytes,
                                                   const SyncMeter& syncs) {
    BSN_CHECK(make_private_folder(folder));
    BSN_TRY(lock, lock_folder(folder, "in-use"));
    BSN_TRY(mark, SyncedMark::open(folder));
    BSN_TRY(numbers, list_segments(folder));
    if (mark.found() && (numbers.empty() || numbers.back() < mark.found()->at(0))) {
        return missing(folder / segment_name(static_cast<std::uint32_t>(mark.found()->at(0))));
    }
    if (numbers.empty()) {
        BSN_CHECK(make_segment(folder, k_first_segment));
        numbers.push_back(k_first_segment);
    }
    BSN_TRY(last, open_segment(folder, numbers.back(), true));
    BSN_TRY(end, recover_tail(last, mark));
    // The name of the last segment may be as fresh as its content.
    BSN_CHECK(sync_folder(folder));
    return std::unique_ptr<AppendLog>(
        std::make_unique<FileLog>(folder, std::move(lock), std::move(mark), segment_bytes,
                                  numbers.front(), std::move(last), end, syncs));
}

}  // namespace bsn::store
