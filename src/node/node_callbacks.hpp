#pragma once
// A node's callbacks with what they stand on.

#include "gateway/callbacks/callbacks.hpp"

namespace bsn::node {

/// Members end in the opposite order.
struct NodeCallbacks {
    /// Reads what was registered. All arguments outlive it.
    static Result<std::unique_ptr<NodeCallbacks>> open(gateway::Backend& backend,
                                                       const Clock& clock,
                                                       const gateway::CallbackSettings& settings,
                                                       store::Database& database);

    gateway::CallbackGuard guard;
    gateway::CallbackSender sender;
    gateway::Callbacks callbacks;

    NodeCallbacks(gateway::Backend& backend, const Clock& clock,
                  const gateway::CallbackSettings& settings, std::string authority);
};

}  // namespace bsn::node
