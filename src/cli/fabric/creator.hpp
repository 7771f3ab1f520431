#pragma once
// Who makes transactions on a channel of Fabric: a key of this machine with a certificate of the
// node that was asked.

#include "cli/node_client.hpp"
#include "framework/fabric/client/identity.hpp"

namespace bsn::cli {

struct Creator {
    std::string channel;  ///< as Fabric names it
    framework::fabric::Identity identity;
};

/// Asks a node for the certificate of the identity's key. The identity outlives what comes back.
Result<Creator> creator_of(NodeClient& api, const AppRef& app, const Identity& identity);

}  // namespace bsn::cli
