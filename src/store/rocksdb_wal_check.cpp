#include "store/rocksdb_wal_check.hpp"

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "store/crc32c.hpp"
#include "store/damage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

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
constexpr std::size_t k_most_current_bytes = 256;

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

/// What a file of records must hold.
struct Demand {
    std::uint64_t durable = 0;  ///< up to here, in bytes
    bool torn_end = true;       ///< whether its end may be torn
    std::string_view why_not;   ///< why it must not be
};

Status check_records(const fs::path& path, const Demand& demand) {
    BSN_TRY(content, read_file(path, k_most_bytes));
    ByteView log = content;
    std::uint64_t good_end = log.size();
    for (std::size_t begin = 0; begin < log.size(); begin += k_block_bytes) {
        ByteView block = log.subspan(begin, std::min(k_block_bytes, log.size() - begin));
        std::size_t bad = first_bad(block);
        if (bad == block.size()) continue;
        good_end = begin + bad;
        if (good_behind(log, good_end)) {
            return damaged(path, good_end, "a bad record, and good ones behind it");
        }
        if (!demand.torn_end) return damaged(path, good_end, demand.why_not);
        break;
    }
    if (good_end >= demand.durable) return {};
    return damaged(path, good_end,
                   fmt::format("its good records end here, but it was durable up "
                               "to {}",
                               demand.durable));
}

/// The number in a name such as `000012.log`.
std::optional<std::uint64_t> number_in(std::string_view name, std::string_view before,
                                       std::string_view behind) {
    if (!name.starts_with(before) || !name.ends_with(behind)) return std::nullopt;
    name = name.substr(before.size(), name.size() - before.size() - behind.size());
    std::uint64_t number = 0;
    auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    bool whole =
        !name.empty() && parsed.ec == std::errc() && parsed.ptr == name.data() + name.size();
    return whole ? std::optional(number) : std::nullopt;
}

Result<std::map<std::uint64_t, fs::path>> wal_files(const fs::path& folder) {
    std::map<std::uint64_t, fs::path> found;
    std::error_code failure;
    fs::directory_iterator entries(folder, failure);
    for (; !failure && entries != fs::directory_iterator(); entries.increment(failure)) {
        auto number = number_in(entries->path().filename().string(), "", ".log");
        if (number) found.emplace(*number, entries->path());
    }
    if (failure) return file_error("list the folder", folder, failure.value());
    return found;
}

Status check_wals(const fs::path& folder, const std::optional<DurableFiles>& durable,
                  bool mark_damaged) {
    BSN_TRY(files, wal_files(folder));
    // RocksDB deletes a log only after it has begun a later one.
    if (durable && (files.empty() || files.rbegin()->first < durable->wal)) {
        return missing(folder / fmt::format("{:06}.log", durable->wal));
    }
    for (const auto& [number, path] : files) {
        Demand demand;
        if (mark_damaged) {
            demand = {0, false,
                      "a bad record at the end, and the file 'synced', which says what "
                      "was durable, is damaged, too"};
        } else if (durable && number < durable->wal) {
            demand = {0, false, "a bad record, and it was durable as a whole"};
        } else if (durable && number == durable->wal) {
            demand.durable = durable->wal_bytes;
        }
        BSN_CHECK(check_records(path, demand));
    }
    return {};
}

Status check_manifest(const fs::path& folder, const std::optional<DurableFiles>& durable) {
    if (!durable) return {};
    auto current = current_manifest(folder);
    if (!current && current.error().code == Code::not_found) return missing(folder / "CURRENT");
    if (!current) return current.error();
    if (*current < durable->manifest) {
        return damaged(folder / "CURRENT", 0,
                       fmt::format("it names MANIFEST-{:06}, but was durable with MANIFEST-{:06}",
                                   *current, durable->manifest));
    }
    fs::path manifest = manifest_path(folder, durable->manifest);
    if (*current > durable->manifest) return {};
    Status checked = check_records(manifest, {durable->manifest_bytes, true, {}});
    if (!checked && checked.error().code == Code::not_found) return missing(manifest);
    return checked;
}

}  // namespace

fs::path manifest_path(const fs::path& folder, std::uint64_t number) {
    return folder / fmt::format("MANIFEST-{:06}", number);
}

Result<std::uint64_t> current_manifest(const fs::path& folder) {
    fs::path path = folder / "CURRENT";
    BSN_TRY(content, read_file(path, k_most_current_bytes));
    auto number = number_in(as_text(content), "MANIFEST-", "\n");
    if (!number) return damaged(path, 0, "it does not name a MANIFEST");
    return *number;
}

Status check_record_files(const fs::path& folder, const std::optional<DurableFiles>& durable,
                          bool mark_damaged) {
    BSN_CHECK(check_manifest(folder, durable));
    return check_wals(folder, durable, mark_damaged);
}

}  // namespace bsn::store
