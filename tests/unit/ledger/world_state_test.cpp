#include "ledger/world_state.hpp"

#include <gtest/gtest.h>

#include <random>

namespace bsn::ledger {
namespace {

using Entry = std::pair<std::string, std::string>;

/// A state in memory, so that these tests need no database.
class MapState final : public StateReader {
  public:
    std::map<std::pair<std::string, std::string>, std::string> entries;

    Result<std::optional<Bytes>> get(std::string_view contract, ByteView key) const override {
        if (failing) return Error{Code::corrupted, "checksum"};
        auto found = entries.find({std::string(contract), to_text(key)});
        if (found == entries.end()) return std::optional<Bytes>{};
        return std::optional<Bytes>{to_bytes(found->second)};
    }
    Status scan(std::string_view contract, ByteView prefix, ByteView start,
                const Visitor& visit) const override {
        if (failing) return Error{Code::corrupted, "checksum"};
        for (const auto& [key, value] : entries) {
            if (key.first != contract || !key.second.starts_with(as_text(prefix))) continue;
            if (std::string_view(key.second) < as_text(start)) continue;
            ++visited;
            if (!visit(as_bytes(key.second), as_bytes(value))) break;
        }
        return {};
    }

    bool failing = false;
    mutable int visited = 0;
};

std::optional<std::string> get(const StateReader& state, std::string_view contract,
                               std::string_view key) {
    auto value = state.get(contract, as_bytes(key)).value();
    if (!value) return std::nullopt;
    return to_text(*value);
}

std::vector<Entry> scan(const StateReader& state, std::string_view contract,
                        std::string_view prefix = "", std::string_view start = "",
                        std::size_t limit = 1000) {
    std::vector<Entry> found;
    EXPECT_TRUE(state
                    .scan(contract, as_bytes(prefix), as_bytes(start),
                          [&](ByteView key, ByteView value) {
                              found.emplace_back(to_text(key), to_text(value));
                              return found.size() < limit;
                          })
                    .ok());
    return found;
}

void put(StateOverlay& state, std::string_view contract, std::string_view key,
         std::string_view value) {
    state.put(contract, as_bytes(key), to_bytes(value));
}

void erase(StateOverlay& state, std::string_view contract, std::string_view key) {
    state.erase(contract, as_bytes(key));
}

class StoredStateTest : public ::testing::Test {
  protected:
    void store(std::string_view channel, std::string_view contract, std::string_view key,
               std::string_view value) {
        auto batch = database->batch();
        batch->put(store::Table::state,
                   StoredState::database_key(as_bytes(channel), contract, as_bytes(key)),
                   as_bytes(value));
        ASSERT_TRUE(database->write(*batch).ok());
    }

    std::unique_ptr<store::Database> database = store::make_memory_database();
};

TEST_F(StoredStateTest, reads_only_its_channel_and_contract) {
    store("one-", "bank", "alice", "10");
    store("one-", "bankx", "alice", "11");
    store("two-", "bank", "alice", "12");
    StoredState state(*database, as_bytes("one-"));
    EXPECT_EQ(get(state, "bank", "alice"), "10");
    EXPECT_EQ(get(state, "bank", "bob"), std::nullopt);
    EXPECT_EQ(scan(state, "bank"), (std::vector<Entry>{{"alice", "10"}}));
    EXPECT_EQ(scan(state, "ban"), std::vector<Entry>{});
}

TEST_F(StoredStateTest, scans_a_prefix_from_a_start) {
    for (const char* key : {"a", "ba", "bb", "bc", "c"}) store("one-", "kv", key, key);
    store("one-", "ka", "bz", "of another contract");
    StoredState state(*database, as_bytes("one-"));
    EXPECT_EQ(scan(state, "kv", "b"),
              (std::vector<Entry>{{"ba", "ba"}, {"bb", "bb"}, {"bc", "bc"}}));
    EXPECT_EQ(scan(state, "kv", "b", "bb"), (std::vector<Entry>{{"bb", "bb"}, {"bc", "bc"}}));
    EXPECT_EQ(scan(state, "kv", "b", "a").size(), 3U) << "a start before the prefix is the first";
    EXPECT_EQ(scan(state, "kv", "b", "c").size(), 0U) << "a start behind the prefix is the end";
    EXPECT_EQ(scan(state, "kv", "", "", 2), (std::vector<Entry>{{"a", "a"}, {"ba", "ba"}}));
}

TEST_F(StoredStateTest, a_snapshot_does_not_see_later_writes) {
    store("one-", "kv", "a", "before");
    auto snapshot = database->snapshot();
    store("one-", "kv", "a", "after");
    store("one-", "kv", "b", "after");
    EXPECT_EQ(scan(StoredState(*database, as_bytes("one-"), snapshot.get()), "kv"),
              (std::vector<Entry>{{"a", "before"}}));
    EXPECT_EQ(get(StoredState(*database, as_bytes("one-")), "kv", "a"), "after");
}

TEST(StateKeys, contract_names_cannot_run_into_keys) {
    EXPECT_NE(StoredState::database_key({}, "ab", as_bytes("c")),
              StoredState::database_key({}, "a", as_bytes("bc")));
}

TEST(StateOverlay, shows_its_own_entries_over_those_below) {
    MapState below;
    below.entries = {{{"kv", "a"}, "1"}, {{"kv", "b"}, "2"}};
    StateOverlay state(below);
    put(state, "kv", "b", "20");
    put(state, "kv", "c", "30");
    erase(state, "kv", "a");
    EXPECT_EQ(get(state, "kv", "a"), std::nullopt);
    EXPECT_EQ(get(state, "kv", "b"), "20");
    EXPECT_EQ(get(state, "kv", "c"), "30");
    EXPECT_EQ(get(state, "other", "b"), std::nullopt);
    EXPECT_EQ(scan(state, "kv"), (std::vector<Entry>{{"b", "20"}, {"c", "30"}}));
}

TEST(StateOverlay, a_scan_merges_in_key_order_and_hides_what_was_erased) {
    MapState below;
    below.entries = {
        {{"kv", "a"}, "1"}, {{"kv", "c"}, "3"}, {{"kv", "e"}, "5"}, {{"kw", "a"}, "9"}};
    StateOverlay state(below);
    put(state, "kv", "b", "2");
    put(state, "kv", "d", "4");
    put(state, "kv", "f", "6");
    erase(state, "kv", "c");
    put(state, "kt", "z", "of another contract");
    put(state, "kw", "0", "of another contract");
    EXPECT_EQ(scan(state, "kv"),
              (std::vector<Entry>{{"a", "1"}, {"b", "2"}, {"d", "4"}, {"e", "5"}, {"f", "6"}}));
    EXPECT_EQ(scan(state, "kv", "", "d"), (std::vector<Entry>{{"d", "4"}, {"e", "5"}, {"f", "6"}}));
}

TEST(StateOverlay, a_scan_ends_when_the_visitor_has_enough) {
    MapState below;
    below.entries = {{{"kv", "b"}, "2"}, {{"kv", "d"}, "4"}, {{"kv", "f"}, "6"}};
    StateOverlay state(below);
    for (const char* key : {"a", "c", "e", "g"}) put(state, "kv", key, "own");
    for (std::size_t limit = 1; limit <= 7; ++limit) {
        EXPECT_EQ(scan(state, "kv", "", "", limit).size(), limit);
    }
    below.visited = 0;
    EXPECT_EQ(scan(state, "kv", "", "", 1).front().first, "a");
    EXPECT_LE(below.visited, 1);
}

TEST(StateOverlay, stacks) {
    MapState below;
    below.entries = {{{"kv", "a"}, "1"}};
    StateOverlay middle(below);
    put(middle, "kv", "b", "2");
    StateOverlay top(middle);
    erase(top, "kv", "a");
    EXPECT_EQ(scan(top, "kv"), (std::vector<Entry>{{"b", "2"}}));
    EXPECT_EQ(scan(middle, "kv").size(), 2U);
}

TEST(StateOverlay, undo_restores_what_was_there_at_begin) {
    MapState below;
    below.entries = {{{"kv", "a"}, "1"}};
    StateOverlay state(below);
    put(state, "kv", "b", "2");
    erase(state, "kv", "a");
    state.begin();
    put(state, "kv", "a", "100");
    put(state, "kv", "b", "200");
    put(state, "kv", "b", "201");
    erase(state, "kv", "b");
    put(state, "kv", "c", "300");
    state.undo();
    EXPECT_EQ(scan(state, "kv"), (std::vector<Entry>{{"b", "2"}}));
    EXPECT_EQ(state.changes().value().size(), 2U);
}

TEST(StateOverlay, keep_makes_changes_stay_through_a_later_undo) {
    MapState below;
    StateOverlay state(below);
    state.begin();
    put(state, "kv", "a", "1");
    state.keep();
    state.begin();
    put(state, "kv", "a", "2");
    state.undo();
    EXPECT_EQ(get(state, "kv", "a"), "1");
}

TEST(StateOverlay, begin_does_not_nest) {
    MapState below;
    StateOverlay state(below);
    EXPECT_THROW(state.keep(), InvariantViolation);
    EXPECT_THROW(state.undo(), InvariantViolation);
    state.begin();
    EXPECT_THROW(state.begin(), InvariantViolation);
}

TEST(StateOverlay, changes_are_net_and_in_order) {
    MapState below;
    below.entries = {
        {{"b", "same"}, "1"}, {{"b", "gone"}, "2"}, {{"b", "new value"}, "3"}, {{"b", "z"}, "4"}};
    StateOverlay state(below);
    put(state, "b", "same", "1");
    erase(state, "b", "gone");
    put(state, "b", "new value", "30");
    erase(state, "b", "z");
    put(state, "b", "z", "4");
    erase(state, "b", "never there");
    put(state, "a", "added", "5");
    put(state, "a", "empty", "");
    auto changes = state.changes().value();
    ASSERT_EQ(changes.size(), 4U);
    EXPECT_EQ(changes[0].contract, "a");
    EXPECT_EQ(to_text(changes[0].key), "added");
    EXPECT_EQ(changes[0].before, std::nullopt);
    EXPECT_EQ(changes[0].after, to_bytes("5"));
    EXPECT_EQ(changes[1].after, Bytes{}) << "an empty value is a value";
    EXPECT_EQ(to_text(changes[2].key), "gone");
    EXPECT_EQ(changes[2].before, to_bytes("2"));
    EXPECT_EQ(changes[2].after, std::nullopt);
    EXPECT_EQ(to_text(changes[3].key), "new value");
    EXPECT_EQ(changes[3].before, to_bytes("3"));
    EXPECT_EQ(changes[3].after, to_bytes("30"));
}

TEST(StateOverlay, passes_on_the_failure_of_the_state_below) {
    MapState below;
    StateOverlay state(below);
    put(state, "kv", "a", "1");
    below.failing = true;
    EXPECT_EQ(state.get("kv", as_bytes("b")).error().code, Code::corrupted);
    EXPECT_EQ(state.scan("kv", {}, {}, [](ByteView, ByteView) { return true; }).error().code,
              Code::corrupted);
    EXPECT_EQ(state.changes().error().code, Code::corrupted);
}

/// Law: an overlay is indistinguishable from a map to which the same changes were made.
TEST(StateOverlay, behaves_as_a_map_under_random_changes) {
    for (unsigned seed = 0; seed < 50; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        auto pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
        auto any_key = [&] {
            std::string key(1 + pick(2), 'a');
            for (char& letter : key) letter = static_cast<char>('a' + pick(4));
            return key;
        };
        MapState below;
        for (int i = 0; i < 10; ++i) below.entries[{"kv", any_key()}] = std::to_string(pick(3));
        MapState model = below;
        MapState at_begin;
        StateOverlay state(below);
        bool open = false;
        for (int step = 0; step < 200; ++step) {
            std::string key = any_key();
            switch (pick(8)) {
                case 0:
                    if (!open) state.begin(), at_begin = model, open = true;
                    break;
                case 1:
                    if (open) state.keep(), open = false;
                    break;
                case 2:
                    if (open) state.undo(), model = at_begin, open = false;
                    break;
                case 3:
                case 4:
                    erase(state, "kv", key);
                    model.entries.erase({"kv", key});
                    break;
                default: {
                    std::string value = std::to_string(pick(3));
                    put(state, "kv", key, value);
                    model.entries[{"kv", key}] = value;
                }
            }
            std::string prefix = pick(2) ? "" : key.substr(0, 1);
            std::string start = pick(2) ? "" : any_key();
            std::size_t limit = pick(2) ? 1000 : 1 + pick(3);
            ASSERT_EQ(scan(state, "kv", prefix, start, limit),
                      scan(model, "kv", prefix, start, limit));
            ASSERT_EQ(get(state, "kv", key), get(model, "kv", key));
        }
        MapState applied = below;
        const auto changes = state.changes().value();
        for (const auto& change : changes) {
            ASSERT_NE(change.before, change.after);
            if (change.after) {
                applied.entries[{change.contract, to_text(change.key)}] = to_text(*change.after);
            } else {
                applied.entries.erase({change.contract, to_text(change.key)});
            }
        }
        ASSERT_EQ(applied.entries, model.entries);
    }
}

}  // namespace
}  // namespace bsn::ledger
