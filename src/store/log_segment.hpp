#pragma once
// One segment file of an append log. Internal to the file log.
//
//     file   = magic "bsn-log\n", u32 format version, u32 salt, u32 CRC-32C of these; frames
//     frame  = u32 length, u32 CRC-32C of {salt, length, record}, record
//
// The salt is random. It keeps bytes inside a record, which outsiders choose, from being taken for
// a frame when we look for good frames behind a bad one.

#include "base/bytes.hpp"
#include "base/files.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace bsn::store {

inline constexpr std::size_t k_segment_header_bytes = 20;
inline constexpr std::size_t k_frame_header_bytes = 8;
/// Of one record: far above any batch, and small enough to be read at once.
inline constexpr std::uint32_t k_max_record_bytes = 256U << 20;

/// The name of a segment file, such as `00000001.log`.
std::string segment_name(std::uint32_t number);
/// The number of a segment file's name, if it is one.
std::optional<std::uint32_t> segment_number(std::string_view name);

/// An open segment file with its header checked.
struct Segment {
    std::filesystem::path path;
    std::uint32_t number = 0;
    std::uint32_t salt = 0;
    FileHandle file;

    Result<std::uint64_t> size() const;
    Error corrupted(std::uint64_t offset, std::string_view what) const;
};

/// Makes a segment file without records; after a crash it is there as a whole or not at all.
Status make_segment(const std::filesystem::path& folder, std::uint32_t number);
/// Opens a segment file; `writable` or for reading only.
Result<Segment> open_segment(const std::filesystem::path& folder, std::uint32_t number,
                             bool writable);

/// The header of the frame of a record.
Bytes frame_header(std::uint32_t salt, ByteView record);

/// Adds a frame at `offset`, which is the end of the file; on failure the file is as before, unless
/// `damaged` is set.
Status write_frame(const Segment& segment, std::uint64_t offset, ByteView record, bool& damaged);

/// The record of the frame at `offset`, or none if there is no good frame before `end`.
Result<std::optional<Bytes>> read_frame(const Segment& segment, std::uint64_t offset,
                                        std::uint64_t end);

/// The offset of the first good frame that begins behind `offset`, if there is one. The frame at
/// `offset` is bad: without a good one behind it, it is the torn tail of an append.
Result<std::optional<std::uint64_t>> find_good_frame(const Segment& segment, std::uint64_t offset,
                                                     std::uint64_t end);

}  // namespace bsn::store
