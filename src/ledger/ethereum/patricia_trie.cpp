// A change is made below the node where it begins, and what comes of that node is handed up:
// nothing, a leaf, an extension, or a branch. Only who gets it knows whether it stays at its place
// or becomes part of a node above, so a node is stored by the level above it. Children of a branch
// are stored.

#include "ledger/ethereum/patricia_trie.hpp"

#include "ledger/rlp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace bsn::ledger::ethereum {
namespace {

using Path = std::span<const std::uint8_t>;
using MaybeNode = std::optional<TrieNode>;

constexpr std::size_t k_max_nibbles = 255;

Nibbles joined(Path a, Path b) {
    Nibbles whole(a.begin(), a.end());
    whole.insert(whole.end(), b.begin(), b.end());
    return whole;
}

Nibbles joined(Path a, std::uint8_t nibble) { return joined(a, Path(&nibble, 1)); }

struct Entry {
    Nibbles key;
    std::optional<Bytes> value;
};
using Entries = std::span<const Entry>;

/// The nodes of one trie, by their place.
class Places {
  public:
    Places(MerkleMapNodes& nodes, const Bytes& prefix) : nodes_(nodes), prefix_(prefix) {}

    Result<MaybeNode> find(Path place) const {
        BSN_TRY(bytes, nodes_.get(key_of(place)));
        if (!bytes) return MaybeNode{};
        BSN_TRY(node, decode_node(*bytes));
        return MaybeNode(std::move(node));
    }
    /// A node that the one above it names.
    Result<TrieNode> get(Path place) const {
        BSN_TRY(node, find(place));
        if (!node) {
            return Error{
                Code::corrupted,
                fmt::format("Merkle Patricia trie: the node at depth {} is missing", place.size())};
        }
        return std::move(*node);
    }
    NodeReference put(Path place, const TrieNode& node) {
        const Bytes encoded = encode_node(node);
        nodes_.put(key_of(place), encoded);
        return reference_to(encoded);
    }
    void erase(Path place) { nodes_.erase(key_of(place)); }

  private:
    Bytes key_of(Path place) const {
        Bytes key = prefix_;
        key.push_back(static_cast<std::uint8_t>(place.size()));
        for (std::size_t at = 0; at < place.size(); at += 2) {
            const unsigned second = at + 1 < place.size() ? place[at + 1] : 0U;
            key.push_back(static_cast<std::uint8_t>(place[at] << 4 | second));
        }
        return key;
    }

    MerkleMapNodes& nodes_;
    const Bytes& prefix_;
};

/// Makes sorted changes; `place` is where all of their keys begin.
class Update {
  public:
    explicit Update(Places& places) : places_(places) {}

    Result<MaybeNode> below(const Nibbles& place, MaybeNode node, Entries changes) {
        if (!node) return fresh(place, changes);
        if (const auto* leaf = std::get_if<TrieLeaf>(&*node)) {
            return beside_leaf(place, *leaf, changes);
        }
        if (auto* extension = std::get_if<TrieExtension>(&*node)) {
            return along(place, std::move(*extension), changes);
        }
        return branch(place, std::move(std::get<TrieBranch>(*node)), changes);
    }

    Status settle(Path place, const MaybeNode& node) {
        if (node) {
            places_.put(place, *node);
        } else {
            places_.erase(place);
        }
        return {};
    }

  private:
    static Path rest(const Entry& entry, Path place) {
        return Path(entry.key).subspan(place.size());
    }

    /// Nothing was here.
    Result<MaybeNode> fresh(const Nibbles& place, Entries changes) {
        std::vector<const Entry*> put;
        for (const Entry& entry : changes) {
            if (entry.value) put.push_back(&entry);
        }
        if (put.empty()) return MaybeNode{};
        const Path first = rest(*put.front(), place);
        if (put.size() == 1) {
            return MaybeNode(TrieLeaf{{first.begin(), first.end()}, *put.front()->value});
        }
        // Of sorted keys, the first and the last part first.
        const std::size_t shared = common_prefix(first, rest(*put.back(), place));
        if (shared == 0) return branch(place, {}, changes);
        std::vector<Entry> kept;
        kept.reserve(put.size());
        for (const Entry* entry : put) kept.push_back(*entry);
        const Nibbles fork = joined(place, first.first(shared));
        BSN_TRY(node, branch(fork, {}, kept));
        return lengthened(first.first(shared), fork, std::move(*node));
    }

    Result<MaybeNode> beside_leaf(const Nibbles& place, const TrieLeaf& leaf, Entries changes) {
        std::vector<Entry> all(changes.begin(), changes.end());
        Entry old{joined(place, leaf.path), leaf.value};
        const auto at =
            std::lower_bound(all.begin(), all.end(), old,
                             [](const Entry& a, const Entry& b) { return a.key < b.key; });
        if (at == all.end() || at->key != old.key) all.insert(at, std::move(old));
        return fresh(place, all);
    }

    Result<MaybeNode> along(const Nibbles& place, TrieExtension extension, Entries changes) {
        std::size_t shared = extension.path.size();
        for (const Entry& entry : changes) {
            shared = std::min(shared, common_prefix(extension.path, rest(entry, place)));
        }
        const Path before = Path(extension.path).first(shared);
        const Nibbles fork = joined(place, before);
        if (shared == extension.path.size()) {
            BSN_TRY(child, places_.get(fork));
            BSN_TRY(changed, below(fork, std::move(child), changes));
            return lengthened(before, fork, std::move(changed));
        }
        // The keys part on the way: a branch comes in between.
        const Path after = Path(extension.path).subspan(shared + 1);
        const std::uint8_t nibble = extension.path[shared];
        TrieBranch parting;
        parting.children[nibble] =
            after.empty()
                ? extension.child
                : places_.put(joined(fork, nibble),
                              TrieExtension{{after.begin(), after.end()}, extension.child});
        BSN_TRY(changed, branch(fork, std::move(parting), changes));
        return lengthened(before, fork, std::move(changed));
    }

    Result<MaybeNode> branch(const Nibbles& place, TrieBranch node, Entries changes) {
        while (!changes.empty()) {
            // Sorted, so the shortest comes first.
            ensure(changes.front().key.size() > place.size(),
                   "a key of a Merkle Patricia trie is the beginning of another");
            const std::uint8_t nibble = changes.front().key[place.size()];
            const auto end = std::find_if(changes.begin(), changes.end(), [&](const Entry& entry) {
                return entry.key[place.size()] != nibble;
            });
            const Entries part(changes.begin(), end);
            changes = Entries(end, changes.end());
            NodeReference& child = node.children[nibble];
            const Nibbles child_place = joined(place, nibble);
            MaybeNode current;
            if (!child.empty()) {
                BSN_TRY(found, places_.get(child_place));
                current = std::move(found);
            }
            const bool there = current.has_value();
            BSN_TRY(changed, below(child_place, std::move(current), part));
            if (changed) {
                child = places_.put(child_place, *changed);
            } else if (there) {
                child.clear();
                places_.erase(child_place);
            }
        }
        return contracted(place, std::move(node));
    }

    /// A branch needs two children.
    Result<MaybeNode> contracted(const Nibbles& place, TrieBranch node) {
        std::size_t count = 0;
        std::uint8_t last = 0;
        for (std::uint8_t nibble = 0; nibble < 16; ++nibble) {
            if (node.children[nibble].empty()) continue;
            ++count;
            last = nibble;
        }
        if (count == 0) return MaybeNode{};
        if (count > 1) return MaybeNode(std::move(node));
        const Nibbles child_place = joined(place, last);
        BSN_TRY(child, places_.get(child_place));
        return lengthened(Path(&last, 1), child_place, std::move(child));
    }

    /// What stands at `place`, seen from `path` above it. Leaves and extensions move up.
    Result<MaybeNode> lengthened(Path path, const Nibbles& place, MaybeNode node) {
        if (!node || !std::holds_alternative<TrieBranch>(*node)) places_.erase(place);
        if (!node) return MaybeNode{};
        if (path.empty()) return node;
        if (auto* leaf = std::get_if<TrieLeaf>(&*node)) {
            return MaybeNode(TrieLeaf{joined(path, leaf->path), std::move(leaf->value)});
        }
        if (auto* extension = std::get_if<TrieExtension>(&*node)) {
            return MaybeNode(
                TrieExtension{joined(path, extension->path), std::move(extension->child)});
        }
        return MaybeNode(TrieExtension{{path.begin(), path.end()}, places_.put(place, *node)});
    }

    Places& places_;
};

/// Follows a key down while `visit` is given each node; the value found.
template <typename Next>
Result<std::optional<Bytes>> follow(Path key, MaybeNode node, Next next) {
    std::size_t depth = 0;
    while (node) {
        const Path rest = key.subspan(depth);
        if (const auto* leaf = std::get_if<TrieLeaf>(&*node)) {
            if (!std::equal(rest.begin(), rest.end(), leaf->path.begin(), leaf->path.end())) break;
            return std::optional<Bytes>(leaf->value);
        }
        NodeReference child;
        if (const auto* extension = std::get_if<TrieExtension>(&*node)) {
            if (common_prefix(rest, extension->path) != extension->path.size()) break;
            depth += extension->path.size();
            child = extension->child;
        } else {
            if (rest.empty()) break;
            child = std::get<TrieBranch>(*node).children[rest[0]];
            if (child.empty()) break;
            ++depth;
        }
        BSN_TRY(below, next(depth, child));
        node = std::move(below);
    }
    return std::optional<Bytes>{};
}

Status clear_below(Places& places, const Nibbles& place) {
    BSN_TRY(node, places.get(place));
    places.erase(place);
    if (const auto* extension = std::get_if<TrieExtension>(&node)) {
        return clear_below(places, joined(place, extension->path));
    }
    if (const auto* branch = std::get_if<TrieBranch>(&node)) {
        for (std::uint8_t nibble = 0; nibble < 16; ++nibble) {
            if (branch->children[nibble].empty()) continue;
            BSN_CHECK(clear_below(places, joined(place, nibble)));
        }
    }
    return {};
}

}  // namespace

Hash empty_trie_root() {
    static const Hash k_root = crypto::hash(HashId::keccak256, Bytes{0x80});
    return k_root;
}

Status PatriciaTrie::apply(const std::vector<Change>& changes) {
    if (changes.empty()) return {};
    std::map<Nibbles, std::optional<Bytes>> sorted;
    for (const Change& change : changes) {
        Nibbles key = nibbles_of(change.key);
        ensure(!key.empty() && key.size() <= k_max_nibbles, "key of a Merkle Patricia trie");
        sorted[std::move(key)] = change.value;
    }
    std::vector<Entry> entries;
    entries.reserve(sorted.size());
    for (auto& [key, value] : sorted) entries.push_back({key, std::move(value)});

    Places places(nodes_, prefix_);
    Update update(places);
    BSN_TRY(top, places.find({}));
    BSN_TRY(changed, update.below({}, std::move(top), entries));
    return update.settle({}, changed);
}

Status PatriciaTrie::clear() {
    Places places(nodes_, prefix_);
    BSN_TRY(top, places.find({}));
    return top ? clear_below(places, {}) : Status();
}

Result<std::optional<Bytes>> PatriciaTrie::get(ByteView key) const {
    const Places places(nodes_, prefix_);
    const Nibbles way = nibbles_of(key);
    BSN_TRY(top, places.find({}));
    return follow(way, std::move(top),
                  [&](std::size_t depth, const NodeReference&) -> Result<MaybeNode> {
                      BSN_TRY(node, places.get(Path(way).first(depth)));
                      return MaybeNode(std::move(node));
                  });
}

Result<Hash> PatriciaTrie::root() const {
    BSN_TRY(top, Places(nodes_, prefix_).find({}));
    return top ? crypto::hash(HashId::keccak256, encode_node(*top)) : empty_trie_root();
}

Result<TrieProof> PatriciaTrie::prove(ByteView key) const {
    const Places places(nodes_, prefix_);
    const Nibbles way = nibbles_of(key);
    TrieProof proof;
    BSN_TRY(top, places.find({}));
    if (!top) return proof;
    proof.push_back(encode_node(*top));
    BSN_TRY(value, follow(way, std::move(top),
                          [&](std::size_t depth, const NodeReference& child) -> Result<MaybeNode> {
                              BSN_TRY(node, places.get(Path(way).first(depth)));
                              if (hash_in(child)) proof.push_back(encode_node(node));
                              return MaybeNode(std::move(node));
                          }));
    (void)value;
    return proof;
}

Result<std::optional<Bytes>> proved_value(const Hash& root, ByteView key, const TrieProof& proof) {
    auto refuse = [](std::string why) {
        return Error{Code::bad_signature, "Merkle Patricia proof: " + std::move(why)};
    };
    if (proof.empty()) {
        if (root != empty_trie_root()) return refuse("no nodes, but the trie has entries");
        return std::optional<Bytes>{};
    }
    auto read = [&](ByteView bytes) -> Result<MaybeNode> {
        auto node = decode_node(bytes);
        if (!node) return refuse(node.error().message);
        return MaybeNode(std::move(*node));
    };
    std::size_t used = 0;
    auto next_node = [&](const Hash& expected) -> Result<MaybeNode> {
        if (used == proof.size()) return refuse("it ends before the key's place");
        const Bytes& bytes = proof[used++];
        if (crypto::hash(HashId::keccak256, bytes) != expected) {
            return refuse(fmt::format("node {} is not the one named above it", used - 1));
        }
        return read(bytes);
    };
    BSN_TRY(top, next_node(root));
    auto value = follow(nibbles_of(key), std::move(top),
                        [&](std::size_t, const NodeReference& child) -> Result<MaybeNode> {
                            const auto hash = hash_in(child);
                            return hash ? next_node(*hash) : read(child);
                        });
    if (!value) return value;
    if (used != proof.size()) return refuse("it has more nodes than the key's way");
    return value;
}

}  // namespace bsn::ledger::ethereum
