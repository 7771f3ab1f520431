#pragma once
// Inside of the module: nodes of Merkle Patricia tries (Ethereum yellow paper, appendix D).

#include "ledger/types.hpp"

#include <array>
#include <optional>
#include <variant>

namespace bsn::ledger::ethereum {

/// Half bytes, each 0 to 15: the letters of a key.
using Nibbles = std::vector<std::uint8_t>;
Nibbles nibbles_of(ByteView key);
std::size_t common_prefix(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

/// How a node names one below it: its encoding if that takes less than 32 bytes, else the RLP
/// string of the encoding's hash.
using NodeReference = Bytes;

/// The end of a key, with its value.
struct TrieLeaf {
    Nibbles path;
    Bytes value;
};
/// A stretch that all keys below have in common; a branch follows it.
struct TrieExtension {
    Nibbles path;
    NodeReference child;
};
/// Where keys part. No key of ours is the beginning of another, so none ends here.
struct TrieBranch {
    std::array<NodeReference, 16> children;  ///< empty: no such key
};
using TrieNode = std::variant<TrieLeaf, TrieExtension, TrieBranch>;

/// The RLP of a node, of which the hash is taken and a proof made.
Bytes encode_node(const TrieNode& node);
/// `corrupted` if the bytes are no node.
Result<TrieNode> decode_node(ByteView bytes);
NodeReference reference_to(ByteView encoded_node);
/// The hash that a reference holds; none if it holds the node itself.
std::optional<Hash> hash_in(const NodeReference& reference);

}  // namespace bsn::ledger::ethereum
