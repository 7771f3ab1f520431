#include "store/log_segment.hpp"

#include "base/codec.hpp"
#include "store/crc32c.hpp"
#include "store/damage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <random>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

namespace bsn::store {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view k_magic = "bsn-log\n";
constexpr std::uint32_t k_version = 1;
constexpr std::size_t k_number_digits = 8;
/// How many bytes the search for a good frame may check: a second's work. A tail that takes more
/// is no torn append.
constexpr std::uint64_t k_search_bytes = 4ULL << 30;

Bytes segment_header(std::uint32_t salt) {
    Writer writer(k_segment_header_bytes);
    writer.raw(as_bytes(k_magic));
    writer.u32(k_version);
    writer.u32(salt);
    writer.u32(crc32c(writer.view()));
    return writer.take();
}

std::uint32_t frame_checksum(std::uint32_t salt, ByteView record) {
    Writer head(8);
    head.u32(salt);
    head.u32(static_cast<std::uint32_t>(record.size()));
    return crc32c(record, crc32c(head.view()));
}

/// Up to `count` bytes at an offset; fewer only at the end of the file.
Result<Bytes> read_at(const Segment& segment, std::uint64_t offset, std::size_t count) {
    Bytes bytes(count);
    std::size_t filled = 0;
    while (filled < count) {
        ssize_t got = ::pread(segment.file.get(), bytes.data() + filled, count - filled,
                              static_cast<off_t>(offset + filled));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return file_error("read", segment.path, errno);
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
}

/// The salt of a segment, from its header.
Result<std::uint32_t> check_header(const Segment& segment) {
    BSN_TRY(header, read_at(segment, 0, k_segment_header_bytes));
    Reader reader(header);
    ByteView magic = reader.raw(k_magic.size());
    std::uint32_t version = reader.u32();
    std::uint32_t salt = reader.u32();
    std::uint32_t checksum = reader.u32();
    if (reader.failed() || !equal(magic, as_bytes(k_magic))) {
        return segment.corrupted(0, "this is no segment of a log");
    }
    if (version != k_version) {
        return Error{Code::unsupported_version,
                     fmt::format("{} has log format {}, this program reads {}; use the release "
                                 "that wrote it, or a newer one",
                                 segment.path.string(), version, k_version)};
    }
    if (checksum != crc32c(ByteView(header).first(k_segment_header_bytes - 4))) {
        return segment.corrupted(0, "the checksum of the header is wrong");
    }
    return salt;
}

struct FrameHeader {
    std::uint32_t length;
    std::uint32_t checksum;
};

FrameHeader parse_frame_header(ByteView bytes) {
    Reader reader(bytes);
    std::uint32_t length = reader.u32();
    return {length, reader.u32()};
}

/// True if a frame that begins with these bytes could end within them.
bool fits(const FrameHeader& header, std::uint64_t available) {
    return header.length <= k_max_record_bytes && k_frame_header_bytes + header.length <= available;
}

}  // namespace

std::string segment_name(std::uint32_t number) { return fmt::format("{:08}.log", number); }

std::optional<std::uint32_t> segment_number(std::string_view name) {
    std::uint32_t number = 0;
    if (name.size() < k_number_digits) return std::nullopt;
    auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec != std::errc() || name != segment_name(number)) return std::nullopt;
    return number;
}

Result<std::uint64_t> Segment::size() const {
    struct stat state {};
    if (::fstat(file.get(), &state) != 0) return file_error("examine", path, errno);
    return static_cast<std::uint64_t>(state.st_size);
}

Error Segment::corrupted(std::uint64_t offset, std::string_view what) const {
    return damaged(path, offset, what);
}

Status make_segment(const fs::path& folder, std::uint32_t number) {
    Bytes header = segment_header(std::random_device{}());
    return write_file_atomically(folder / segment_name(number), header, 0600);
}

Result<Segment> open_segment(const fs::path& folder, std::uint32_t number, bool writable) {
    Segment segment{.path = folder / segment_name(number), .number = number};
    BSN_TRY(file, open_file(segment.path, writable ? O_RDWR : O_RDONLY));
    segment.file = std::move(file);
    BSN_TRY(salt, check_header(segment));
    segment.salt = salt;
    return segment;
}

Bytes frame_header(std::uint32_t salt, ByteView record) {
    Writer writer(k_frame_header_bytes);
    writer.u32(static_cast<std::uint32_t>(record.size()));
    writer.u32(frame_checksum(salt, record));
    return writer.take();
}

Status write_frame(const Segment& segment, std::uint64_t offset, ByteView record, bool& damaged) {
    Bytes header = frame_header(segment.salt, record);
    std::array<ByteView, 2> rest{header, record};
    std::uint64_t at = offset;
    while (!rest[0].empty() || !rest[1].empty()) {
        std::array<iovec, 2> parts{};
        for (std::size_t i = 0; i < 2; ++i) {
            parts[i] = {const_cast<std::uint8_t*>(rest[i].data()), rest[i].size()};
        }
        ssize_t count = ::pwritev(segment.file.get(), parts.data(), 2, static_cast<off_t>(at));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            Error error = file_error("write", segment.path, errno);
            damaged = ::ftruncate(segment.file.get(), static_cast<off_t>(offset)) != 0;
            return error;
        }
        at += static_cast<std::uint64_t>(count);
        for (ByteView& part : rest) {
            std::size_t taken = std::min(part.size(), static_cast<std::size_t>(count));
            part = part.subspan(taken);
            count -= static_cast<ssize_t>(taken);
        }
    }
    return {};
}

Result<std::optional<Bytes>> read_frame(const Segment& segment, std::uint64_t offset,
                                        std::uint64_t end) {
    std::optional<Bytes> none;
    if (offset > end || end - offset < k_frame_header_bytes) return none;
    BSN_TRY(head, read_at(segment, offset, k_frame_header_bytes));
    if (head.size() < k_frame_header_bytes) return none;
    FrameHeader header = parse_frame_header(head);
    if (!fits(header, end - offset)) return none;
    BSN_TRY(record, read_at(segment, offset + k_frame_header_bytes, header.length));
    if (record.size() != header.length) return none;
    if (frame_checksum(segment.salt, record) != header.checksum) return none;
    return std::optional<Bytes>(std::move(record));
}

Result<std::optional<std::uint64_t>> find_good_frame(const Segment& segment, std::uint64_t offset,
                                                     std::uint64_t end) {
    BSN_TRY(bytes, read_at(segment, offset, end - offset));
    std::uint64_t checked = 0;
    for (std::size_t at = 1; at + k_frame_header_bytes <= bytes.size(); ++at) {
        ByteView rest = ByteView(bytes).subspan(at);
        FrameHeader header = parse_frame_header(rest.first(k_frame_header_bytes));
        if (!fits(header, rest.size())) continue;
        checked += header.length;
        if (checked > k_search_bytes) {
            return segment.corrupted(offset, "too much lies behind a bad record to search it");
        }
        ByteView record = rest.subspan(k_frame_header_bytes, header.length);
        if (frame_checksum(segment.salt, record) == header.checksum) {
            return std::optional<std::uint64_t>(offset + at);
        }
    }
    return std::optional<std::uint64_t>();
}

}  // namespace bsn::store
