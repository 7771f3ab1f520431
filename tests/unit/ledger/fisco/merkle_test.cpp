#include "ledger/fisco/merkle.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger::fisco {
namespace {

std::vector<Hash> items(std::size_t count) {
    std::vector<Hash> made;
    for (std::size_t i = 0; i < count; ++i) {
        made.push_back(crypto::hash(HashId::keccak256, as_bytes("item " + std::to_string(i))));
    }
    return made;
}

Hash keccak(const Bytes& bytes) { return crypto::hash(HashId::keccak256, bytes); }

Bytes joined(std::initializer_list<ByteView> parts) {
    Bytes bytes;
    for (const ByteView part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
    return bytes;
}

// Written out by hand from FISCO BCOS's getHash256: levels of 16, and the top hashed once more.
TEST(FiscoMerkle, roots_written_out) {
    EXPECT_EQ(merkle_root(HashId::keccak256, {}), keccak({}));
    EXPECT_EQ(merkle_root(HashId::sm3, {}), crypto::hash(HashId::sm3, ByteView{}));
    const std::vector<Hash> two = items(2);
    EXPECT_EQ(merkle_root(HashId::keccak256, items(1)), keccak(joined({Bytes{0x80}, two[0]})));
    const Hash pair = keccak(joined({Bytes{0x80}, two[0], Bytes{0x01}, two[1]}));
    EXPECT_EQ(merkle_root(HashId::keccak256, two), keccak(to_bytes(pair)));

    const std::vector<Hash> many = items(18);
    Bytes first;
    for (std::uint8_t i = 0; i < 16; ++i) {
        first.push_back(i == 0 ? 0x80 : i);
        first.insert(first.end(), many[i].view().begin(), many[i].view().end());
    }
    const Hash second = keccak(joined({Bytes{16}, many[16], Bytes{17}, many[17]}));
    EXPECT_EQ(merkle_root(HashId::keccak256, many),
              keccak(to_bytes(keccak(joined({keccak(first), second})))));
}

TEST(FiscoMerkle, each_item_is_proved_at_its_index_alone) {
    for (const std::size_t count : {1U, 2U, 15U, 16U, 17U, 130U, 257U, 300U}) {
        const std::vector<Hash> made = items(count);
        for (const HashId hash : {HashId::keccak256, HashId::sm3}) {
            const Hash root = merkle_root(hash, made);
            for (std::size_t i = 0; i<count; i += count> 20 ? 7 : 1) {
                const auto proof = merkle_proof(hash, made, i);
                const Status status = check_merkle_proof(hash, root, i, made[i], proof);
                ASSERT_TRUE(status.ok()) << status.error().message;
                for (std::size_t other = 0; other < count; other += 5) {
                    if (other == i) continue;
                    ASSERT_FALSE(check_merkle_proof(hash, root, other, made[i], proof).ok());
                    ASSERT_FALSE(check_merkle_proof(hash, root, i, made[other], proof).ok());
                }
            }
        }
    }
}

TEST(FiscoMerkle, a_changed_proof_is_refused) {
    const std::vector<Hash> made = items(40);
    const Hash root = merkle_root(HashId::keccak256, made);
    const auto good = merkle_proof(HashId::keccak256, made, 20);
    ASSERT_EQ(good.size(), 3U);
    EXPECT_EQ(good[0].left.size(), 4U);
    EXPECT_EQ(good[0].right.size(), 11U);
    EXPECT_EQ(good[1].left.size(), 1U);
    EXPECT_EQ(good[1].right.size(), 1U);
    EXPECT_EQ(good[2], MerkleStep{});
    auto refused = [&](auto change) {
        auto proof = good;
        change(proof);
        const Status status = check_merkle_proof(HashId::keccak256, root, 20, made[20], proof);
        return !status.ok() && status.error().code == Code::bad_signature;
    };
    EXPECT_TRUE(refused([](auto& proof) { proof.clear(); }));
    EXPECT_TRUE(refused([](auto& proof) { proof.pop_back(); }));
    EXPECT_TRUE(refused([](auto& proof) { proof.emplace_back(); }));
    EXPECT_TRUE(refused([](auto& proof) { proof.resize(18); }));
    EXPECT_TRUE(refused([](auto& proof) { proof[0].left[2][5] ^= 1; }));
    EXPECT_TRUE(refused([](auto& proof) { proof[1].right[0][5] ^= 1; }));
    EXPECT_TRUE(refused([](auto& proof) { proof[0].right.pop_back(); }));
    EXPECT_TRUE(refused([](auto& proof) { std::swap(proof[1].left, proof[1].right); }));
    // The same bytes, parted elsewhere.
    EXPECT_TRUE(refused([](auto& proof) {
        proof[0].left[0].push_back(proof[0].left[1].front());
        proof[0].left[1].erase(proof[0].left[1].begin());
    }));
    EXPECT_TRUE(refused([](auto& proof) {
        proof[0].left[0].insert(proof[0].left[0].end(), proof[0].left[1].begin(),
                                proof[0].left[1].end());
        proof[0].left.erase(proof[0].left.begin() + 1);
    }));
}

}  // namespace
}  // namespace bsn::ledger::fisco
