#pragma once
// Finds damage in RocksDB's write-ahead log before RocksDB replays it. Internal.
//
// RocksDB cannot tell a record that a crash tore from one that was damaged later: it replays what
// stands before, and silently drops what stands behind, synced or not. A node that forgot what it
// had signed could sign something else. So a bad record with a good one behind it in the same file
// is refused here; one with none behind it was torn, and is left to RocksDB.

#include "base/result.hpp"

#include <filesystem>

namespace bsn::store {

/// Checks all write-ahead logs in a database's folder; `corrupted`, with file and offset.
Status check_wal_files(const std::filesystem::path& folder);

}  // namespace bsn::store
