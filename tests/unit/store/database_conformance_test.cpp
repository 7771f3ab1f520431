// The databases of the product keep what every Database promises, and that with threads.

#include "support/database_conformance.hpp"

#include <atomic>
#include <thread>

namespace bsn::store {
namespace {

class DatabaseThreads : public DatabaseConformance {};

TEST_P(DatabaseThreads, AReaderNeverSeesHalfABatch) {
    constexpr int k_rounds = 2000;
    std::atomic<bool> done{false};
    std::thread writer([&] {
        for (int round = 0; round < k_rounds; ++round) {
            auto batch = database_->batch();
            for (Table table :
                 {Table::state, Table::blocks, Table::index, Table::nonces, Table::meta}) {
                batch->put(table, as_bytes("round"), as_bytes(std::to_string(round)));
            }
            if (!database_->write(*batch)) break;
        }
        done = true;
    });
    while (!done) {
        auto now = database_->snapshot();
        std::string round = get("round", Table::state, now.get());
        for (Table table : {Table::blocks, Table::index, Table::nonces, Table::meta}) {
            ASSERT_EQ(get("round", table, now.get()), round);
        }
    }
    writer.join();
    EXPECT_EQ(get("round"), std::to_string(k_rounds - 1));
}

const NamedDatabase k_rocksdb{"rocksdb", [](const std::filesystem::path& folder) {
                                  auto opened = open_rocksdb(folder);
                                  if (!opened) throw std::runtime_error(opened.error().message);
                                  return std::move(*opened);
                              }};
const NamedDatabase k_memory{"memory",
                             [](const std::filesystem::path&) { return make_memory_database(); }};

INSTANTIATE_TEST_SUITE_P(Databases, DatabaseConformance, ::testing::Values(k_rocksdb, k_memory),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Databases, DatabaseThreads, ::testing::Values(k_rocksdb, k_memory),
                         name_of);

}  // namespace
}  // namespace bsn::store
