#include "ledger/ethereum/trie_node.hpp"

#include "ledger/rlp.hpp"

#include <algorithm>

namespace bsn::ledger::ethereum {
namespace {

constexpr std::uint8_t k_hash_header = 0xa0;  // an RLP string of 32 bytes
constexpr std::uint8_t k_odd = 1;
constexpr std::uint8_t k_ends = 2;  // the path ends at a value

// Hex prefix encoding: a nibble of flags, one of padding where needed, then two to a byte.
Bytes compact(const Nibbles& path, bool ends) {
    Bytes bytes;
    bytes.reserve(path.size() / 2 + 1);
    const bool odd = path.size() % 2 == 1;
    const unsigned flags = (odd ? k_odd : 0U) | (ends ? k_ends : 0U);
    bytes.push_back(static_cast<std::uint8_t>(flags << 4 | (odd ? path[0] : 0U)));
    for (std::size_t at = odd ? 1 : 0; at < path.size(); at += 2) {
        bytes.push_back(static_cast<std::uint8_t>(path[at] << 4 | path[at + 1]));
    }
    return bytes;
}

struct Path {
    Nibbles nibbles;
    bool ends = false;
};

std::optional<Path> expand(ByteView compacted) {
    if (compacted.empty() || compacted[0] >> 4 > (k_odd | k_ends)) return std::nullopt;
    const bool odd = (compacted[0] >> 4 & k_odd) != 0;
    if (!odd && (compacted[0] & 15) != 0) return std::nullopt;
    Path path{nibbles_of(compacted), (compacted[0] >> 4 & k_ends) != 0};
    path.nibbles.erase(path.nibbles.begin(), path.nibbles.begin() + (odd ? 1 : 2));
    return path;
}

Error no_node(std::string why) {
    return {Code::corrupted, "node of a Merkle Patricia trie: " + std::move(why)};
}

Result<TrieNode> short_node(const std::array<ByteView, 17>& items) {
    rlp::Reader first(items[0]);
    const auto path = expand(first.string("path"));
    if (!path) return no_node("its path is malformed");
    if (!path->ends) {
        if (path->nibbles.empty()) return no_node("an extension by nothing");
        return TrieNode(TrieExtension{path->nibbles, to_bytes(items[1])});
    }
    rlp::Reader second(items[1]);
    Bytes value = to_bytes(second.string("value"));
    if (Status status = second.finish("leaf"); !status) return no_node(status.error().message);
    return TrieNode(TrieLeaf{path->nibbles, std::move(value)});
}

}  // namespace

Nibbles nibbles_of(ByteView key) {
    Nibbles nibbles;
    nibbles.reserve(key.size() * 2);
    for (const std::uint8_t byte : key) {
        nibbles.push_back(byte >> 4);
        nibbles.push_back(byte & 15);
    }
    return nibbles;
}

std::size_t common_prefix(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
    const auto parting = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    return static_cast<std::size_t>(parting.first - a.begin());
}

Bytes encode_node(const TrieNode& node) {
    rlp::Writer writer(544);  // a full branch takes 532
    writer.list([&] {
        if (const auto* leaf = std::get_if<TrieLeaf>(&node)) {
            writer.string(compact(leaf->path, true));
            writer.string(leaf->value);
        } else if (const auto* extension = std::get_if<TrieExtension>(&node)) {
            writer.string(compact(extension->path, false));
            writer.raw(extension->child);
        } else {
            for (const NodeReference& child : std::get<TrieBranch>(node).children) {
                child.empty() ? writer.string({}) : writer.raw(child);
            }
            writer.string({});
        }
    });
    return writer.take();
}

Result<TrieNode> decode_node(ByteView bytes) {
    std::array<ByteView, 17> items;
    std::size_t count = 0;
    rlp::Reader reader(bytes);
    reader.list("items", [&](rlp::Reader& list) {
        while (list.more() && count < items.size()) items[count++] = list.item("item");
    });
    if (Status status = reader.finish("RLP"); !status) return no_node(status.error().message);
    if (count == 2) return short_node(items);
    if (count != items.size()) return no_node("it has neither 2 nor 17 items");
    TrieBranch branch;
    for (std::size_t i = 0; i < branch.children.size(); ++i) {
        if (items[i].size() > 1)
            branch.children[i] = to_bytes(items[i]);
        else if (items[i][0] != 0x80)
            return no_node("a child is neither a node nor a hash");
    }
    if (items[16].size() != 1 || items[16][0] != 0x80) {
        return no_node("a key ends where others go on");
    }
    return TrieNode(std::move(branch));
}

NodeReference reference_to(ByteView encoded_node) {
    if (encoded_node.size() < Hash::k_size) return to_bytes(encoded_node);
    NodeReference reference{k_hash_header};
    const Hash hash = crypto::hash(HashId::keccak256, encoded_node);
    reference.insert(reference.end(), hash.view().begin(), hash.view().end());
    return reference;
}

std::optional<Hash> hash_in(const NodeReference& reference) {
    if (reference.size() != 1 + Hash::k_size || reference[0] != k_hash_header) return std::nullopt;
    return Hash::from(ByteView(reference).subspan(1)).value();
}

}  // namespace bsn::ledger::ethereum
