#pragma once
// A permission chain in memory, as city nodes see it that run channels of Fabric.

#include "framework/fabric/network/managed_network.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace bsn::framework::fabric::testing {

/// What all nodes are told alike.
struct SharedChain {
    std::mutex mutex;
    std::map<std::string, registry::FabricOrganisation> announced;  ///< by node
    std::map<Bytes, AppPlan> apps;
};

class NodeView final : public PermissionChain {
  public:
    NodeView(SharedChain& chain, std::string node) : chain_(chain), node_(std::move(node)) {}
    std::map<Bytes, AppPlan> apps() const override {
        std::lock_guard lock(chain_.mutex);
        return chain_.apps;
    }
    bool may_announce() const override { return true; }
    std::optional<registry::FabricOrganisation> announced(std::string_view release) const override {
        std::lock_guard lock(chain_.mutex);
        const auto found = chain_.announced.find(node_);
        if (found == chain_.announced.end() || found->second.release != release) {
            return std::nullopt;
        }
        return found->second;
    }
    Status announce(const registry::FabricOrganisation& organisation) override {
        std::lock_guard lock(chain_.mutex);
        chain_.announced[node_] = organisation;
        return {};
    }

  private:
    SharedChain& chain_;
    const std::string node_;
};

}  // namespace bsn::framework::fabric::testing
