#include "store/rocksdb_options.hpp"

#include "store/rocksdb_watch.hpp"

#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>

namespace bsn::store {
namespace {

// The memory of all databases of a process: cache + memtables + what a flush holds in addition.
constexpr std::size_t k_cache_bytes = 512U << 20;
constexpr int k_cache_shard_bits = 2;  // shards much larger than any block
constexpr std::size_t k_memtables_bytes = 160U << 20;
constexpr std::size_t k_busy_memtable_bytes = 16U << 20;   // state and index
constexpr std::size_t k_quiet_memtable_bytes = 16U << 20;  // blocks and meta
constexpr std::size_t k_arena_block_bytes = 256U << 10;    // what an idle table costs
constexpr double k_memtable_bloom_share = 0.02;  // spares the walk for keys that are not there
constexpr int k_most_memtables = 3;
constexpr std::uint64_t k_wal_bytes = 256U << 20;  // beyond, quiet tables are flushed to free it
constexpr std::uint64_t k_file_bytes = 32U << 20;
constexpr std::uint64_t k_first_level_bytes = 128U << 20;
constexpr std::uint64_t k_metadata_block_bytes = 32U << 10;
constexpr std::uint64_t k_smallest_blob_bytes = 1U << 10;
constexpr double k_bloom_bits = 10;  // one look-up in a hundred reads a block in vain
constexpr int k_open_files = 512;
constexpr int k_background_jobs = 2;  // one flush and one compaction at a time, in each database
constexpr std::uint64_t k_smooth_bytes = 1U << 20;

const std::shared_ptr<rocksdb::Cache>& shared_cache() {
    static const auto k_cache = rocksdb::NewLRUCache(k_cache_bytes, k_cache_shard_bits);
    return k_cache;
}

const std::shared_ptr<rocksdb::WriteBufferManager>& shared_memtable_budget() {
    static const auto k_budget = std::make_shared<rocksdb::WriteBufferManager>(k_memtables_bytes);
    return k_budget;
}

rocksdb::CompressionType compression() {
    std::vector<rocksdb::CompressionType> known = rocksdb::GetSupportedCompressions();
    bool lz4 = std::find(known.begin(), known.end(), rocksdb::kLZ4Compression) != known.end();
    return lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
}

rocksdb::BlockBasedTableOptions file_layout(bool bloom) {
    rocksdb::BlockBasedTableOptions layout;
    layout.block_cache = shared_cache();
    // Indexes and filters count against the cache too: that bounds the memory of a large state.
    layout.cache_index_and_filter_blocks = true;
    layout.pin_l0_filter_and_index_blocks_in_cache = true;
    // In parts, so that a look-up needs some kilobytes of them, not all of a file's: whole ones
    // pushed each other out of the cache. Smaller parts cost a longer search for the right one.
    layout.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    layout.partition_filters = bloom;
    layout.metadata_block_size = k_metadata_block_bytes;
    layout.pin_top_level_index_and_filter = true;
    layout.format_version = 5;
    layout.whole_key_filtering = true;
    if (bloom) layout.filter_policy.reset(rocksdb::NewBloomFilterPolicy(k_bloom_bits));
    layout.optimize_filters_for_memory = bloom;
    return layout;
}

rocksdb::ColumnFamilyOptions table_options(Table table) {
    bool busy = table == Table::state || table == Table::index;
    bool asked_for_absent = busy || table == Table::nonces;
    rocksdb::ColumnFamilyOptions options;
    options.write_buffer_size = busy ? k_busy_memtable_bytes : k_quiet_memtable_bytes;
    options.max_write_buffer_number = k_most_memtables;
    if (asked_for_absent) {
        options.memtable_prefix_bloom_size_ratio = k_memtable_bloom_share;
        options.memtable_whole_key_filtering = true;
    }
    options.arena_block_size = k_arena_block_bytes;
    // Keys are hashes mostly: they do not shrink.
    bool hashes = table == Table::index || table == Table::nonces;
    options.compression = hashes ? rocksdb::kNoCompression : compression();
    if (busy) {
        // Keys come in random order, so every level would be written again and again; whole runs
        // merged now and then cost a third of that, and twice the space for a while.
        options.compaction_style = rocksdb::kCompactionStyleUniversal;
        options.level0_file_num_compaction_trigger = 6;
    }
    if (table == Table::blocks) {
        // Blocks are written once and never changed: compaction need not copy them.
        options.enable_blob_files = true;
        options.min_blob_size = k_smallest_blob_bytes;
        options.blob_compression_type = compression();
    }
    options.target_file_size_base = k_file_bytes;
    options.max_bytes_for_level_base = k_first_level_bytes;
    options.level_compaction_dynamic_level_bytes = !busy;
    options.force_consistency_checks = true;
    // World state is mostly read key by key as well.
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(file_layout(asked_for_absent)));
    return options;
}

}  // namespace

rocksdb::DBOptions database_options() {
    rocksdb::DBOptions options;
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    options.paranoid_checks = true;
    // A crash keeps a prefix of the writes. Writes are therefore neither unordered nor pipelined,
    // and recovery stops at the first gap. What it would silently drop behind a damaged record,
    // check_record_files() finds before.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    options.max_total_wal_size = k_wal_bytes;
    options.write_buffer_manager = shared_memtable_budget();
    options.max_open_files = k_open_files;
    options.max_background_jobs = k_background_jobs;
    options.bytes_per_sync = k_smooth_bytes;
    options.info_log = rocksdb_log();
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> table_descriptors() {
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
    for (std::size_t i = 0; i < k_table_count; ++i) {
        descriptors.emplace_back(k_table_names[i], table_options(static_cast<Table>(i)));
    }
    descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
    return descriptors;
}

DatabaseMemory database_memory() {
    return {shared_cache()->GetUsage(), shared_memtable_budget()->memory_usage(), k_cache_bytes,
            k_memtables_bytes};
}

}  // namespace bsn::store
