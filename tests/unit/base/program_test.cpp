#include "base/program.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bsn {
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

TEST(Program, IsFollowedLineByLine) {
    std::vector<std::string> lines;
    const auto ended =
        follow_program({"sh", "-c", "printf 'one\\n\\ntwo'; printf late >&2; exit 4"},
                       [&](std::string_view line) { lines.emplace_back(line); });
    ASSERT_TRUE(ended) << ended.error().message;
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "", "two"}));
    EXPECT_EQ(ended->status, 4);
    EXPECT_EQ(ended->complaints, "late");
    EXPECT_EQ(follow_program({"no-such-program-here"}, [](std::string_view) {}).error().code,
              Code::not_found);
}

TEST(Program, TellsTheLastOfManyComplaints) {
    const auto ended =
        follow_program({"sh", "-c", "yes 0123456789abcde | head -n 10000 >&2; printf end >&2"},
                       [](std::string_view) {});
    ASSERT_TRUE(ended) << ended.error().message;
    EXPECT_EQ(ended->complaints.size(), 64U << 10);
    EXPECT_TRUE(ended->complaints.ends_with("abcde\nend"));
}

}  // namespace
}  // namespace bsn
