#include "ledger/merkle.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger {
namespace {

constexpr HashId k_sha256 = HashId::sha256;

std::vector<Hash> leaves_of(const std::vector<std::string>& contents) {
    std::vector<Hash> leaves;
    leaves.reserve(contents.size());
    for (const std::string& hex : contents) {
        leaves.push_back(merkle_leaf(k_sha256, from_hex(hex).value()));
    }
    return leaves;
}

std::vector<Hash> numbered_leaves(HashId id, std::size_t count) {
    std::vector<Hash> leaves;
    leaves.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        leaves.push_back(merkle_leaf(id, to_bytes("leaf " + std::to_string(i))));
    }
    return leaves;
}

/// The sides of a leaf's siblings from the top down, by the recursive definition of RFC 6962.
std::string sides(std::size_t index, std::size_t count) {
    if (count == 1) return "";
    std::size_t left = 1;
    while (left * 2 < count) left *= 2;
    return index < left ? "r" + sides(index, left) : "l" + sides(index - left, count - left);
}

/// True if the path leads from the leaf to the root.
bool leads_to(const Hash& root, const Hash& leaf, std::uint64_t index, std::uint64_t count,
              const std::vector<Hash>& path) {
    auto reached = merkle_root_from_path(k_sha256, leaf, index, count, path);
    return reached.ok() && reached.value() == root;
}

// The inputs of the reference trees of Certificate Transparency's own tests.
TEST(Merkle, has_the_known_roots_of_rfc_6962_trees) {
    const std::vector<std::string> contents{"",
                                            "00",
                                            "10",
                                            "2021",
                                            "3031",
                                            "40414243",
                                            "5051525354555657",
                                            "606162636465666768696a6b6c6d6e6f"};
    const std::vector<std::string> roots{
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    const std::vector<Hash> leaves = leaves_of(contents);
    for (std::size_t count = 0; count < roots.size(); ++count) {
        const std::vector<Hash> first(leaves.begin(),
                                      leaves.begin() + static_cast<std::ptrdiff_t>(count));
        EXPECT_EQ(to_hex(merkle_root(k_sha256, first)), roots[count]) << count << " leaves";
    }
}

TEST(Merkle, roots_differ_by_hash_function) {
    const auto leaves = numbered_leaves(k_sha256, 3);
    EXPECT_NE(merkle_root(HashId::sha256, leaves), merkle_root(HashId::keccak256, leaves));
    EXPECT_NE(merkle_root(HashId::sha256, leaves), merkle_root(HashId::sm3, leaves));
    for (HashId id : {HashId::keccak256, HashId::sm3}) {
        const auto own = numbered_leaves(id, 5);
        auto reached = merkle_root_from_path(id, own[4], 4, 5, merkle_path(id, own, 4));
        EXPECT_EQ(reached.value(), merkle_root(id, own));
    }
}

TEST(Merkle, a_node_does_not_pass_as_a_leaf) {
    const auto leaves = numbered_leaves(k_sha256, 2);
    Bytes joined = to_bytes(leaves[0]);
    joined.insert(joined.end(), leaves[1].view().begin(), leaves[1].view().end());
    EXPECT_NE(merkle_leaf(k_sha256, joined), merkle_root(k_sha256, leaves));
}

TEST(Merkle, each_leaf_has_a_path_to_the_root) {
    for (std::size_t count = 1; count <= 33; ++count) {
        const auto leaves = numbered_leaves(k_sha256, count);
        const Hash root = merkle_root(k_sha256, leaves);
        for (std::size_t index = 0; index < count; ++index) {
            const auto path = merkle_path(k_sha256, leaves, index);
            EXPECT_EQ(path.size(), sides(index, count).size());
            EXPECT_TRUE(leads_to(root, leaves[index], index, count, path))
                << index << " of " << count;
        }
    }
}

TEST(Merkle, a_path_leads_to_the_root_from_its_own_leaf_and_index_only) {
    for (std::size_t count = 1; count <= 33; ++count) {
        const auto leaves = numbered_leaves(k_sha256, count);
        const Hash root = merkle_root(k_sha256, leaves);
        for (std::size_t index = 0; index < count; ++index) {
            const auto path = merkle_path(k_sha256, leaves, index);
            for (std::size_t other = 0; other < 40; ++other) {
                if (other == index) continue;
                EXPECT_FALSE(leads_to(root, leaves[index], other, count, path));
                if (other >= count) continue;
                EXPECT_FALSE(leads_to(root, leaves[other], index, count, path));
            }
        }
    }
}

// The count is no secret of the path: leaf 0 of 3 and of 4 have their siblings on the same sides.
// It must come from the header. What has other sides is refused.
TEST(Merkle, a_path_fits_a_count_that_puts_the_siblings_on_the_same_sides_only) {
    for (std::size_t count = 1; count <= 33; ++count) {
        const auto leaves = numbered_leaves(k_sha256, count);
        const Hash root = merkle_root(k_sha256, leaves);
        for (std::size_t index = 0; index < count; ++index) {
            const auto path = merkle_path(k_sha256, leaves, index);
            for (std::size_t other = 0; other < 70; ++other) {
                const bool fits = index < other && sides(index, other) == sides(index, count);
                EXPECT_EQ(leads_to(root, leaves[index], index, other, path), fits)
                    << index << " of " << count << " taken for one of " << other;
            }
        }
    }
}

TEST(Merkle, a_changed_shortened_or_longer_path_is_refused) {
    for (std::size_t count = 1; count <= 33; ++count) {
        const auto leaves = numbered_leaves(k_sha256, count);
        const Hash root = merkle_root(k_sha256, leaves);
        for (std::size_t index = 0; index < count; ++index) {
            const auto path = merkle_path(k_sha256, leaves, index);
            for (std::size_t at = 0; at < path.size(); ++at) {
                auto changed = path;
                changed[at].data()[31] ^= 1;
                EXPECT_FALSE(leads_to(root, leaves[index], index, count, changed));
                auto shorter = path;
                shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(at));
                auto refused =
                    merkle_root_from_path(k_sha256, leaves[index], index, count, shorter);
                ASSERT_FALSE(refused.ok());
                EXPECT_EQ(refused.error().code, Code::bad_signature);
            }
            auto longer = path;
            longer.push_back(root);
            EXPECT_FALSE(merkle_root_from_path(k_sha256, leaves[index], index, count, longer).ok());
        }
    }
}

TEST(Merkle, an_index_beyond_the_count_is_refused) {
    const Hash leaf = merkle_leaf(k_sha256, {});
    EXPECT_FALSE(merkle_root_from_path(k_sha256, leaf, 0, 0, {}).ok());
    EXPECT_FALSE(merkle_root_from_path(k_sha256, leaf, 1, 1, {}).ok());
    EXPECT_FALSE(merkle_root_from_path(k_sha256, leaf, ~0ULL, 3, {leaf}).ok());
    EXPECT_THROW(merkle_path(k_sha256, {leaf}, 1), InvariantViolation);
}

}  // namespace
}  // namespace bsn::ledger
