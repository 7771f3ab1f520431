#pragma once
// What every AppendLog promises, whichever it is. A file that has one includes this, and
//
//     INSTANTIATE_TEST_SUITE_P(Logs, LogConformance,
//                              ::testing::Values(NamedLog{"mine", make_mine}), name_of_log);

#include "support/log_test.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace bsn::store {

struct NamedLog {
    std::string name;
    /// Makes an empty one; the folder does not exist yet, and may be used.
    std::function<std::unique_ptr<AppendLog>(const std::filesystem::path& folder)> make;
};

inline std::ostream& operator<<(std::ostream& out, const NamedLog& log) { return out << log.name; }

inline std::string name_of_log(const ::testing::TestParamInfo<NamedLog>& tested) {
    return tested.param.name;
}

class LogConformance : public LogTest, public ::testing::WithParamInterface<NamedLog> {
  protected:
    LogConformance() { log_ = GetParam().make(folder_ / "log"); }
};

TEST_P(LogConformance, ReadsWhatWasAppended) {
    LogPosition first = append("first");
    LogPosition second = append("second");
    EXPECT_EQ(to_text(*log_->read(first)), "first");
    EXPECT_EQ(to_text(*log_->read(second)), "second");
    EXPECT_EQ(first.length, 5U);
    EXPECT_LT(first, second);
}

TEST_P(LogConformance, ScansInOrderAndStopsWhenAsked) {
    EXPECT_TRUE(all().empty());
    std::vector<std::string> records;
    for (int i = 0; i < 200; ++i) {
        records.emplace_back(static_cast<std::size_t>(i), 'r');
        append(records.back());
    }
    EXPECT_EQ(all(), records);
    int visits = 0;
    ASSERT_TRUE(log_->scan([&](const LogPosition&, ByteView) { return ++visits < 150; }));
    EXPECT_EQ(visits, 150);
}

TEST_P(LogConformance, ScansFromAnyRecordOn) {
    std::vector<LogPosition> positions;
    for (std::size_t i = 0; i < 100; ++i) positions.push_back(append(std::string(i, 'r')));
    for (std::size_t first : {0U, 1U, 42U, 98U, 99U}) {
        std::size_t next = first;
        ASSERT_TRUE(log_->scan_from(positions[first], [&](const LogPosition& position, ByteView) {
            EXPECT_EQ(position, positions[next++]);
            return true;
        }));
        EXPECT_EQ(next, positions.size());
    }
}

TEST_P(LogConformance, ScanGivesPositionsThatCanBeRead) {
    for (int i = 0; i < 100; ++i) append("record " + std::to_string(i));
    LogPosition previous{};
    ASSERT_TRUE(log_->scan([&](const LogPosition& position, ByteView record) {
        EXPECT_TRUE(equal(*log_->read(position), record));
        EXPECT_LT(previous, position);
        previous = position;
        return true;
    }));
}

TEST_P(LogConformance, EmptyAndLargeRecords) {
    LogPosition empty = append("");
    LogPosition large = append(std::string(100'000, 'x'));
    LogPosition after = append("after");
    EXPECT_EQ(log_->read(empty)->size(), 0U);
    EXPECT_EQ(log_->read(large)->size(), 100'000U);
    EXPECT_EQ(to_text(*log_->read(after)), "after");
}

TEST_P(LogConformance, PositionsThatAreNoneAreRefused) {
    LogPosition good = append("record");
    LogPosition longer = good;
    ++longer.length;
    EXPECT_EQ(log_->read(longer).error().code, Code::corrupted);
    LogPosition beyond = good;
    beyond.offset += 1000;
    EXPECT_EQ(log_->read(beyond).error().code, Code::corrupted);
    beyond.offset = ~0ULL;
    EXPECT_EQ(log_->read(beyond).error().code, Code::corrupted);
    LogPosition elsewhere = good;
    elsewhere.segment = 77;
    EXPECT_EQ(log_->read(elsewhere).error().code, Code::not_found);
}

}  // namespace bsn::store
