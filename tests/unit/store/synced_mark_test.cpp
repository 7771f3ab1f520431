#include "store/synced_mark.hpp"

#include "support/temporary_folder.hpp"
#include "unit/store/file_size_limit.hpp"

#include <gtest/gtest.h>

namespace bsn::store {
namespace {

using Numbers = SyncedMark::Numbers;

class SyncedMarkTest : public testing::Test {
  protected:
    SyncedMark open() const {
        auto mark = SyncedMark::open(folder_.path());
        if (!mark) throw std::runtime_error(mark.error().message);
        return std::move(*mark);
    }

    TemporaryFolder folder_;
};

TEST_F(SyncedMarkTest, WhatWasNotedLastIsFound) {
    EXPECT_FALSE(open().found());
    for (std::uint64_t i = 1; i < 5; ++i) {
        SyncedMark mark = open();
        mark.note({i, i});
        mark.note({i, i + 1});
        EXPECT_EQ(open().found(), Numbers({i, i + 1}));
    }
}

TEST_F(SyncedMarkTest, WritesThatFailLeaveTheLastGoodCopy) {
    SyncedMark mark = open();
    mark.note({1});
    mark.note({2});  // in the first sector
    {
        FileSizeLimit limit(512 + 28);
        mark.note({3});  // the second sector is torn
    }
    {
        FileSizeLimit limit(20);
        mark.note({4});
    }
    EXPECT_EQ(open().found(), Numbers({2}));
    EXPECT_FALSE(open().damaged());
    mark.note({5});
    EXPECT_EQ(open().found(), Numbers({5}));
}

}  // namespace
}  // namespace bsn::store
