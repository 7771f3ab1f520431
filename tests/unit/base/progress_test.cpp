#include "base/progress.hpp"

#include <gtest/gtest.h>

namespace bsn {
namespace {

ProgressState state(std::uint64_t done, std::uint64_t total, std::uint64_t millis) {
    return {"Replaying", "blocks", done, total, millis};
}

TEST(ProgressTest, ShowsShareCountRateAndTimeLeft) {
    EXPECT_EQ(progress_line(state(5200, 10'000, 4000), 70),
              "Replaying  [########        ]  52% 5200/10000 blocks 1300/s 00:04 left");
}

TEST(ProgressTest, FitsTheWidth) {
    for (std::size_t width = 0; width < 200; ++width) {
        EXPECT_LE(progress_line(state(5200, 10'000, 4000), width).size(), width);
    }
    EXPECT_EQ(progress_line(state(5200, 10'000, 4000), 55),
              "Replaying  52% 5200/10000 blocks 1300/s 00:04 left");
}

TEST(ProgressTest, KnowsItsBeginAndEnd) {
    EXPECT_EQ(progress_line(state(0, 100, 0), 40), "Replaying  [         ]   0% 0/100 blocks");
    EXPECT_EQ(progress_line(state(100, 100, 1000), 50),
              "Replaying  [###########] 100% 100/100 blocks 100/s");
    EXPECT_EQ(progress_line(state(150, 100, 1000), 80).find("150%"), std::string::npos);
}

TEST(ProgressTest, WithoutATotalItCounts) {
    EXPECT_EQ(progress_line(state(700, 0, 2000), 80), "Replaying 700 blocks 350/s");
}

TEST(ProgressTest, LongTimesHaveHoursAndSlowRatesADecimal) {
    std::string line = progress_line(state(1, 5000, 2000), 100);
    EXPECT_NE(line.find(" 0.5/s 2:46:38 left"), std::string::npos) << line;
}

TEST(ProgressTest, IsSilentWithoutATerminal) {
    testing::internal::CaptureStderr();
    {
        Progress progress("Work", 10);
        for (int i = 0; i < 10; ++i) progress.add();
        progress.set(10);
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace bsn
