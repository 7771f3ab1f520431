#pragma once
// An append-only log of records in numbered segment files: where batches and ordered envelopes are
// written, once. Each record carries its length and a checksum (CRC-32C).

#include "base/bytes.hpp"
#include "store/sync_meter.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace bsn::store {

/// Where a record lies. Ordered by age.
struct LogPosition {
    std::uint32_t segment = 0;
    std::uint64_t offset = 0;  ///< of the record's frame, in bytes from the start of the file
    std::uint32_t length = 0;  ///< of the record itself, in bytes

    auto operator<=>(const LogPosition&) const = default;
};

/// Any thread may call any member.
class AppendLog {
  public:
    virtual ~AppendLog() = default;

    /// Adds a record. Readable at once, durable only once a later `sync` has returned. After a
    /// failed append (`no_space`, `io_error`) the log is as it was before.
    virtual Result<LogPosition> append(ByteView record) = 0;
    /// Everything appended before the call is durable when it returns. After a failed sync nothing
    /// can be known of what is on disk, so every further append and sync fails too.
    virtual Status sync() = 0;
    /// The record at a position; `corrupted`, with file and offset, if its checksum is wrong.
    virtual Result<Bytes> read(const LogPosition& position) const = 0;
    /// Why the log takes no more records until it is opened anew, if it does not.
    virtual Status health() const { return {}; }
    /// The place of a position in words, such as `/…/00000001.log, offset 20`.
    virtual std::string place(const LogPosition& position) const;
    using Visit = std::function<bool(const LogPosition&, ByteView record)>;
    /// Visits the records from the first, oldest first, until the visitor returns false.
    Status scan(const Visit& visit) const { return scan_from({}, visit); }
    /// The same from a record on, whose position the log gave before.
    virtual Status scan_from(const LogPosition& from, const Visit& visit) const = 0;
};

/// The usual length of a segment file.
inline constexpr std::uint64_t k_log_segment_bytes = 256U << 20;

/// Opens (or makes) a log in a folder. A torn tail, which a crash in the middle of an append
/// leaves, is cut off; a bad record with good ones behind it is `corrupted`, with file and offset.
/// `syncs` meters the fsyncs of its records.
Result<std::unique_ptr<AppendLog>> open_append_log(
    const std::filesystem::path& folder, std::uint64_t segment_bytes = k_log_segment_bytes,
    const SyncMeter& syncs = {});

/// A log without durability, for tests.
std::unique_ptr<AppendLog> make_memory_log();

}  // namespace bsn::store
