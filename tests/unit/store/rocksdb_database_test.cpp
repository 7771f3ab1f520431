// What the database on disk promises about crashes, damage, full disks and other processes.

#include "store/database.hpp"
#include "store/synced_mark.hpp"
#include "support/temporary_folder.hpp"
#include "unit/store/file_size_limit.hpp"
#include "unit/store/files_on_disk.hpp"
#include "unit/store/small_disk.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace bsn::store {
namespace {

namespace fs = std::filesystem;

class RocksDatabaseTest : public testing::Test {
  protected:
    fs::path path() const { return folder_ / "db"; }

    void open(const fs::path& path) {
        database_.reset();
        auto opened = open_rocksdb(path);
        ASSERT_TRUE(opened) << opened.error().message;
        database_ = std::move(*opened);
    }
    Error failure_of_open(const fs::path& path) {
        auto opened = open_rocksdb(path);
        return opened ? Error{Code::internal, "it opened"} : opened.error();
    }
    Status put(int number, std::size_t value_bytes = 100) {
        auto batch = database_->batch();
        for (Table table : {Table::state, Table::meta}) {
            batch->put(table, as_bytes(key_of(number)), Bytes(value_bytes, 'v'));
        }
        return database_->write(*batch);
    }
    void put_all(int count) {
        for (int number = 0; number < count; ++number) ASSERT_TRUE(put(number));
        ASSERT_TRUE(database_->sync());
    }
    bool has(int number, Table table = Table::state) {
        return database_->get(table, as_bytes(key_of(number)))->has_value();
    }
    /// How many of the numbers are there; they must be 0, 1, 2 … without a gap, in both tables.
    int count_prefix(int count) {
        int present = 0;
        while (present < count && has(present)) ++present;
        for (int number = 0; number < count; ++number) {
            EXPECT_EQ(has(number), number < present) << "a gap at " << number;
            EXPECT_EQ(has(number, Table::meta), number < present) << "half a batch at " << number;
        }
        return present;
    }
    static std::string key_of(int number) { return "key-" + std::to_string(number); }

    TemporaryFolder folder_;
    std::unique_ptr<Database> database_;
};

TEST_F(RocksDatabaseTest, KeepsWhatWasWritten) {
    open(path());
    put_all(100);
    open(path());
    EXPECT_EQ(count_prefix(100), 100);
}

TEST_F(RocksDatabaseTest, KeepsWhatWasWrittenWhenKilled) {
    open(path());
    put_all(100);
    copy_as_after_crash(path(), folder_ / "crashed");
    open(folder_ / "crashed");
    EXPECT_EQ(count_prefix(100), 100);
}

TEST_F(RocksDatabaseTest, ACrashThatTearsTheLogKeepsAPrefix) {
    open(path());
    put_all(40);
    fs::path log = files_with(path(), ".log").at(0);
    std::uintmax_t size = fs::file_size(log);
    int least = 40;
    copy_as_after_crash(path(), folder_ / "before");
    fs::remove(folder_ / "before" / SyncedMark::k_name);  // as if nothing had been synced
    for (std::uintmax_t cut = 1; cut < size; cut += 997) {
        fs::path crashed = folder_ / ("cut-" + std::to_string(cut));
        copy_as_after_crash(folder_ / "before", crashed);
        fs::resize_file(crashed / log.filename(), size - cut);
        open(crashed);
        least = std::min(least, count_prefix(40));
    }
    EXPECT_LT(least, 5);
}

TEST_F(RocksDatabaseTest, DamageInTheLogIsRefusedWithFileAndOffset) {
    open(path());
    put_all(2000);  // several blocks of 32 KiB
    fs::path log = files_with(path(), ".log").at(0);
    std::uintmax_t size = fs::file_size(log);
    for (std::uintmax_t offset : {std::uintmax_t{3}, std::uintmax_t{50}, size / 2, size - 1000}) {
        fs::path damaged = folder_ / ("flip-" + std::to_string(offset));
        copy_as_after_crash(path(), damaged);
        flip_byte(damaged / log.filename(), offset);
        Error error = failure_of_open(damaged);
        EXPECT_EQ(error.code, Code::corrupted) << "offset " << offset;
        EXPECT_NE(error.message.find(log.filename().string() + " is damaged at offset"),
                  std::string::npos)
            << error.message;
    }
}

TEST_F(RocksDatabaseTest, DamageInTheLastRecordOfTheLogIsRefusedOnceItWasSynced) {
    open(path());
    put_all(20);
    fs::path log = files_with(path(), ".log").at(0);
    std::uintmax_t size = fs::file_size(log);
    for (std::uintmax_t from_end : {1, 100, 200}) {
        for (bool cut : {false, true}) {
            fs::path damaged = folder_ / fmt::format("{}-{}", from_end, cut);
            copy_as_after_crash(path(), damaged);
            if (cut) fs::resize_file(damaged / log.filename(), size - from_end);
            if (!cut) flip_byte(damaged / log.filename(), size - from_end);
            for (int i = 0; i < 2; ++i) {
                Error error = failure_of_open(damaged);
                EXPECT_EQ(error.code, Code::corrupted) << from_end << " bytes from the end";
                EXPECT_NE(error.message.find(log.filename().string() + " is damaged at offset"),
                          std::string::npos)
                    << error.message;
            }
        }
    }
}

TEST_F(RocksDatabaseTest, AMissingOrEarlierFileIsRefused) {
    open(path());
    put_all(20);
    open(path());
    fs::path early = folder_ / "early";
    copy_as_after_crash(path(), early);
    ASSERT_TRUE(put(20));
    ASSERT_TRUE(database_->sync());
    fs::path log = files_with(path(), ".log").at(0).filename();
    fs::path manifest;
    for (const auto& entry : fs::directory_iterator(path())) {
        if (entry.path().filename().string().starts_with("MANIFEST-")) {
            manifest = entry.path().filename();
        }
    }
    for (const fs::path& name : {log, manifest, fs::path("CURRENT")}) {
        fs::path lost = folder_ / ("no-" + name.string());
        copy_as_after_crash(path(), lost);
        fs::remove(lost / name);
        Error error = failure_of_open(lost);
        EXPECT_EQ(error.code, Code::corrupted) << name << ": " << error.message;
        EXPECT_NE(error.message.find(name.string() + " is missing"), std::string::npos)
            << error.message;
    }
    fs::path mixed = folder_ / "mixed";
    copy_as_after_crash(path(), mixed);
    fs::copy_file(early / log, mixed / log, fs::copy_options::overwrite_existing);
    EXPECT_EQ(failure_of_open(mixed).code, Code::corrupted);
    fs::path cut = folder_ / "cut";
    copy_as_after_crash(path(), cut);
    fs::resize_file(cut / manifest, fs::file_size(cut / manifest) - 1);
    EXPECT_EQ(failure_of_open(cut).code, Code::corrupted);
}

TEST_F(RocksDatabaseTest, DamageInADataFileIsReportedAndNeverServed) {
    open(path());
    put_all(2000);
    open(path());  // replays the log into data files
    database_.reset();
    std::vector<fs::path> files = files_with(path(), ".sst");
    ASSERT_FALSE(files.empty());
    for (const fs::path& file : files) flip_byte(file, 1000);
    open(path());
    int refused = 0;
    for (int number = 0; number < 2000; ++number) {
        auto value = database_->get(Table::state, as_bytes(key_of(number)));
        if (value) {
            EXPECT_EQ(value->value(), Bytes(100, 'v'));
            continue;
        }
        ++refused;
        EXPECT_EQ(value.error().code, Code::corrupted);
        EXPECT_NE(value.error().message.find(".sst"), std::string::npos) << value.error().message;
    }
    EXPECT_GT(refused, 0);
    Status scanned = database_->scan(Table::state, {}, {}, [](ByteView, ByteView) { return true; });
    EXPECT_EQ(scanned.error().code, Code::corrupted);
}

TEST_F(RocksDatabaseTest, AMissingDataFileIsCorruption) {
    open(path());
    put_all(100);
    open(path());
    database_.reset();
    fs::path missing = files_with(path(), ".sst").at(0);
    fs::remove(missing);
    Error error = failure_of_open(path());
    EXPECT_EQ(error.code, Code::corrupted);
    EXPECT_NE(error.message.find(missing.stem().string()), std::string::npos) << error.message;
}

TEST_F(RocksDatabaseTest, AnUnknownFormatIsRefusedByName) {
    open(path());
    database_.reset();
    write_text(path() / "FORMAT", "bsn-database 9\n");
    Error error = failure_of_open(path());
    EXPECT_EQ(error.code, Code::unsupported_version);
    EXPECT_NE(error.message.find("'bsn-database 9'"), std::string::npos) << error.message;
    write_text(path() / "FORMAT", "\xff\xfe");
    error = failure_of_open(path());
    EXPECT_EQ(error.code, Code::corrupted);
    EXPECT_NE(error.message.find("FORMAT is damaged"), std::string::npos) << error.message;
}

TEST_F(RocksDatabaseTest, AFolderOfAnotherProgramIsRefused) {
    open(path());
    database_.reset();
    fs::remove(path() / "FORMAT");
    EXPECT_EQ(failure_of_open(path()).code, Code::unsupported_version);
}

TEST_F(RocksDatabaseTest, AFolderIsOpenOnce) {
    open(path());
    Error error = failure_of_open(path());
    EXPECT_EQ(error.code, Code::unavailable);
    EXPECT_NE(error.message.find("in use by another process"), std::string::npos) << error.message;
    database_.reset();
    open(path());
}

TEST_F(RocksDatabaseTest, TheFolderIsPrivate) {
    open(path());
    EXPECT_EQ(fs::status(path()).permissions(), fs::perms::owner_all);
}

TEST_F(RocksDatabaseTest, AFullDiskRefusesWritesUntilThereIsSpace) {
    SmallDisk disk(16);
    BSN_NEEDS_SMALL_DISK(disk);
    open(disk.path() / "db");
    put_all(50);
    disk.fill(2U << 20);
    int written = 50;
    Status last;
    while (written < 5000 && (last = put(written, 2000))) ++written;
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().code, Code::no_space) << last.error().message;
    EXPECT_NE(last.error().message.find("free space"), std::string::npos) << last.error().message;
    EXPECT_FALSE(put(written, 2000));
    EXPECT_TRUE(database_->sync()) << "what was written before can still be made durable";
    EXPECT_EQ(count_prefix(5000), written);

    disk.free();
    EXPECT_TRUE(put(written++, 2000));
    copy_as_after_crash(disk.path() / "db", folder_ / "crashed");
    open(folder_ / "crashed");
    EXPECT_EQ(count_prefix(5000), written);
    open(disk.path() / "db");
    EXPECT_EQ(count_prefix(5000), written);
}

TEST_F(RocksDatabaseTest, AfterAFailureOfItsLogItTakesNoWritesUntilOpenedAnew) {
    open(path());
    put_all(50);
    int written = 50;
    {
        FileSizeLimit limit(64U << 10);
        while (written < 5000 && put(written)) ++written;
    }
    ASSERT_LT(written, 5000);
    Status later = put(written);
    EXPECT_EQ(later.error().code, Code::io_error);
    EXPECT_NE(later.error().message.find("restart"), std::string::npos) << later.error().message;
    EXPECT_EQ(database_->sync().error().code, Code::io_error);
    EXPECT_EQ(count_prefix(5000), written);
    open(path());
    EXPECT_GE(count_prefix(5000), written);
    EXPECT_TRUE(put(written));
}

TEST_F(RocksDatabaseTest, AFailureOfAFreshLogIsAnErrorToo) {
    for (rlim_t room : {0, 100, 5000}) {
        fs::path fresh = folder_ / std::to_string(room);
        open(fresh);
        int written = 0;
        {
            FileSizeLimit limit(room);
            while (written < 5000 && put(written)) ++written;
            ASSERT_LT(written, 5000);
            EXPECT_FALSE(database_->sync());
        }
        EXPECT_FALSE(put(written));
        EXPECT_FALSE(database_->sync());
        EXPECT_EQ(database_->health().error().code, Code::io_error);
        open(fresh);
        EXPECT_GE(count_prefix(5000), written);
    }
}

TEST_F(RocksDatabaseTest, AFullDiskAtOpenIsSaidSo) {
    SmallDisk disk(4);
    BSN_NEEDS_SMALL_DISK(disk);
    disk.fill();
    EXPECT_EQ(failure_of_open(disk.path() / "db").code, Code::no_space);
}

TEST_F(RocksDatabaseTest, CountsSyncs) {
    Counter syncs;
    auto opened = open_rocksdb(path(), {&syncs, nullptr});
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = std::move(*opened);
    ASSERT_TRUE(put(1));
    EXPECT_EQ(syncs.value(), 0U);
    ASSERT_TRUE(database_->sync());
    ASSERT_TRUE(put(2));
    ASSERT_TRUE(database_->sync());
    EXPECT_EQ(syncs.value(), 2U);
    database_.reset();  // before the counter goes
}

}  // namespace
}  // namespace bsn::store
