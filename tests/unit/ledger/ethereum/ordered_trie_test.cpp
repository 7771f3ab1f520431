#include "ledger/ethereum/ordered_trie.hpp"

#include "support/foreign_vectors.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger::ethereum {
namespace {

using testing::bytes_of;
using testing::Json;
using testing::text_of;
using testing::value_of;

/// As tests/vectors/foreign/make_blocks.py makes it.
Bytes item_of(std::uint8_t seed, std::uint32_t index) {
    const Bytes input{seed, static_cast<std::uint8_t>(index >> 24),
                      static_cast<std::uint8_t>(index >> 16), static_cast<std::uint8_t>(index >> 8),
                      static_cast<std::uint8_t>(index)};
    const Hash hash = crypto::hash(HashId::keccak256, input);
    Bytes item;
    for (std::size_t i = 0; i < 1 + (index * 37 + seed) % 300; ++i)
        item.push_back(hash.data()[i % 32]);
    return item;
}

std::vector<Bytes> items_of(const Json& vector) {
    std::vector<Bytes> items;
    const auto count = vector["count"].get<std::uint32_t>();
    const auto seed = vector["seed"].get<std::uint8_t>();
    for (std::uint32_t i = 0; i < count; ++i) items.push_back(item_of(seed, i));
    return items;
}

TrieProof proof_of(const Json& list) {
    TrieProof proof;
    for (const Json& node : list) proof.push_back(bytes_of(node));
    return proof;
}

Json vectors() { return testing::foreign_vectors("ethereum-blocks.json")["ordered"]; }

TEST(OrderedTrie, roots_as_other_code_makes_them) {
    for (const Json& vector : vectors()) {
        EXPECT_EQ(to_hex(ordered_trie_root(items_of(vector))), text_of(vector["root"]))
            << vector["count"];
    }
    EXPECT_EQ(to_hex(ordered_trie_root(std::vector<Bytes>{})),
              "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
}

TEST(OrderedTrie, proofs_as_other_code_makes_them) {
    for (const Json& vector : vectors()) {
        const std::vector<Bytes> items = items_of(vector);
        const Hash root = ordered_trie_root(items);
        for (const Json& asked : vector["proofs"]) {
            const std::size_t index = asked["index"];
            const TrieProof theirs = proof_of(asked["proof"]);
            const auto shown = proved_item(root, index, theirs);
            ASSERT_TRUE(shown.ok()) << shown.error().message;
            ASSERT_EQ(shown->has_value(), index < items.size());
            if (!*shown) continue;
            EXPECT_EQ(**shown, items[index]);
            EXPECT_EQ(ordered_trie_proof(items, index), theirs);
        }
    }
}

TEST(OrderedTrie, every_item_has_a_proof_for_its_index_alone) {
    const Json vector = vectors()[7];
    const std::vector<Bytes> items = items_of(vector);
    const Hash root = ordered_trie_root(items);
    for (std::size_t index = 0; index < items.size(); ++index) {
        const TrieProof proof = ordered_trie_proof(items, index);
        EXPECT_EQ(proved_item(root, index, proof).value(), items[index]);
        const auto other = proved_item(root, index == 0 ? 1 : index - 1, proof);
        EXPECT_FALSE(other.ok() && *other == items[index]);
    }
}

TEST(OrderedTrie, a_proof_with_any_bit_changed_is_refused) {
    const std::vector<Bytes> items = items_of(vectors()[5]);
    const Hash root = ordered_trie_root(items);
    const TrieProof proof = ordered_trie_proof(items, 3);
    auto refused = [&](const TrieProof& changed, const Hash& against) {
        const auto shown = proved_item(against, 3, changed);
        return !shown.ok() && shown.error().code == Code::bad_signature;
    };
    for (std::size_t node = 0; node < proof.size(); ++node) {
        for (std::size_t at = 0; at < proof[node].size(); ++at) {
            TrieProof changed = proof;
            changed[node][at] ^= 0x10;
            ASSERT_TRUE(refused(changed, root)) << node << ":" << at;
        }
    }
    TrieProof longer = proof;
    longer.push_back(proof.back());
    EXPECT_TRUE(refused(longer, root));
    TrieProof shorter(proof.begin(), proof.end() - 1);
    EXPECT_TRUE(refused(shorter, root));
    EXPECT_TRUE(refused({}, root));
    EXPECT_TRUE(refused(proof, Hash{}));
    EXPECT_TRUE(refused(proof, empty_trie_root()));
    EXPECT_EQ(proved_item(empty_trie_root(), 3, {}).value(), std::nullopt);
    // Found by fuzzing: the right hash, but of no node.
    const TrieProof no_node{{0xc0}};
    EXPECT_TRUE(refused(no_node, crypto::hash(HashId::keccak256, no_node[0])));
}

}  // namespace
}  // namespace bsn::ledger::ethereum
