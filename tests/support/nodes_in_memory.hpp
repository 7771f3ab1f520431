#pragma once
// The nodes of a tree, kept in memory.

#include "ledger/merkle_map.hpp"

#include <map>

namespace bsn::testing {

class NodesInMemory final : public ledger::MerkleMapNodes {
  public:
    Result<std::optional<Bytes>> get(ByteView path) const override {
        const auto found = nodes_.find(to_bytes(path));
        if (found == nodes_.end()) return std::optional<Bytes>{};
        return std::optional<Bytes>(found->second);
    }
    void put(ByteView path, ByteView node) override { nodes_[to_bytes(path)] = to_bytes(node); }
    void erase(ByteView path) override { nodes_.erase(to_bytes(path)); }

    const std::map<Bytes, Bytes>& nodes() const { return nodes_; }

  private:
    std::map<Bytes, Bytes> nodes_;
};

}  // namespace bsn::testing
