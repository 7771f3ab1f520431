#include "cli/bench/stage.hpp"

#include <gtest/gtest.h>

namespace bsn::cli {
namespace {

using Places = std::vector<std::size_t>;

TEST(BenchStage, AppsTakeOtherNodesEach) {
    EXPECT_EQ(nodes_of_app(0, 3, 4), (Places{0, 1, 2}));
    EXPECT_EQ(nodes_of_app(1, 3, 4), (Places{1, 2, 3}));
    EXPECT_EQ(nodes_of_app(2, 3, 4), (Places{2, 3, 0}));
    EXPECT_EQ(nodes_of_app(4, 1, 4), (Places{0}));
}

TEST(BenchStage, AnAppHasEachNodeOnce) {
    EXPECT_EQ(nodes_of_app(1, 4, 4), (Places{1, 2, 3, 0}));
    EXPECT_EQ(nodes_of_app(1, 9, 2), (Places{1, 0}));
}

}  // namespace
}  // namespace bsn::cli
