#include "cli/build_progress.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace bsn::cli {
namespace {

/// Goes on when told.
class TestClock final : public Clock {
  public:
    UnixMillis now() const override { return 0; }
    std::uint64_t monotonic() const override { return millis; }
    std::uint64_t millis = 0;
};

class BuildProgressTest : public ::testing::Test {
  protected:
    // So that stderr is no terminal, wherever this runs.
    void SetUp() override { ::testing::internal::CaptureStderr(); }
    void TearDown() override { EXPECT_EQ(::testing::internal::GetCapturedStderr(), ""); }

    /// What was told since the last time.
    std::string told() {
        std::string text = out.str();
        out.str("");
        return text;
    }

    std::ostringstream out;
    std::ostringstream err;
    Output output{out, err};
    TestClock clock;
};

TEST_F(BuildProgressTest, tells_each_tenth_without_a_terminal) {
    BuildProgress progress(output, "Fabric 2.5", clock);
    EXPECT_EQ(told(), "Building Fabric 2.5 from its Go module; some minutes at first.\n");
    progress.take("packages 30");
    for (int i = 0; i < 2; ++i) progress.take("a/package");
    EXPECT_EQ(told(), "");
    progress.take("a/package");
    EXPECT_EQ(told(), "Building Fabric 2.5: 10 % (3 of 30 packages).\n");
    for (int i = 3; i < 30; ++i) progress.take("a/package");
    const std::string rest = told();
    EXPECT_EQ(std::count(rest.begin(), rest.end(), '\n'), 9);
    EXPECT_TRUE(rest.ends_with("Building Fabric 2.5: 100 % (30 of 30 packages).\n")) << rest;
}

TEST_F(BuildProgressTest, is_never_silent_for_long) {
    BuildProgress progress(output, "Fabric 2.5", clock);
    told();
    progress.take("go: downloading a/module v1.0.0");
    clock.millis = 29'999;
    progress.take("go: downloading a/module v1.0.0");
    EXPECT_EQ(told(), "");
    clock.millis = 30'000;
    progress.take("go: downloading a/module v1.0.0");
    EXPECT_EQ(told(), "Fetching Fabric 2.5: 3 modules so far.\n");
    progress.take("packages 1000");
    progress.take("a/package");
    EXPECT_EQ(told(), "");
    clock.millis = 60'000;
    progress.take("a/package");
    EXPECT_EQ(told(), "Building Fabric 2.5: 0 % (2 of 1000 packages).\n");
}

TEST_F(BuildProgressTest, says_nothing_to_machines) {
    output.set_style(true, false);
    BuildProgress progress(output, "Fabric 2.5", clock);
    progress.take("packages 1");
    progress.take("a/package");
    output.set_style(false, true);
    BuildProgress quiet(output, "Fabric 2.5", clock);
    quiet.take("packages 1");
    quiet.take("a/package");
    EXPECT_EQ(told(), "");
}

}  // namespace
}  // namespace bsn::cli
