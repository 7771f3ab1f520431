#include "ledger/ethereum/ordered_trie.hpp"

#include "ledger/rlp.hpp"

#include <unordered_map>

namespace bsn::ledger::ethereum {
namespace {

/// The nodes of a trie that is made for one question.
class NodesInMemory final : public MerkleMapNodes {
  public:
    Result<std::optional<Bytes>> get(ByteView path) const override {
        const auto found = nodes_.find(to_text(path));
        if (found == nodes_.end()) return std::optional<Bytes>{};
        return std::optional<Bytes>(found->second);
    }
    void put(ByteView path, ByteView node) override { nodes_[to_text(path)] = to_bytes(node); }
    void erase(ByteView path) override { nodes_.erase(to_text(path)); }

  private:
    std::unordered_map<std::string, Bytes> nodes_;
};

Bytes key_of(std::uint64_t index) {
    rlp::Writer key(9);
    key.number(index);
    return key.take();
}

template <typename Item>
void fill(PatriciaTrie& trie, const std::vector<Item>& items) {
    std::vector<PatriciaTrie::Change> changes;
    changes.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        changes.push_back({key_of(i), to_bytes(ByteView(items[i]))});
    }
    ensure(trie.apply(changes).ok(), "nodes in memory are all there");
}

template <typename Item>
Hash root_of(const std::vector<Item>& items) {
    NodesInMemory nodes;
    PatriciaTrie trie(nodes);
    fill(trie, items);
    return trie.root().value();
}

}  // namespace

Hash ordered_trie_root(const std::vector<ByteView>& items) { return root_of(items); }

Hash ordered_trie_root(const std::vector<Bytes>& items) { return root_of(items); }

TrieProof ordered_trie_proof(const std::vector<Bytes>& items, std::size_t index) {
    ensure(index < items.size(), "proof of an item that the list lacks");
    NodesInMemory nodes;
    PatriciaTrie trie(nodes);
    fill(trie, items);
    return trie.prove(key_of(index)).value();
}

Result<std::optional<Bytes>> proved_item(const Hash& root, std::uint64_t index,
                                         const TrieProof& proof) {
    return proved_value(root, key_of(index), proof);
}

}  // namespace bsn::ledger::ethereum
