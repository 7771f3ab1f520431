#include "ledger/merkle_map.hpp"

#include "base/codec.hpp"

#include <fmt/format.h>

#include <algorithm>

// A node is stored as 65 bytes: kind, then two hashes. A leaf (0x00) holds key hash and value hash,
// an inner node (0x01) the hashes of its two subtrees, one of which may be empty (zero) if the
// other holds at least two leaves. Hashing the stored bytes yields the node's hash.

namespace bsn::ledger {

namespace {

constexpr std::uint8_t k_leaf = 0x00;
constexpr std::uint8_t k_inner = 0x01;
constexpr std::size_t k_node_bytes = 1 + 2 * Hash::k_size;
constexpr std::size_t k_key_bits = Hash::k_size * 8;

struct Node {
    std::uint8_t kind = k_leaf;
    Hash first;   ///< leaf: key hash; inner: left subtree
    Hash second;  ///< leaf: value hash; inner: right subtree

    bool is_leaf() const { return kind == k_leaf; }
    Hash& child(bool right) { return right ? second : first; }
    const Hash& child(bool right) const { return right ? second : first; }
};

bool bit_of(const Hash& hash, std::size_t index) {
    return (hash.data()[index / 8] >> (7 - index % 8) & 1) != 0;
}

std::size_t common_bits(const Hash& a, const Hash& b) {
    std::size_t count = 0;
    while (count < k_key_bits && bit_of(a, count) == bit_of(b, count)) ++count;
    return count;
}

Hash key_hash_of(ByteView contract, ByteView key) {
    const std::uint8_t separator = 0x00;
    return crypto::hash(HashId::sha256, {contract, ByteView(&separator, 1), key});
}

Hash value_hash_of(ByteView value) { return crypto::hash(HashId::sha256, value); }

Hash hash_of(const Node& node) {
    return crypto::hash(HashId::sha256, {ByteView(&node.kind, 1), node.first, node.second});
}

/// The path of the subtree at `depth` that holds `key`.
Bytes path_of(const Hash& key, std::size_t depth) {
    Writer path(2 + Hash::k_size);
    path.u16(static_cast<std::uint16_t>(depth));
    const std::size_t whole = depth / 8;
    path.raw(key.view().first(whole));
    if (depth % 8 != 0) {
        path.u8(static_cast<std::uint8_t>(key.data()[whole] & (0xFF00U >> depth % 8)));
    }
    return path.take();
}

/// The same key but for the bit at `depth`: it leads to the sibling subtree.
Hash sibling_key(const Hash& key, std::size_t depth) {
    Hash sibling = key;
    sibling.data()[depth / 8] ^= static_cast<std::uint8_t>(0x80U >> depth % 8);
    return sibling;
}

Result<std::optional<Node>> load(const MerkleMapNodes& nodes, const Hash& key, std::size_t depth) {
    BSN_TRY(stored, nodes.get(path_of(key, depth)));
    if (!stored) return std::optional<Node>{};
    if (stored->size() != k_node_bytes || (*stored)[0] > k_inner) {
        return Error{Code::corrupted,
                     fmt::format("Merkle map: the node at depth {} is malformed", depth)};
    }
    Reader reader(*stored);
    Node node;
    node.kind = reader.u8();
    node.first = reader.fixed<Hash>();
    node.second = reader.fixed<Hash>();
    return std::optional<Node>{node};
}

void store(MerkleMapNodes& nodes, const Hash& key, std::size_t depth, const Node& node) {
    Writer bytes(k_node_bytes);
    bytes.u8(node.kind);
    bytes.raw(node.first);
    bytes.raw(node.second);
    nodes.put(path_of(key, depth), bytes.view());
}

/// The way from the root towards a key: inner nodes by depth, and the leaf at the end, if any.
struct Descent {
    std::vector<Node> inner;
    std::optional<Node> leaf;
};

Result<Descent> descend(const MerkleMapNodes& nodes, const Hash& key) {
    Descent way;
    for (std::size_t depth = 0;; ++depth) {
        BSN_TRY(node, load(nodes, key, depth));
        // What is missing must be empty by the node above, or the tree has lost a part.
        const bool expected = depth == 0
                                  ? node.has_value()
                                  : !way.inner.back().child(bit_of(key, depth - 1)).is_zero();
        if (node.has_value() != expected || (node && !node->is_leaf() && depth == k_key_bits)) {
            return Error{
                Code::corrupted,
                fmt::format("Merkle map: the node at depth {} does not fit its parent", depth)};
        }
        if (!node) return way;
        if (node->is_leaf()) {
            way.leaf = node;
            return way;
        }
        way.inner.push_back(*node);
    }
}

/// Gives the subtree below the last inner node its new hash, and all nodes above theirs.
void rehash(MerkleMapNodes& nodes, const Hash& key, std::vector<Node>& inner, Hash below) {
    for (std::size_t depth = inner.size(); depth-- > 0;) {
        inner[depth].child(bit_of(key, depth)) = below;
        store(nodes, key, depth, inner[depth]);
        below = hash_of(inner[depth]);
    }
}

}  // namespace

Status MerkleMap::put(ByteView contract, ByteView key, ByteView value) {
    const Node leaf{k_leaf, key_hash_of(contract, key), value_hash_of(value)};
    const Hash& path = leaf.first;
    BSN_TRY(way, descend(nodes_, path));
    if (way.leaf && way.leaf->first == path && way.leaf->second == leaf.second) return {};
    std::size_t depth = way.inner.size();
    if (way.leaf && way.leaf->first != path) {
        // Another leaf stands alone here: both move down to where their keys part.
        const Node& other = *way.leaf;
        const std::size_t fork = common_bits(path, other.first);
        way.inner.resize(fork + 1, Node{k_inner, {}, {}});
        way.inner[fork].child(bit_of(other.first, fork)) = hash_of(other);
        depth = fork + 1;
        store(nodes_, other.first, depth, other);
    }
    store(nodes_, path, depth, leaf);
    rehash(nodes_, path, way.inner, hash_of(leaf));
    return {};
}

Status MerkleMap::erase(ByteView contract, ByteView key) {
    const Hash path = key_hash_of(contract, key);
    BSN_TRY(way, descend(nodes_, path));
    if (!way.leaf || way.leaf->first != path) return {};
    nodes_.erase(path_of(path, way.inner.size()));
    if (way.inner.empty()) return {};

    // The node above held at least one more leaf, beside ours. If that was a single one, it takes
    // the place of the highest subtree in which it is now alone.
    std::size_t depth = way.inner.size() - 1;
    const Hash beside = sibling_key(path, depth);
    BSN_TRY(sibling, load(nodes_, beside, depth + 1));
    if (!sibling) {
        return Error{Code::corrupted,
                     fmt::format("Merkle map: the node at depth {} is missing", depth + 1)};
    }
    if (!sibling->is_leaf()) {
        rehash(nodes_, path, way.inner, Hash{});
        return {};
    }
    nodes_.erase(path_of(beside, depth + 1));
    while (depth > 0 && way.inner[depth - 1].child(!bit_of(path, depth - 1)).is_zero()) {
        nodes_.erase(path_of(path, depth));
        --depth;
    }
    store(nodes_, path, depth, *sibling);
    way.inner.resize(depth);
    rehash(nodes_, path, way.inner, hash_of(*sibling));
    return {};
}

Result<Hash> MerkleMap::root() const {
    BSN_TRY(top, load(nodes_, Hash{}, 0));
    return top ? hash_of(*top) : Hash{};
}

Result<MerkleMap::Proof> MerkleMap::prove(ByteView contract, ByteView key) const {
    const Hash path = key_hash_of(contract, key);
    BSN_TRY(way, descend(nodes_, path));
    Proof proof;
    for (std::size_t depth = 0; depth < way.inner.size(); ++depth) {
        proof.siblings.push_back(way.inner[depth].child(!bit_of(path, depth)));
    }
    if (way.leaf) proof.leaf.emplace(way.leaf->first, way.leaf->second);
    return proof;
}

Status check_merkle_map_proof(const Hash& root, ByteView contract, ByteView key,
                              std::optional<ByteView> value, const MerkleMap::Proof& proof) {
    auto refuse = [](std::string why) {
        return Error{Code::bad_signature, "Merkle map proof: " + std::move(why)};
    };
    const Hash path = key_hash_of(contract, key);
    const std::size_t depth = proof.siblings.size();
    if (depth > k_key_bits) return refuse("longer than a key has bits");

    const bool found = proof.leaf && proof.leaf->first == path;
    if (value && !found) return refuse("does not end at the entry");
    if (!value && found) return refuse("shows an entry, not its absence");
    if (value && proof.leaf->second != value_hash_of(*value)) return refuse("shows another value");
    if (proof.leaf && common_bits(path, proof.leaf->first) < depth) {
        return refuse("ends at an entry of another subtree");
    }

    Hash current;
    if (proof.leaf) current = hash_of({k_leaf, proof.leaf->first, proof.leaf->second});
    for (std::size_t level = depth; level-- > 0;) {
        Node inner{k_inner, {}, {}};
        inner.child(bit_of(path, level)) = current;
        inner.child(!bit_of(path, level)) = proof.siblings[level];
        current = hash_of(inner);
    }
    if (current != root) return refuse("does not lead to the root");
    return {};
}

}  // namespace bsn::ledger
