#pragma once
// What every Database promises, whichever it is. A file that has one includes this, and
//
//     INSTANTIATE_TEST_SUITE_P(Databases, DatabaseConformance,
//                              ::testing::Values(NamedDatabase{"mine", make_mine}), name_of);

#include "store/database.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>
#include <string>

namespace bsn::store {

struct NamedDatabase {
    std::string name;
    /// Makes an empty one; the folder does not exist yet, and may be used.
    std::function<std::unique_ptr<Database>(const std::filesystem::path& folder)> make;
};

inline std::ostream& operator<<(std::ostream& out, const NamedDatabase& database) {
    return out << database.name;
}

inline std::string name_of(const ::testing::TestParamInfo<NamedDatabase>& tested) {
    return tested.param.name;
}

class DatabaseConformance : public ::testing::TestWithParam<NamedDatabase> {
  protected:
    DatabaseConformance() : database_(GetParam().make(folder_ / "db")) {}

    void put(std::string_view key, std::string_view value, Table table = Table::state) {
        auto batch = database_->batch();
        batch->put(table, as_bytes(key), as_bytes(value));
        ASSERT_TRUE(database_->write(*batch));
    }
    void erase(std::string_view key) {
        auto batch = database_->batch();
        batch->erase(Table::state, as_bytes(key));
        ASSERT_TRUE(database_->write(*batch));
    }
    std::string get(std::string_view key, Table table = Table::state,
                    const Snapshot* at = nullptr) const {
        auto value = database_->get(table, as_bytes(key), at);
        return *value ? to_text(**value) : "none";
    }
    /// The keys of a scan, each followed by a blank.
    std::string scan(std::string_view prefix, std::string_view start = "",
                     const Snapshot* at = nullptr) const {
        std::string keys;
        EXPECT_TRUE(
            database_->scan(Table::state, as_bytes(prefix), as_bytes(start), collect(keys), at));
        return keys;
    }
    std::string scan_reverse(std::string_view prefix, std::string_view start = "",
                             const Snapshot* at = nullptr) const {
        std::string keys;
        EXPECT_TRUE(database_->scan_reverse(Table::state, as_bytes(prefix), as_bytes(start),
                                            collect(keys), at));
        return keys;
    }

    static Visitor collect(std::string& keys) {
        return [&keys](ByteView key, ByteView) {
            keys += to_text(key) + " ";
            return true;
        };
    }

    TemporaryFolder folder_;
    std::unique_ptr<Database> database_;
};

TEST_P(DatabaseConformance, AKeyHasTheValueLastPut) {
    EXPECT_EQ(get("a"), "none");
    put("a", "1");
    EXPECT_EQ(get("a"), "1");
    put("a", "2");
    EXPECT_EQ(get("a"), "2");
    erase("a");
    EXPECT_EQ(get("a"), "none");
    erase("a");
    EXPECT_EQ(get("a"), "none");
}

TEST_P(DatabaseConformance, EmptyKeysAndValuesAreValues) {
    put("", "value of the empty key");
    put("empty", "");
    EXPECT_EQ(get(""), "value of the empty key");
    EXPECT_EQ(get("empty"), "");
    EXPECT_EQ(scan(""), " empty ");
}

TEST_P(DatabaseConformance, TablesAreApart) {
    put("k", "state", Table::state);
    put("k", "blocks", Table::blocks);
    put("k", "index", Table::index);
    EXPECT_EQ(get("k", Table::state), "state");
    EXPECT_EQ(get("k", Table::blocks), "blocks");
    EXPECT_EQ(get("k", Table::index), "index");
    EXPECT_EQ(get("k", Table::meta), "none");
}

TEST_P(DatabaseConformance, ScanVisitsThePrefixInByteOrder) {
    for (std::string_view key : {"b", "a2", "a", "a10", "a1", "c", "\x61\xff"}) put(key, "v");
    EXPECT_EQ(scan("a"), "a a1 a10 a2 a\xff ");
    EXPECT_EQ(scan("a1"), "a1 a10 ");
    EXPECT_EQ(scan("x"), "");
    EXPECT_EQ(scan(""), "a a1 a10 a2 a\xff b c ");
    EXPECT_EQ(scan_reverse("a"), "a\xff a2 a10 a1 a ");
    EXPECT_EQ(scan_reverse(""), "c b a\xff a2 a10 a1 a ");
    EXPECT_EQ(scan_reverse("x"), "");
}

TEST_P(DatabaseConformance, ScanBeginsAtStart) {
    for (std::string_view key : {"a1", "a3", "a5", "b1"}) put(key, "v");
    EXPECT_EQ(scan("a", "a3"), "a3 a5 ");
    EXPECT_EQ(scan("a", "a2"), "a3 a5 ");
    EXPECT_EQ(scan("a", "a6"), "");
    EXPECT_EQ(scan("a", "0"), "a1 a3 a5 ");
    EXPECT_EQ(scan("a", "b"), "");
    EXPECT_EQ(scan_reverse("a", "a3"), "a3 a1 ");
    EXPECT_EQ(scan_reverse("a", "a4"), "a3 a1 ");
    EXPECT_EQ(scan_reverse("a", "a0"), "");
    EXPECT_EQ(scan_reverse("a", "0"), "");
    EXPECT_EQ(scan_reverse("a", "b"), "a5 a3 a1 ");
    EXPECT_EQ(scan_reverse("a", "z"), "a5 a3 a1 ");
}

TEST_P(DatabaseConformance, PrefixesThatEndInTheLastByte) {
    const std::string last = "\xff";
    for (std::string_view key :
         {"a\xff", "a\xff\xff", "a\xff\x62", "b", "\xff", "\xffx", "\xff\xff", "\xff\xffy"}) {
        put(key, "v");
    }
    EXPECT_EQ(scan("a" + last),
              "a\xff a\xff"
              "b a\xff\xff ");
    EXPECT_EQ(scan_reverse("a" + last),
              "a\xff\xff a\xff"
              "b a\xff ");
    EXPECT_EQ(scan(last), "\xff \xffx \xff\xff \xff\xffy ");
    EXPECT_EQ(scan_reverse(last), "\xff\xffy \xff\xff \xffx \xff ");
    EXPECT_EQ(scan(last + last), "\xff\xff \xff\xffy ");
    EXPECT_EQ(scan_reverse(last + last), "\xff\xffy \xff\xff ");
    EXPECT_EQ(scan_reverse(last, last + last), "\xff\xff \xffx \xff ");
}

TEST_P(DatabaseConformance, TheKeyRightBehindAPrefixIsNoPartOfIt) {
    put("a", "v");
    put("b", "v");
    EXPECT_EQ(scan("a"), "a ");
    EXPECT_EQ(scan_reverse("a"), "a ");
}

TEST_P(DatabaseConformance, AVisitorEndsAScan) {
    for (std::string_view key : {"a", "b", "c"}) put(key, "v");
    std::string seen;
    Visitor until_two = [&seen](ByteView key, ByteView) {
        seen += to_text(key);
        return seen.size() < 2;
    };
    ASSERT_TRUE(database_->scan(Table::state, {}, {}, until_two));
    EXPECT_EQ(seen, "ab");
    seen.clear();
    ASSERT_TRUE(database_->scan_reverse(Table::state, {}, {}, until_two));
    EXPECT_EQ(seen, "cb");
}

TEST_P(DatabaseConformance, AVisitorMayWriteAndDoesNotSeeIt) {
    put("a", "v");
    std::size_t visits = 0;
    ASSERT_TRUE(database_->scan(Table::state, {}, {}, [&](ByteView key, ByteView) {
        ++visits;
        put(to_text(key) + "x", "v");
        return true;
    }));
    EXPECT_EQ(visits, 1U);
    EXPECT_EQ(scan(""), "a ax ");
}

TEST_P(DatabaseConformance, ASnapshotDoesNotChange) {
    put("changed", "before");
    put("erased", "before");
    auto before = database_->snapshot();
    put("changed", "after");
    put("added", "after");
    erase("erased");
    EXPECT_EQ(get("changed", Table::state, before.get()), "before");
    EXPECT_EQ(get("erased", Table::state, before.get()), "before");
    EXPECT_EQ(get("added", Table::state, before.get()), "none");
    EXPECT_EQ(scan("", "", before.get()), "changed erased ");
    EXPECT_EQ(scan_reverse("", "", before.get()), "erased changed ");
    EXPECT_EQ(scan(""), "added changed ");
    EXPECT_EQ(get("changed"), "after");
}

TEST_P(DatabaseConformance, ABatchIsSeenWholeAndInItsOrder) {
    auto batch = database_->batch();
    batch->put(Table::state, as_bytes("a"), as_bytes("1"));
    batch->put(Table::meta, as_bytes("m"), as_bytes("2"));
    batch->put(Table::state, as_bytes("gone"), as_bytes("3"));
    batch->erase(Table::state, as_bytes("gone"));
    batch->erase(Table::state, as_bytes("back"));
    batch->put(Table::state, as_bytes("back"), as_bytes("4"));
    EXPECT_EQ(get("a"), "none");
    ASSERT_TRUE(database_->write(*batch));
    EXPECT_EQ(get("a"), "1");
    EXPECT_EQ(get("m", Table::meta), "2");
    EXPECT_EQ(get("gone"), "none");
    EXPECT_EQ(get("back"), "4");
}

TEST_P(DatabaseConformance, BehavesAsAMapUnderRandomChanges) {
    std::mt19937 random(20261122);
    std::map<std::string, std::string> model;
    for (int step = 0; step < 3000; ++step) {
        std::string key = std::to_string(random() % 200);
        if (random() % 3 == 0) {
            erase(key);
            model.erase(key);
        } else {
            put(key, std::to_string(step));
            model[key] = std::to_string(step);
        }
    }
    std::string expected;
    for (const auto& [key, value] : model) {
        expected += key + " ";
        EXPECT_EQ(get(key), value);
    }
    EXPECT_EQ(scan(""), expected);
}

TEST_P(DatabaseConformance, SyncSucceeds) {
    EXPECT_TRUE(database_->sync());
    put("a", "1");
    EXPECT_TRUE(database_->sync());
    EXPECT_TRUE(database_->sync());
}

}  // namespace bsn::store
