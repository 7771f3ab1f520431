#include "ledger/merkle_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>

namespace bsn::ledger {
namespace {

constexpr std::string_view k_contract = "registry";

class MapNodes final : public MerkleMapNodes {
  public:
    Result<std::optional<Bytes>> get(ByteView path) const override {
        if (++reads >= fails_from) return Error{Code::io_error, "disk"};
        auto found = nodes.find(to_bytes(path));
        if (found == nodes.end()) return std::optional<Bytes>{};
        return std::optional<Bytes>{found->second};
    }
    void put(ByteView path, ByteView node) override { nodes[to_bytes(path)] = to_bytes(node); }
    void erase(ByteView path) override { nodes.erase(to_bytes(path)); }

    std::map<Bytes, Bytes> nodes;
    std::size_t fails_from = std::numeric_limits<std::size_t>::max();
    mutable std::size_t reads = 0;
};

struct Tree {
    MapNodes nodes;

    MerkleMap map() { return MerkleMap(nodes); }
    void put(std::string_view key, std::string_view value) {
        ASSERT_TRUE(map().put(as_bytes(k_contract), as_bytes(key), as_bytes(value)).ok());
    }
    void erase(std::string_view key) {
        ASSERT_TRUE(map().erase(as_bytes(k_contract), as_bytes(key)).ok());
    }
    Hash root() { return map().root().value(); }
    MerkleMap::Proof prove(std::string_view key) {
        return map().prove(as_bytes(k_contract), as_bytes(key)).value();
    }
};

bool shows(const Hash& root, std::string_view key, std::optional<std::string_view> value,
           const MerkleMap::Proof& proof, std::string_view contract = k_contract) {
    std::optional<ByteView> bytes;
    if (value) bytes = as_bytes(*value);
    Status status = check_merkle_map_proof(root, as_bytes(contract), as_bytes(key), bytes, proof);
    if (!status) {
        EXPECT_EQ(status.error().code, Code::bad_signature);
    }
    return status.ok();
}

using Leaves = std::vector<std::pair<Hash, Hash>>;

/// The root by its definition, from the set of leaves.
Hash root_of(const Leaves& leaves, std::size_t depth = 0) {
    if (leaves.empty()) return {};
    const std::uint8_t leaf = 0x00;
    const std::uint8_t inner = 0x01;
    if (leaves.size() == 1) {
        return crypto::hash(HashId::sha256,
                            {ByteView(&leaf, 1), leaves[0].first, leaves[0].second});
    }
    Leaves halves[2];
    for (const auto& entry : leaves) {
        halves[entry.first.data()[depth / 8] >> (7 - depth % 8) & 1].push_back(entry);
    }
    return crypto::hash(HashId::sha256, {ByteView(&inner, 1), root_of(halves[0], depth + 1),
                                         root_of(halves[1], depth + 1)});
}

Hash root_of(const std::map<std::string, std::string>& entries) {
    Leaves leaves;
    for (const auto& [key, value] : entries) {
        leaves.emplace_back(
            crypto::hash(HashId::sha256, as_bytes(std::string(k_contract) + '\0' + key)),
            crypto::hash(HashId::sha256, as_bytes(value)));
    }
    return root_of(leaves);
}

/// The values come from Python's hashlib, by the rule of docs/formats.md 9.
TEST(MerkleMap, has_the_documented_roots) {
    Tree tree;
    EXPECT_TRUE(tree.root().is_zero());
    std::map<int, std::string> roots = {
        {1, "93bf6aecfe43398389d827073c40a606b6e1d700879c6d3014629905870337be"},
        {2, "32ae9ada68767b0d204fc7a417c5b6acf759ee9e356d6a1950e9ef7947398588"},
        {5, "3d97b7e77515b6e4bab160c47382773b8a29a146f52e0b553ad131c79516dfa7"}};
    for (int i = 0; i < 5; ++i) {
        tree.put("app/" + std::to_string(i), "value " + std::to_string(i));
        if (roots.contains(i + 1)) {
            EXPECT_EQ(to_hex(tree.root()), roots[i + 1]);
        }
    }
}

TEST(MerkleMap, one_entry_is_one_node) {
    Tree tree;
    tree.put("a", "1");
    EXPECT_EQ(tree.nodes.nodes.size(), 1U);
    EXPECT_EQ(tree.nodes.nodes.begin()->first, (Bytes{0, 0})) << "the root's path is depth 0";
    tree.erase("a");
    EXPECT_TRUE(tree.nodes.nodes.empty());
    EXPECT_TRUE(tree.root().is_zero());
}

TEST(MerkleMap, what_is_put_again_or_was_never_there_changes_nothing) {
    Tree tree;
    tree.erase("nothing");
    tree.put("a", "1");
    tree.put("b", "2");
    const auto before = tree.nodes.nodes;
    tree.put("a", "1");
    tree.erase("c");
    EXPECT_EQ(tree.nodes.nodes, before);
}

/// Law: root and nodes follow from the set of entries, whatever the way there.
TEST(MerkleMap, depends_on_the_set_only) {
    for (unsigned seed = 0; seed < 20; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        std::map<std::string, std::string> entries;
        Tree followed;
        const unsigned keys = 1 + random() % 60;
        for (int step = 0; step < 150; ++step) {
            std::string key = std::to_string(random() % keys);
            if (random() % 5 < 2) {
                followed.erase(key);
                entries.erase(key);
            } else {
                std::string value = std::to_string(random() % 3);
                followed.put(key, value);
                entries[key] = value;
            }
            ASSERT_EQ(followed.root(), root_of(entries)) << "after step " << step;
        }
        std::vector<std::pair<std::string, std::string>> order(entries.begin(), entries.end());
        std::shuffle(order.begin(), order.end(), random);
        Tree rebuilt;
        for (const auto& [key, value] : order) rebuilt.put(key, value);
        ASSERT_EQ(rebuilt.nodes.nodes, followed.nodes.nodes);
        for (const auto& [key, value] : order) followed.erase(key);
        ASSERT_TRUE(followed.nodes.nodes.empty()) << "no node is left behind";
    }
}

/// Law: a proof verifies for what it proves, and for nothing else.
TEST(MerkleMap, proofs_show_presence_and_absence_and_nothing_else) {
    for (unsigned size : {0U, 1U, 2U, 3U, 20U, 100U}) {
        SCOPED_TRACE(size);
        Tree tree;
        for (unsigned i = 0; i < size; ++i) tree.put(std::to_string(i), "v" + std::to_string(i));
        const Hash root = tree.root();
        Tree other = tree;
        other.put("one more", "");
        const Hash other_root = other.root();

        for (unsigned i = 0; i < size + 20; ++i) {
            const std::string key = std::to_string(i);
            const std::string value = "v" + std::to_string(i);
            const bool present = i < size;
            const auto proof = tree.prove(key);
            EXPECT_EQ(shows(root, key, value, proof), present);
            EXPECT_EQ(shows(root, key, std::nullopt, proof), !present);
            EXPECT_FALSE(shows(root, key, "another value", proof));
            EXPECT_FALSE(shows(other_root, key, value, proof));
            EXPECT_FALSE(shows(other_root, key, std::nullopt, proof));
            EXPECT_FALSE(shows(root, key, value, proof, "another contract"));
            if (present) {
                const std::string next = std::to_string(i + 1);
                EXPECT_FALSE(shows(root, next, value, proof)) << "another key";
                EXPECT_FALSE(shows(root, next, "v" + next, proof)) << "another key";
            }

            auto bad = proof;
            bad.siblings.emplace_back();
            EXPECT_FALSE(shows(root, key, value, bad) || shows(root, key, std::nullopt, bad));
            if (!proof.siblings.empty()) {
                bad = proof;
                bad.siblings.pop_back();
                EXPECT_FALSE(shows(root, key, value, bad) || shows(root, key, std::nullopt, bad));
                bad = proof;
                bad.siblings.back().data()[31] ^= 1;
                EXPECT_FALSE(shows(root, key, value, bad) || shows(root, key, std::nullopt, bad));
            }
            if (proof.leaf) {
                bad = proof;
                bad.leaf.reset();
                EXPECT_FALSE(shows(root, key, std::nullopt, bad)) << "an entry left out";
                bad = proof;
                bad.leaf->second.data()[0] ^= 1;
                EXPECT_FALSE(shows(root, key, value, bad) || shows(root, key, std::nullopt, bad));
            }
        }
    }
}

TEST(MerkleMap, absence_is_shown_by_an_empty_subtree_or_by_another_entry) {
    Tree tree;
    EXPECT_TRUE(shows(tree.root(), "a", std::nullopt, tree.prove("a")));
    bool by_empty = false;
    bool by_other = false;
    for (int i = 0; i < 10; ++i) tree.put(std::to_string(i), "v");
    for (int i = 10; i < 100; ++i) {
        const auto proof = tree.prove(std::to_string(i));
        (proof.leaf ? by_other : by_empty) = true;
        EXPECT_TRUE(shows(tree.root(), std::to_string(i), std::nullopt, proof));
    }
    EXPECT_TRUE(by_empty);
    EXPECT_TRUE(by_other);
}

TEST(MerkleMap, an_entry_elsewhere_in_the_tree_does_not_show_absence) {
    Tree tree;
    for (int i = 0; i < 50; ++i) tree.put(std::to_string(i), "v");
    for (int i = 1; i < 50; ++i) {
        EXPECT_FALSE(shows(tree.root(), "0", std::nullopt, tree.prove(std::to_string(i))));
    }
}

TEST(MerkleMap, an_inner_node_passes_for_no_leaf) {
    Tree tree;
    tree.put("a", "1");
    tree.put("b", "2");
    const auto proof = tree.prove("a");
    MerkleMap::Proof forged;
    forged.leaf.emplace(tree.root(), proof.siblings[0]);
    EXPECT_FALSE(shows(tree.root(), "c", std::nullopt, forged));
}

TEST(MerkleMap, an_endless_proof_is_refused) {
    MerkleMap::Proof proof;
    proof.siblings.resize(257);
    EXPECT_FALSE(shows(Hash{}, "a", std::nullopt, proof));
}

TEST(MerkleMap, reports_failing_and_damaged_nodes) {
    Tree tree;
    for (int i = 0; i < 10; ++i) tree.put(std::to_string(i), "v");

    Tree failing = tree;
    failing.nodes.fails_from = 1;
    EXPECT_EQ(failing.map().root().error().code, Code::io_error);
    EXPECT_EQ(failing.map().put({}, {}, {}).error().code, Code::io_error);

    for (const auto& [path, node] : tree.nodes.nodes) {
        Tree damaged = tree;
        damaged.nodes.erase(path);
        int reports = 0;
        for (int i = 0; i < 10; ++i) {
            auto proof = damaged.map().prove(as_bytes(k_contract), as_bytes(std::to_string(i)));
            if (!proof) {
                EXPECT_EQ(proof.error().code, Code::corrupted);
                ++reports;
            }
        }
        const bool is_root = path == Bytes{0, 0};
        EXPECT_TRUE(is_root || reports > 0) << "missing " << to_hex(path);

        damaged.nodes.put(path, as_bytes("not a node"));
        EXPECT_FALSE(is_root && damaged.map().root().ok());
    }
}

/// Inner nodes all the way down, further than a key has bits.
struct EndlessNodes final : MerkleMapNodes {
    Result<std::optional<Bytes>> get(ByteView) const override {
        return std::optional(Bytes(65, 1));
    }
    void put(ByteView, ByteView) override {}
    void erase(ByteView) override {}
};

TEST(MerkleMap, an_endless_tree_is_reported) {
    EndlessNodes nodes;
    MerkleMap map(nodes);
    const auto proof = map.prove({}, {});
    EXPECT_EQ(proof.error().code, Code::corrupted);
    EXPECT_NE(proof.error().message.find("depth 256"), std::string::npos) << proof.error().message;
    EXPECT_EQ(map.put({}, {}, {}).error().code, Code::corrupted);
    EXPECT_EQ(map.erase({}, {}).error().code, Code::corrupted);
}

TEST(MerkleMap, erases_nothing_beside_failing_or_damaged_nodes) {
    auto erase = [](Tree& tree) {
        return tree.map().erase(as_bytes(k_contract), as_bytes(std::string_view("a")));
    };
    Tree tree;
    tree.put("a", "v");
    const std::size_t alone = tree.nodes.nodes.size();
    tree.put("b", "v");
    ASSERT_GT(tree.nodes.nodes.size(), alone);

    tree.nodes.reads = 0;
    Tree sound = tree;
    ASSERT_TRUE(erase(sound).ok());
    for (std::size_t read = 1; read <= sound.nodes.reads; ++read) {
        Tree failing = tree;
        failing.nodes.fails_from = read;
        EXPECT_EQ(erase(failing).error().code, Code::io_error) << read;
    }

    for (const auto& [path, node] : tree.nodes.nodes) {
        Tree damaged = tree;
        damaged.nodes.erase(path);
        // Without the root there is an empty tree, which holds nothing to erase.
        if (path != Bytes{0, 0}) {
            EXPECT_EQ(erase(damaged).error().code, Code::corrupted) << to_hex(path);
        }
        Bytes unknown_kind = node;
        unknown_kind[0] = 2;
        damaged.nodes.put(path, unknown_kind);
        EXPECT_EQ(erase(damaged).error().code, Code::corrupted) << to_hex(path);
    }
}

}  // namespace
}  // namespace bsn::ledger
