#include "store/rocksdb_wal_check.hpp"

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "store/crc32c.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::store {
namespace fs = std::filesystem;
namespace {

// RocksDB's log format (db/log_format.h; stable since LevelDB): blocks of 32 KiB, filled with
// records {u32 masked CRC-32C of type and payload, u16 length, u8 type, payload}, little-endian,
// none of which crosses a block. Fewer than 7 bytes left in a block are zeros.
constexpr std::size_t k_block_bytes = 32U << 10;
constexpr std::size_t k_header_bytes = 7;
constexpr std::size_t k_type_at = 6;
/// RocksDB itself stays far below (`k_wal_bytes` in all).
constexpr std::size_t k_most_bytes = 4ULL << 30;

std::uint32_t little_endian(ByteView bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | bytes[i - 1];
    return value;
}

/// RocksDB stores checksums rotated and offset, since a CRC of data that holds CRCs is weak.
std::uint32_t masked(std::uint32_t checksum) {
    constexpr std::uint32_t k_offset = 0xa282ead8;
    return ((checksum >> 15) | (checksum << 17)) + k_offset;
}

/// The size of the good record that `block` begins with, or 0.
std::size_t good_record(ByteView block) {
    if (block.size() < k_header_bytes) return 0;
    std::size_t size = k_header_bytes + little_endian(block.subspan(4, 2));
    if (size > block.size()) return 0;
    ByteView covered = block.subspan(k_type_at, size - k_type_at);
    return masked(crc32c(covered)) == little_endian(block.first(4)) ? size : 0;
}

bool is_zero(ByteView bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

/// The offset of the first bad record in a block, or the block's size.
std::size_t first_bad(ByteView block) {
    std::size_t at = 0;
    while (at < block.size()) {
        // Zeros were allocated and never written.
        if (is_zero(block.subspan(at))) return block.size();
        std::size_t size = good_record(block.subspan(at));
        if (size == 0) return at;
        at += size;
    }
    return at;
}

/// True if a good record stands behind the bad one at `at`: after the length that the bad one
/// names, or at the begin of a later block.
bool good_behind(ByteView log, std::size_t at) {
    std::size_t block_end = std::min(log.size(), (at / k_block_bytes + 1) * k_block_bytes);
    ByteView block = log.subspan(at, block_end - at);
    if (block.size() >= k_header_bytes) {
        std::size_t size = k_header_bytes + little_endian(block.subspan(4, 2));
        if (size < block.size() && good_record(block.subspan(size)) > 0) return true;
    }
    for (std::size_t next = block_end; next < log.size(); next += k_block_bytes) {
        std::size_t length = std::min(k_block_bytes, log.size() - next);
        if (good_record(log.subspan(next, length)) > 0) return true;
    }
    return false;
}

Status check_wal(const fs::path& path) {
    BSN_TRY(content, read_file(path, k_most_bytes));
    ByteView log = content;
    for (std::size_t begin = 0; begin < log.size(); begin += k_block_bytes) {
        ByteView block = log.subspan(begin, std::min(k_block_bytes, log.size() - begin));
        std::size_t bad = first_bad(block);
        if (bad == block.size() || !good_behind(log, begin + bad)) continue;
        return Error{Code::corrupted,
                     fmt::format("{} is damaged at offset {}: a bad record, and good ones behind "
                                 "it; restore the folder from a copy, or move it away so that the "
                                 "node fetches its data from other nodes",
                                 path.string(), begin + bad)};
    }
    return {};
}

}  // namespace

Status check_wal_files(const fs::path& folder) {
    std::error_code failure;
    fs::directory_iterator entries(folder, failure);
    for (; !failure && entries != fs::directory_iterator(); entries.increment(failure)) {
        if (entries->path().extension() == ".log") BSN_CHECK(check_wal(entries->path()));
    }
    if (failure) return file_error("list the folder", folder, failure.value());
    return {};
}

}  // namespace bsn::store
