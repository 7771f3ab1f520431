#include "ledger/merkle.hpp"

#include <fmt/format.h>

namespace bsn::ledger {
namespace {

constexpr std::uint8_t k_leaf_prefix = 0x00;
constexpr std::uint8_t k_node_prefix = 0x01;

Hash node_of(HashId id, const Hash& left, const Hash& right) {
    return crypto::hash(id, {ByteView(&k_node_prefix, 1), left, right});
}

// RFC 6962 splits n leaves at the largest power of two below n. Joining neighbours level by level,
// with the odd last one moved up as it is, yields the same tree.
void join_neighbours(HashId id, std::vector<Hash>& level) {
    const std::size_t pairs = level.size() / 2;
    for (std::size_t i = 0; i < pairs; ++i) level[i] = node_of(id, level[2 * i], level[2 * i + 1]);
    if (level.size() % 2 != 0) level[pairs] = level.back();
    level.resize(pairs + level.size() % 2);
}

Error bad_path(std::uint64_t index, std::uint64_t count, std::size_t length) {
    return {Code::bad_signature,
            fmt::format("a path of {} hashes does not fit leaf {} of {}", length, index, count)};
}

}  // namespace

Hash merkle_leaf(HashId id, ByteView data) {
    return crypto::hash(id, {ByteView(&k_leaf_prefix, 1), data});
}

Hash merkle_root(HashId id, const std::vector<Hash>& leaves) {
    if (leaves.empty()) return crypto::hash(id, ByteView{});
    std::vector<Hash> level = leaves;
    while (level.size() > 1) join_neighbours(id, level);
    return level.front();
}

std::vector<Hash> merkle_path(HashId id, const std::vector<Hash>& leaves, std::size_t index) {
    ensure(index < leaves.size(), "Merkle path of a leaf that is not there");
    std::vector<Hash> path;
    std::vector<Hash> level = leaves;
    for (; level.size() > 1; index /= 2) {
        const std::size_t sibling = index ^ 1U;
        if (sibling < level.size()) path.push_back(level[sibling]);
        join_neighbours(id, level);
    }
    return path;
}

Result<Hash> merkle_root_from_path(HashId id, const Hash& leaf, std::uint64_t index,
                                   std::uint64_t count, const std::vector<Hash>& path) {
    if (index >= count) return bad_path(index, count, path.size());
    std::uint64_t at = index;
    std::uint64_t last = count - 1;  // of the same level
    Hash root = leaf;
    for (const Hash& sibling : path) {
        if (last == 0) return bad_path(index, count, path.size());
        if (at % 2 != 0 || at == last) {
            root = node_of(id, sibling, root);
            // The last node of a level without a right neighbour went up as it was.
            while (at % 2 == 0 && at != 0) {
                at /= 2;
                last /= 2;
            }
        } else {
            root = node_of(id, root, sibling);
        }
        at /= 2;
        last /= 2;
    }
    if (last != 0) return bad_path(index, count, path.size());
    return root;
}

}  // namespace bsn::ledger
