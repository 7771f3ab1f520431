#include "cli/solidity/program.hpp"

#include <gtest/gtest.h>

namespace bsn::cli {
namespace {

using std::chrono::seconds;

TEST(Program, GetsItsInputAndGivesItsOutput) {
    const std::string much(1 << 20, 'x');
    const auto echoed = run_program({"cat"}, much, seconds(30), much.size());
    ASSERT_TRUE(echoed) << echoed.error().message;
    EXPECT_EQ(echoed->status, 0);
    EXPECT_EQ(echoed->output, much);
    const auto failed = run_program({"sh", "-c", "echo no >&2; exit 3"}, "", seconds(30), 100);
    EXPECT_EQ(failed->status, 3);
    EXPECT_EQ(failed->complaints, "no\n");
    EXPECT_EQ(run_program({"sh", "-c", "kill -9 $$"}, "", seconds(30), 100)->status, 128 + 9);
}

TEST(Program, IsEndedWhenItTakesTooLong) {
    const auto ended = run_program({"sleep", "60"}, "", seconds(0), 100);
    EXPECT_EQ(ended.error().code, Code::unavailable);
    EXPECT_EQ(ended.error().message, "sleep did not end within 0 s");
}

TEST(Program, ThatIsMissingOrSaysTooMuchIsToldOf) {
    EXPECT_EQ(run_program({"no-such-program-here"}, "", seconds(30), 100).error().code,
              Code::not_found);
    EXPECT_EQ(run_program({"echo", "12345"}, "", seconds(30), 5).error().code, Code::too_large);
}

}  // namespace
}  // namespace bsn::cli
