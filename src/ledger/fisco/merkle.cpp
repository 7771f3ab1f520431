#include "ledger/fisco/merkle.hpp"

#include "ledger/rlp.hpp"

#include <algorithm>

namespace bsn::ledger::fisco {
namespace {

constexpr std::size_t k_children = 16;
constexpr std::size_t k_max_steps = 17;  // 16^16 leaves, and the top

using Level = std::vector<Bytes>;

void append(Bytes& bytes, ByteView more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

Level leaves_of(const std::vector<Hash>& items) {
    Level leaves;
    leaves.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) leaves.push_back(merkle_leaf(i, items[i]));
    return leaves;
}

Level level_above(HashId hash, const Level& level) {
    Level above;
    for (std::size_t first = 0; first < level.size(); first += k_children) {
        Bytes joined;
        const std::size_t end = std::min(first + k_children, level.size());
        for (std::size_t i = first; i < end; ++i) append(joined, level[i]);
        above.push_back(to_bytes(crypto::hash(hash, joined)));
    }
    return above;
}

bool sizes_fit(const std::vector<Bytes>& nodes, bool leaves, std::uint64_t first) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const std::size_t size = leaves ? merkle_leaf(first + i, {}).size() : Hash::k_size;
        if (nodes[i].size() != size) return false;
    }
    return true;
}

}  // namespace

Bytes merkle_leaf(std::uint64_t index, const Hash& item) {
    rlp::Writer writer(41);
    writer.number(index);
    writer.raw(item);
    return writer.take();
}

Hash merkle_root(HashId hash, const std::vector<Hash>& items) {
    if (items.empty()) return crypto::hash(hash, ByteView{});
    Level level = leaves_of(items);
    while (level.size() > 1) level = level_above(hash, level);
    return crypto::hash(hash, level.front());
}

std::vector<MerkleStep> merkle_proof(HashId hash, const std::vector<Hash>& items,
                                     std::size_t index) {
    ensure(index < items.size(), "proof of an item that the list lacks");
    std::vector<MerkleStep> proof;
    Level level = leaves_of(items);
    while (level.size() > 1) {
        const auto at = [&](std::size_t position) {
            return level.begin() + static_cast<std::ptrdiff_t>(position);
        };
        const std::size_t first = index / k_children * k_children;
        const std::size_t end = std::min(first + k_children, level.size());
        proof.push_back({{at(first), at(index)}, {at(index + 1), at(end)}});
        level = level_above(hash, level);
        index /= k_children;
    }
    proof.emplace_back();  // the top is hashed once more
    return proof;
}

Status check_merkle_proof(HashId hash, const Hash& root, std::uint64_t index, const Hash& item,
                          const std::vector<MerkleStep>& proof) {
    auto refuse = [](std::string why) {
        return Error{Code::bad_signature, "FISCO Merkle proof: " + std::move(why)};
    };
    if (proof.empty() || proof.size() > k_max_steps) return refuse("of no length that occurs");
    // Nothing in this tree tells leaves from inner nodes, or where one child ends. So each child
    // must stand where the index puts it, and be as long as it would be there.
    Bytes current = merkle_leaf(index, item);
    std::uint64_t position = index;
    for (const MerkleStep& step : proof) {
        const bool leaves = &step == &proof.front();
        if (step.left.size() != position % k_children ||
            step.left.size() + step.right.size() >= k_children) {
            return refuse("its nodes do not fit the index");
        }
        if (!sizes_fit(step.left, leaves, position - step.left.size()) ||
            !sizes_fit(step.right, leaves, position + 1)) {
            return refuse("a node has another length than its place asks for");
        }
        position /= k_children;
        Bytes joined;
        for (const Bytes& left : step.left) append(joined, left);
        append(joined, current);
        for (const Bytes& right : step.right) append(joined, right);
        current = to_bytes(crypto::hash(hash, joined));
    }
    if (position != 0) return refuse("its nodes do not fit the index");
    if (!equal(current, root)) return refuse("does not lead to the root");
    return {};
}

}  // namespace bsn::ledger::fisco
