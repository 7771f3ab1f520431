#include "cli/output.hpp"

#include <gtest/gtest.h>

namespace bsn::cli {
namespace {

TEST(OutputText, what_others_wrote_cannot_steer_the_terminal) {
    EXPECT_EQ(one_line("a\nb\tc\x1b[2Jd\x7f"), "a b c [2Jd ");
    EXPECT_EQ(printable("a\nb\tc\x1b[2Jd"), "a\nb\tc [2Jd");
}

TEST(OutputText, characters_stay_and_bytes_that_are_none_do_not) {
    EXPECT_EQ(one_line("存证 é"), "存证 é");
    EXPECT_EQ(one_line("k\xffy 存"), "k?y ???");
    EXPECT_EQ(printable("a\n\x9b"), "a\n?");
}

}  // namespace
}  // namespace bsn::cli
