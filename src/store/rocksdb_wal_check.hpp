#pragma once
// Finds damage in RocksDB's write-ahead logs and MANIFEST before RocksDB reads them. Internal.
//
// RocksDB cannot tell a record that a crash tore from one that was damaged later: it replays what
// stands before, and silently drops what stands behind, synced or not. A node that forgot what it
// had signed could sign something else. So these are refused here: a bad record with a good one
// behind it in the same file; a file whose good records end before what was noted as durable
// (`SyncedMark`); and a file that is missing. What is left is a torn end, which RocksDB cuts.

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace bsn::store {

/// What a database's files held durably when it was last noted. Write-ahead logs with smaller
/// numbers than `wal` were durable as a whole.
struct DurableFiles {
    std::uint64_t wal = 0;
    std::uint64_t wal_bytes = 0;
    std::uint64_t manifest = 0;
    std::uint64_t manifest_bytes = 0;
};

/// Checks the files of records in a database's folder; `corrupted`, with file and offset.
/// `mark_damaged`: what was durable was noted, and cannot be read.
Status check_record_files(const std::filesystem::path& folder,
                          const std::optional<DurableFiles>& durable, bool mark_damaged);

/// The number of the MANIFEST that the file CURRENT names.
Result<std::uint64_t> current_manifest(const std::filesystem::path& folder);
std::filesystem::path manifest_path(const std::filesystem::path& folder, std::uint64_t number);

}  // namespace bsn::store
