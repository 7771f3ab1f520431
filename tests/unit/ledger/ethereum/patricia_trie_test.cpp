#include "ledger/ethereum/patricia_trie.hpp"

#include "ledger/rlp.hpp"
#include "support/nodes_in_memory.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace bsn::ledger::ethereum {
namespace {

using testing::NodesInMemory;
using Map = std::map<Bytes, Bytes>;
using Part = std::vector<std::pair<Nibbles, Bytes>>;

/// The definition, straight from the yellow paper: the node over sorted entries from a depth on.
Bytes node_over(const Part& entries, std::size_t depth) {
    const Nibbles& first = entries.front().first;
    if (entries.size() == 1) {
        return encode_node(
            TrieLeaf{{first.begin() + static_cast<std::ptrdiff_t>(depth), first.end()},
                     entries.front().second});
    }
    std::size_t end = depth;
    while (first[end] == entries.back().first[end]) ++end;
    if (end > depth) {
        return encode_node(TrieExtension{{first.begin() + static_cast<std::ptrdiff_t>(depth),
                                          first.begin() + static_cast<std::ptrdiff_t>(end)},
                                         reference_to(node_over(entries, end))});
    }
    TrieBranch branch;
    for (std::uint8_t nibble = 0; nibble < 16; ++nibble) {
        Part below;
        for (const auto& entry : entries) {
            if (entry.first[depth] == nibble) below.push_back(entry);
        }
        if (!below.empty()) branch.children[nibble] = reference_to(node_over(below, depth + 1));
    }
    return encode_node(branch);
}

Hash root_over(const Map& map) {
    if (map.empty()) return empty_trie_root();
    Part entries;
    for (const auto& [key, value] : map) entries.emplace_back(nibbles_of(key), value);
    return crypto::hash(HashId::keccak256, node_over(entries, 0));
}

/// Entries come and go; the trie is compared with one made from nothing after each step.
void follow_random_changes(unsigned seed, std::size_t key_bytes, unsigned letters) {
    std::mt19937 random(seed);
    NodesInMemory nodes;
    PatriciaTrie trie(nodes, {'x'});
    Map map;
    for (int step = 0; step < 60; ++step) {
        std::vector<PatriciaTrie::Change> changes;
        for (unsigned i = random() % 8; i-- > 0;) {
            Bytes key(key_bytes, 0);
            for (std::uint8_t& byte : key)
                byte = static_cast<std::uint8_t>(random() % letters * 17);
            if (random() % 5 < 2) {
                map.erase(key);
                changes.push_back({key, std::nullopt});
            } else {
                const Bytes value(1 + random() % 40, static_cast<std::uint8_t>(1 + random() % 200));
                map[key] = value;
                changes.push_back({key, value});
            }
        }
        if (step == 40) {
            for (const auto& entry : map) changes.push_back({entry.first, std::nullopt});
            map.clear();
        }
        ASSERT_TRUE(trie.apply(changes).ok());
        const Hash root = trie.root().value();
        ASSERT_EQ(root, root_over(map)) << "seed " << seed << ", step " << step;
        for (const auto& [key, value] : map) {
            ASSERT_EQ(trie.get(key).value(), value);
            ASSERT_EQ(proved_value(root, key, trie.prove(key).value()).value(), value);
        }
        for (const auto& change : changes) {
            if (map.contains(change.key)) continue;
            ASSERT_EQ(trie.get(change.key).value(), std::nullopt);
            ASSERT_EQ(proved_value(root, change.key, trie.prove(change.key).value()).value(),
                      std::nullopt);
        }
        // No node is left that is not of the trie.
        NodesInMemory fresh;
        PatriciaTrie again(fresh, {'x'});
        std::vector<PatriciaTrie::Change> all;
        for (const auto& [key, value] : map) all.push_back({key, value});
        ASSERT_TRUE(again.apply(all).ok());
        ASSERT_EQ(nodes.nodes(), fresh.nodes()) << "seed " << seed << ", step " << step;
    }
}

TEST(PatriciaTrie, equals_one_made_from_nothing) {
    for (unsigned seed = 0; seed < 12; ++seed) {
        follow_random_changes(seed, 3, 2);
        follow_random_changes(seed, 2, 16);
        follow_random_changes(seed, 32, 2);
    }
}

PatriciaTrie::Change put(std::string_view key, std::string_view value) {
    return {to_bytes(key), to_bytes(value)};
}

TEST(PatriciaTrie, of_two_changes_of_a_key_the_later_holds) {
    NodesInMemory nodes;
    PatriciaTrie trie(nodes);
    ASSERT_TRUE(trie.apply({put("key1", "old"), put("key2", "x"), put("key1", "new")}).ok());
    EXPECT_EQ(trie.get(as_bytes("key1")).value(), to_bytes("new"));
}

TEST(PatriciaTrie, clear_leaves_nothing_and_touches_no_other_trie) {
    NodesInMemory nodes;
    PatriciaTrie one(nodes, {'1'});
    PatriciaTrie two(nodes, {'2'});
    ASSERT_TRUE(two.apply({put("a", "1"), put("b", "2")}).ok());
    const auto before = nodes.nodes();
    std::vector<PatriciaTrie::Change> changes;
    for (char a = 'a'; a < 'z'; ++a) changes.push_back(put(std::string(3, a), "value"));
    ASSERT_TRUE(one.apply(changes).ok());
    ASSERT_TRUE(one.clear().ok());
    EXPECT_EQ(nodes.nodes(), before);
    EXPECT_EQ(one.root().value(), empty_trie_root());
    EXPECT_TRUE(one.clear().ok());
    EXPECT_TRUE(one.apply({}).ok());
}

TEST(PatriciaTrie, a_key_that_begins_another_is_a_bug) {
    NodesInMemory nodes;
    PatriciaTrie trie(nodes);
    EXPECT_THROW((void)trie.apply({put("ab", "1"), put("abc", "2")}), InvariantViolation);
    EXPECT_THROW((void)trie.apply({put("", "1")}), InvariantViolation);
}

TEST(PatriciaTrie, damage_is_told) {
    NodesInMemory nodes;
    PatriciaTrie trie(nodes);
    ASSERT_TRUE(trie.apply({put("ax", "1"), put("bx", "2"), put("cx", "3")}).ok());
    // The extension at the root, its branch, three leaves.
    ASSERT_EQ(nodes.nodes().size(), 5U);
    for (const auto& [path, node] : nodes.nodes()) {
        if (path == Bytes{0}) continue;
        NodesInMemory damaged = nodes;
        damaged.erase(path);
        PatriciaTrie broken(damaged);
        bool told = false;
        for (const std::string_view key : {"ax", "bx", "cx"}) {
            const auto value = broken.get(as_bytes(key));
            if (!value) told = told || value.error().code == Code::corrupted;
        }
        EXPECT_TRUE(told);
        damaged.put(path, Bytes{0xc0});
        const auto value = broken.clear();
        EXPECT_EQ(value.error().code, Code::corrupted);
    }
}

TEST(TrieNode, refuses_what_is_none) {
    for (const std::string_view hex :
         {"", "80", "c0", "c120", "c22080ff", "c3208080", "c24080", "c22f80", "c20080", "c220c0",
          "d1808080808080808080808080808080808001", "d1058080808080808080808080808080808080"}) {
        EXPECT_EQ(decode_node(from_hex(hex).value()).error().code, Code::corrupted) << hex;
    }
}

}  // namespace
}  // namespace bsn::ledger::ethereum
