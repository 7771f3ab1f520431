// When an orderer that has lost its data may take part again.

#include "framework/fabric/network/orderer_memory.hpp"

#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace bsn::framework::fabric {
namespace {

TEST(OrdererMemoryTest, it_is_kept_beside_the_data_and_outlives_it) {
    TemporaryFolder folder;
    const auto data = folder.path() / "orderer" / "data";
    std::filesystem::create_directories(data);
    const OrdererMemory memory(data);
    EXPECT_FALSE(memory.has_joined("one"));
    ASSERT_TRUE(memory.remember("one"));
    ASSERT_TRUE(memory.remember("one"));
    std::filesystem::remove_all(data);
    EXPECT_TRUE(OrdererMemory(data).has_joined("one"));
    EXPECT_FALSE(memory.has_joined("two"));
    ASSERT_TRUE(memory.forget("one"));
    ASSERT_TRUE(memory.forget("one"));
    EXPECT_FALSE(memory.has_joined("one"));
}

TEST(RejoiningTest, the_only_orderer_never_begins_anew) {
    for (const bool bft : {false, true}) {
        Rejoining rejoining(1, bft);
        const Status told = rejoining.check({});
        ASSERT_FALSE(told);
        EXPECT_EQ(told.error().code, Code::corrupted);
        EXPECT_NE(told.error().message.find("restore it from a backup"), std::string::npos);
    }
}

TEST(RejoiningTest, a_quorum_of_the_others_must_answer) {
    for (const auto& [orderers, bft, quorum] : {std::tuple(2U, false, 1U),
                                                {3U, false, 2U},
                                                {5U, false, 3U},
                                                {4U, true, 3U},
                                                {7U, true, 5U}}) {
        Rejoining rejoining(orderers, bft);
        EXPECT_EQ(rejoining.check(std::vector<std::uint64_t>(quorum - 1, 9)).error().code,
                  Code::unavailable)
            << orderers;
        EXPECT_TRUE(rejoining.check(std::vector<std::uint64_t>(quorum, 9))) << orderers;
    }
}

TEST(RejoiningTest, they_must_have_what_any_of_them_had) {
    Rejoining rejoining(3, false);
    const Status told = rejoining.check({9, 7});
    ASSERT_FALSE(told);
    EXPECT_NE(told.error().message.find("block 9"), std::string::npos) << told.error().message;
    EXPECT_FALSE(rejoining.check({12, 8}));
    EXPECT_TRUE(rejoining.check({12, 9})) << "what came since was agreed to without this one";
}

TEST(RejoiningTest, with_bft_others_may_be_behind) {
    Rejoining rejoining(4, true);
    EXPECT_FALSE(rejoining.check({9, 9, 0}));
    EXPECT_TRUE(rejoining.check({9, 9, 1}));
}

TEST(RejoiningTest, where_nothing_was_ordered_yet_others_go_first) {
    Rejoining rejoining(3, false);
    EXPECT_FALSE(rejoining.check({0, 0}));
    EXPECT_TRUE(rejoining.check({1, 1}));
}

}  // namespace
}  // namespace bsn::framework::fabric
