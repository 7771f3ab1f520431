#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace bsn {
namespace {

Result<int> half(int number) {
    if (number % 2 != 0) return Error{Code::invalid_argument, "odd"};
    return number / 2;
}

Result<int> quarter(int number) {
    BSN_TRY(once, half(number));
    BSN_TRY(twice, half(once));
    return twice;
}

Status must_be_even(int number) {
    BSN_CHECK(half(number).ok() ? Status() : Status(Error{Code::forbidden, "no"}));
    return {};
}

TEST(ResultTest, HoldsAValueOrAnError) {
    EXPECT_TRUE(half(4).ok());
    EXPECT_EQ(*half(4), 2);
    EXPECT_FALSE(half(3));
    EXPECT_EQ(half(3).error().code, Code::invalid_argument);
    EXPECT_EQ(half(3).error().message, "odd");
}

TEST(ResultTest, TryBindsOrReturns) {
    EXPECT_EQ(*quarter(8), 2);
    EXPECT_EQ(quarter(6).error().message, "odd");
    EXPECT_TRUE(must_be_even(2));
    EXPECT_EQ(must_be_even(1).error().code, Code::forbidden);
}

TEST(ResultTest, MovesWhatCannotBeCopied) {
    Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
    std::unique_ptr<int> taken = std::move(result).value();
    EXPECT_EQ(*taken, 7);
}

TEST(ResultTest, TheWrongSideIsABug) {
    EXPECT_THROW(static_cast<void>(half(3).value()), InvariantViolation);
    EXPECT_THROW(static_cast<void>(half(4).error()), InvariantViolation);
    EXPECT_THROW(static_cast<void>(Status().error()), InvariantViolation);
    EXPECT_THROW(ensure(false, "broken"), InvariantViolation);
    EXPECT_NO_THROW(ensure(true, "holds"));
}

TEST(ResultTest, AnErrorGetsItsContext) {
    Error inner{Code::io_error, "disk"};
    EXPECT_EQ(inner.within("block 7").message, "block 7: disk");
    EXPECT_EQ(inner.within("block 7").code, Code::io_error);
}

TEST(CodeTest, NamesAreUniqueAndStable) {
    for (int number = 0; number <= static_cast<int>(Code::voided); ++number) {
        auto code = static_cast<Code>(number);
        EXPECT_EQ(code_from_name(code_name(code)), code) << number;
    }
    EXPECT_EQ(code_name(Code::not_found), "not_found");
    EXPECT_EQ(code_from_name("no such code"), std::nullopt);
}

}  // namespace
}  // namespace bsn
