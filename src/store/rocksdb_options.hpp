#pragma once
// How RocksDB is set up. Internal to the RocksDB database.

#include "store/database.hpp"

#include <rocksdb/db.h>

#include <array>
#include <vector>

namespace bsn::store {

/// The column family of each table, by its number.
inline constexpr std::array<const char*, k_table_count> k_table_names{"state", "blocks", "index",
                                                                      "meta", "nonces"};

/// Options of a database; cache, memtable budget and background threads are shared by all databases
/// of the process.
rocksdb::DBOptions database_options();

/// One description for each table, and one for RocksDB's own default column family, which stays
/// empty and comes last.
std::vector<rocksdb::ColumnFamilyDescriptor> table_descriptors();

}  // namespace bsn::store
