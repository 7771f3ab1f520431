// What the log on files promises about crashes, damage, full disks and other processes.

#include "store/append_log.hpp"

#include "store/log_segment.hpp"
#include "store/synced_mark.hpp"
#include "support/log_test.hpp"
#include "unit/store/files_on_disk.hpp"
#include "unit/store/small_disk.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bsn::store {
namespace {

namespace fs = std::filesystem;

class AppendLogTest : public LogTest {
  protected:
    fs::path path() const { return folder_ / "log"; }
    fs::path segment(std::uint32_t number) const { return path() / segment_name(number); }

    void open(std::uint64_t segment_bytes = 1U << 20) {
        log_.reset();
        auto opened = open_append_log(path(), segment_bytes);
        ASSERT_TRUE(opened) << opened.error().message;
        log_ = std::move(*opened);
    }
    Error failure_of_open() {
        log_.reset();
        auto opened = open_append_log(path());
        return opened ? Error{Code::internal, "it opened"} : opened.error();
    }
    fs::path mark() const { return path() / SyncedMark::k_name; }
    void remember_mark() {
        fs::copy_file(mark(), folder_ / "mark", fs::copy_options::overwrite_existing);
    }
    /// Ends as if it had never been synced since `remember_mark`.
    void crash() {
        log_.reset();
        fs::copy_file(folder_ / "mark", mark(), fs::copy_options::overwrite_existing);
    }
    /// The error of the next open is `corrupted`, now and later, and names file and offset.
    void expect_damaged_at(std::uint64_t offset) {
        for (int i = 0; i < 2; ++i) {
            Error error = failure_of_open();
            EXPECT_EQ(error.code, Code::corrupted);
            EXPECT_NE(
                error.message.find("00000001.log is damaged at offset " + std::to_string(offset)),
                std::string::npos)
                << error.message;
        }
    }
    using Texts = std::vector<std::string>;
};

TEST_F(AppendLogTest, KeepsRecordsAndGoesOn) {
    open();
    LogPosition one = append("one");
    open();
    EXPECT_EQ(to_text(*log_->read(one)), "one");
    LogPosition two = append("two");
    EXPECT_EQ(two.offset, one.offset + k_frame_header_bytes + one.length);
    open();
    EXPECT_EQ(all(), (Texts{"one", "two"}));
}

TEST_F(AppendLogTest, ATailTornAtAnyByteIsCut) {
    open();
    append("first");
    open();
    remember_mark();
    LogPosition last = append("the last record");
    std::uint64_t end = last.offset + k_frame_header_bytes + last.length;
    for (std::uint64_t size = last.offset; size < end; ++size) {
        crash();
        fs::resize_file(segment(1), size);
        open();
        EXPECT_EQ(all(), Texts{"first"}) << "torn at " << size;
        EXPECT_EQ(append("the last record"), last);
    }
    open();
    EXPECT_EQ(all(), (Texts{"first", "the last record"}));
}

TEST_F(AppendLogTest, ATailOfZerosIsCut) {
    open();
    append("first");
    std::uintmax_t size = fs::file_size(segment(1));
    log_.reset();
    fs::resize_file(segment(1), size + 5000);
    open();
    EXPECT_EQ(all(), Texts{"first"});
    EXPECT_EQ(fs::file_size(segment(1)), size);
}

TEST_F(AppendLogTest, ARecordThatHoldsAFrameDoesNotHideItsOwnTear) {
    open();
    append("first");
    open();
    remember_mark();
    // What an outsider can make: a frame with the right checksum but for the salt.
    std::string frame = to_text(frame_header(0, as_bytes("forged"))) + "forged";
    LogPosition last = append(frame + frame + std::string(100, 'x'));
    crash();
    fs::resize_file(segment(1), last.offset + k_frame_header_bytes + 2 * frame.size());
    open();
    EXPECT_EQ(all(), Texts{"first"});
}

TEST_F(AppendLogTest, EveryFlippedByteBeforeAGoodRecordIsFound) {
    open();
    append("first");
    LogPosition bad = append("bad");
    append("last");
    for (std::uint64_t i = 0; i < k_frame_header_bytes + bad.length; ++i) {
        log_.reset();
        flip_byte(segment(1), bad.offset + i);
        Error error = failure_of_open();
        EXPECT_EQ(error.code, Code::corrupted) << "byte " << i;
        EXPECT_NE(
            error.message.find("00000001.log is damaged at offset " + std::to_string(bad.offset)),
            std::string::npos)
            << error.message;
        flip_byte(segment(1), bad.offset + i);
    }
    open();
    EXPECT_EQ(all(), (Texts{"first", "bad", "last"}));
}

TEST_F(AppendLogTest, EveryFlippedByteOfTheLastRecordIsFoundOnceItWasSynced) {
    open();
    append("first");
    LogPosition last = append("last");
    ASSERT_TRUE(log_->sync());
    for (std::uint64_t i = 0; i < k_frame_header_bytes + last.length; ++i) {
        log_.reset();
        flip_byte(segment(1), last.offset + i);
        expect_damaged_at(last.offset);
        flip_byte(segment(1), last.offset + i);
    }
    open();
    EXPECT_EQ(all(), (Texts{"first", "last"}));
}

TEST_F(AppendLogTest, ALogCutBelowWhatWasSyncedIsCorruption) {
    open();
    LogPosition first = append("first");
    LogPosition last = append("last");
    log_.reset();  // a clean end syncs
    std::uint64_t end = last.offset + k_frame_header_bytes + last.length;
    for (std::uint64_t size = end - 1; size >= first.offset; --size) {
        fs::resize_file(segment(1), size);
        expect_damaged_at(size >= last.offset ? last.offset : first.offset);
    }
    fs::remove(segment(1));
    Error error = failure_of_open();
    EXPECT_EQ(error.code, Code::corrupted);
    EXPECT_NE(error.message.find("00000001.log is missing"), std::string::npos) << error.message;
}

TEST_F(AppendLogTest, AnOlderCopyOfTheLastSegmentIsCorruption) {
    open();
    append("first");
    log_.reset();
    fs::copy_file(segment(1), folder_ / "older");
    open();
    LogPosition last = append("last");
    log_.reset();
    fs::copy_file(folder_ / "older", segment(1), fs::copy_options::overwrite_existing);
    expect_damaged_at(last.offset);
}

TEST_F(AppendLogTest, TheLastSegmentsMayNotGo) {
    open(100);
    for (int i = 0; i < 5; ++i) append(std::string(60, 'x'));
    log_.reset();
    fs::remove(segment(5));
    EXPECT_EQ(failure_of_open().code, Code::corrupted);
    EXPECT_FALSE(fs::exists(segment(5)));
}

TEST_F(AppendLogTest, ADamagedMarkCostsNothingWhileTheLogIsWhole) {
    open();
    LogPosition last = append("record");
    log_.reset();
    fs::path mark_file = mark();
    std::uintmax_t size = fs::file_size(mark_file);
    for (std::uintmax_t offset = 0; offset < size; offset += 7) {
        flip_byte(mark_file, offset);
        open();
        EXPECT_EQ(all(), Texts{"record"});
        log_.reset();
    }
    for (std::uintmax_t cut : {size - 1, std::uintmax_t{1}, std::uintmax_t{0}}) {
        fs::resize_file(mark_file, cut);
        open();
        EXPECT_EQ(all(), Texts{"record"});
        log_.reset();
    }
    fs::remove(mark_file);  // as in a log of an earlier release
    open();
    log_.reset();
    flip_byte(segment(1), last.offset);
    expect_damaged_at(last.offset);
}

TEST_F(AppendLogTest, ATornTailWithADamagedMarkIsRefused) {
    open();
    LogPosition last = append("record");
    log_.reset();
    fs::resize_file(mark(), 10);
    flip_byte(segment(1), last.offset);
    expect_damaged_at(last.offset);
}

TEST_F(AppendLogTest, DamageWhileOpenIsFoundByReadAndScan) {
    open();
    LogPosition position = append("record");
    append("another");
    flip_byte(segment(1), position.offset + k_frame_header_bytes);
    Error error = log_->read(position).error();
    EXPECT_EQ(error.code, Code::corrupted);
    EXPECT_NE(error.message.find("offset " + std::to_string(position.offset)), std::string::npos);
    Status scanned = log_->scan([](const LogPosition&, ByteView) { return true; });
    EXPECT_EQ(scanned.error().code, Code::corrupted);
}

TEST_F(AppendLogTest, SegmentsFollowEachOther) {
    open(100);
    Texts records;
    std::vector<LogPosition> positions;
    for (int i = 0; i < 10; ++i) {
        records.push_back("record " + std::to_string(i) + std::string(40, '.'));
        positions.push_back(append(records.back()));
    }
    EXPECT_EQ(positions.back().segment, 10U);
    EXPECT_EQ(all(), records);
    open(100);
    EXPECT_EQ(all(), records);
    for (std::size_t i = 0; i < positions.size(); ++i) {
        EXPECT_EQ(to_text(*log_->read(positions[i])), records[i]);
    }
}

TEST_F(AppendLogTest, ARecordLongerThanASegmentHasOneForItself) {
    open(100);
    append("small");
    EXPECT_EQ(append(std::string(1000, 'x')).segment, 2U);
    EXPECT_EQ(append("small").segment, 3U);
    open(100);
    EXPECT_EQ(all().size(), 3U);
}

TEST_F(AppendLogTest, DamageInAnEarlierSegmentIsNoTornTail) {
    open(100);
    LogPosition first = append(std::string(60, 'a'));
    append(std::string(60, 'b'));
    flip_byte(segment(1), first.offset + k_frame_header_bytes + 59);
    Status scanned = log_->scan([](const LogPosition&, ByteView) { return true; });
    EXPECT_EQ(scanned.error().code, Code::corrupted);
    EXPECT_NE(scanned.error().message.find("00000001.log"), std::string::npos);
    fs::resize_file(segment(1), first.offset + 3);
    EXPECT_EQ(log_->read(first).error().code, Code::corrupted);
    scanned = log_->scan([](const LogPosition&, ByteView) { return true; });
    EXPECT_EQ(scanned.error().code, Code::corrupted);
}

TEST_F(AppendLogTest, AMissingSegmentIsCorruption) {
    open(100);
    for (int i = 0; i < 3; ++i) append(std::string(60, 'a'));
    fs::remove(segment(2));
    Error error = failure_of_open();
    EXPECT_EQ(error.code, Code::corrupted);
    EXPECT_NE(error.message.find("00000002.log is missing"), std::string::npos) << error.message;
}

TEST_F(AppendLogTest, ACrashWhileASegmentIsMadeLeavesNothing) {
    open();
    append("first");
    write_text(path() / "00000002.log.tmp-abcdef", "bsn");
    open();
    EXPECT_EQ(all(), Texts{"first"});
    EXPECT_FALSE(fs::exists(path() / "00000002.log.tmp-abcdef"));
}

TEST_F(AppendLogTest, AnUnknownVersionIsRefusedByName) {
    open();
    flip_byte(segment(1), 11);  // the last byte of the version
    Error error = failure_of_open();
    EXPECT_EQ(error.code, Code::unsupported_version);
    EXPECT_NE(error.message.find("log format 65"), std::string::npos) << error.message;
}

TEST_F(AppendLogTest, ADamagedHeaderIsCorruption) {
    open();
    for (std::uint64_t offset : {0, 7, 12, 15, 16, 19}) {
        flip_byte(segment(1), offset);
        EXPECT_EQ(failure_of_open().code, Code::corrupted) << "offset " << offset;
        flip_byte(segment(1), offset);
    }
    fs::resize_file(segment(1), k_segment_header_bytes - 1);
    EXPECT_EQ(failure_of_open().code, Code::corrupted);
}

TEST_F(AppendLogTest, AFolderIsOpenOnce) {
    open();
    auto second = open_append_log(path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::unavailable);
    EXPECT_NE(second.error().message.find("in use by another process"), std::string::npos);
}

TEST_F(AppendLogTest, ARecordBeyondTheLimitIsRefused) {
    open();
    Bytes huge(k_max_record_bytes + 1);
    EXPECT_EQ(log_->append(huge).error().code, Code::too_large);
    append("still usable");
}

TEST_F(AppendLogTest, AFullDiskFailsAppendsAndLosesNothing) {
    SmallDisk disk(4);
    BSN_NEEDS_SMALL_DISK(disk);
    auto opened = open_append_log(disk.path() / "log");
    ASSERT_TRUE(opened);
    log_ = std::move(*opened);
    append("first");
    disk.fill(16U << 10);
    auto failed = log_->append(Bytes(100'000, 'x'));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Code::no_space);
    EXPECT_NE(failed.error().message.find("free space"), std::string::npos);
    append("a small one still fits");
    disk.free();
    append(std::string(100'000, 'x'));
    ASSERT_TRUE(log_->sync());
    log_.reset();
    opened = open_append_log(disk.path() / "log");
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = std::move(*opened);
    EXPECT_EQ(all(), (Texts{"first", "a small one still fits", std::string(100'000, 'x')}));
}

TEST_F(AppendLogTest, AFullDiskAtTheEndOfASegmentFailsAppendsOnly) {
    SmallDisk disk(4);
    BSN_NEEDS_SMALL_DISK(disk);
    auto opened = open_append_log(disk.path() / "log", 5000);
    ASSERT_TRUE(opened);
    log_ = std::move(*opened);
    append(std::string(4900, 'a'));
    disk.fill();
    EXPECT_EQ(log_->append(Bytes(4900, 'b')).error().code, Code::no_space);
    disk.free();
    append(std::string(4900, 'c'));
    EXPECT_EQ(all().size(), 2U);
}

TEST_F(AppendLogTest, CountsTheSyncsThatReachedTheDisk) {
    Counter syncs;
    auto opened = open_append_log(path(), 1U << 20, {&syncs, nullptr});
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = std::move(*opened);
    append("one");
    EXPECT_EQ(syncs.value(), 0U);
    ASSERT_TRUE(log_->sync());
    EXPECT_EQ(syncs.value(), 1U);
    ASSERT_TRUE(log_->sync());  // nothing new, so nothing to do
    EXPECT_EQ(syncs.value(), 1U);
    append("two");
    append("three");
    ASSERT_TRUE(log_->sync());
    EXPECT_EQ(syncs.value(), 2U);
    log_.reset();  // before the counter goes
}

}  // namespace
}  // namespace bsn::store
