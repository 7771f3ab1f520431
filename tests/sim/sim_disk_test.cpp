// The simulated disk keeps what every database and log promises; and what a crash leaves of it.

#include "sim/sim_disk.hpp"

#include "support/database_conformance.hpp"
#include "support/log_conformance.hpp"

namespace bsn::store {
namespace {

const sim::DiskFaults k_none;
const sim::DiskHook k_no_hook = [](std::string_view) {};

const NamedDatabase k_simulated{"simulated", [](const std::filesystem::path&) {
                                    return std::make_unique<sim::SimDatabase>(k_none, k_no_hook);
                                }};
const NamedLog k_simulated_log{"simulated", [](const std::filesystem::path&) {
                                   return std::make_unique<sim::SimLog>(k_none, k_no_hook);
                               }};

INSTANTIATE_TEST_SUITE_P(Databases, DatabaseConformance, ::testing::Values(k_simulated), name_of);
INSTANTIATE_TEST_SUITE_P(Logs, LogConformance, ::testing::Values(k_simulated_log), name_of_log);

}  // namespace
}  // namespace bsn::store

namespace bsn::sim {
namespace {

using store::Table;

class CrashedDisk : public ::testing::TestWithParam<std::uint64_t> {
  protected:
    void put(const std::string& key, const std::string& value) {
        auto batch = disk.database.batch();
        batch->put(Table::state, as_bytes(key), as_bytes(value));
        batch->put(Table::meta, as_bytes(key), as_bytes(value));
        ASSERT_TRUE(disk.database.write(*batch));
    }
    std::string get(const std::string& key, Table table = Table::state) {
        auto value = disk.database.get(table, as_bytes(key)).value();
        return value ? to_text(*value) : "none";
    }
    void crash() {
        disk.freeze(random);
        disk.recover();
    }

    SimDisk disk;
    Random random{GetParam()};
};

TEST_P(CrashedDisk, KeepsWhatWasSyncedAndAPrefixOfTheRest) {
    for (int i = 0; i < 5; ++i) put("a", std::to_string(i));
    ASSERT_TRUE(disk.database.sync());
    for (int i = 5; i < 10; ++i) put("a", std::to_string(i));
    put("b", "new");
    crash();
    const int left = std::stoi(get("a"));
    EXPECT_GE(left, 4);
    EXPECT_EQ(get("a", Table::meta), get("a")) << "a batch is there whole or not at all";
    if (get("b") == "new") {
        EXPECT_EQ(left, 9) << "what came later survives only with what came before";
    }
}

TEST_P(CrashedDisk, WhatIsDurableSurvivesEveryCrash) {
    put("a", "1");
    ASSERT_TRUE(disk.database.sync());
    put("a", "2");
    put("c", "1");
    EXPECT_EQ(to_text(*disk.database.durable(Table::state, as_bytes("a"))), "1");
    EXPECT_FALSE(disk.database.durable(Table::state, as_bytes("c")));
    EXPECT_EQ(get("a"), "2");
    crash();
    EXPECT_NE(get("a"), "none");
    EXPECT_EQ(to_text(*disk.database.durable(Table::state, as_bytes("a"))), get("a"));
}

TEST_P(CrashedDisk, WhatIsWrittenAfterTheCrashIsLost) {
    put("a", "1");
    ASSERT_TRUE(disk.database.sync());
    disk.freeze(random);
    put("a", "2");
    ASSERT_TRUE(disk.database.sync());
    ASSERT_TRUE(disk.log.append(as_bytes("late")));
    ASSERT_TRUE(disk.log.sync());
    disk.recover();
    EXPECT_EQ(get("a"), "1");
    EXPECT_EQ(disk.log.written(), 0U);
}

TEST_P(CrashedDisk, ASyncCoversWhatWasThereWhenItBegan) {
    ASSERT_TRUE(disk.log.append(as_bytes("before")));
    const std::uint64_t begun = disk.log.written();
    auto later = disk.log.append(as_bytes("meanwhile"));
    ASSERT_TRUE(disk.log.finish_sync(begun));
    EXPECT_FALSE(disk.log.is_durable(*later));
    crash();
    EXPECT_GE(disk.log.written(), 1U);
}

TEST_P(CrashedDisk, DamageIsFoundAndGoesWithTheNextWrite) {
    put("a", "1");
    ASSERT_TRUE(disk.database.damage(Table::state, random));
    EXPECT_EQ(disk.database.get(Table::state, as_bytes("a")).error().code, Code::corrupted);
    put("a", "2");
    EXPECT_EQ(get("a"), "2");
    auto position = disk.log.append(as_bytes("record"));
    ASSERT_TRUE(disk.log.damage(random));
    EXPECT_EQ(disk.log.read(*position).error().code, Code::corrupted);
}

TEST_P(CrashedDisk, FaultsAreToldAndAFailedSyncStays) {
    disk.faults.full = true;
    EXPECT_EQ(disk.log.append(as_bytes("record")).error().code, Code::no_space);
    disk.faults = {};
    EXPECT_TRUE(disk.log.append(as_bytes("record")));
    disk.faults.failing = true;
    EXPECT_EQ(disk.log.sync().error().code, Code::io_error);
    disk.faults = {};
    EXPECT_EQ(disk.log.append(as_bytes("record")).error().code, Code::io_error);
    crash();
    EXPECT_TRUE(disk.log.append(as_bytes("record")));
}

INSTANTIATE_TEST_SUITE_P(Seeds, CrashedDisk, ::testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace bsn::sim
