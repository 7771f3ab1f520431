#pragma once
// Who makes transactions on a channel of Fabric: a key of this machine, with a certificate of its
// own or of the node that was asked.

#include "cli/node_client.hpp"
#include "framework/fabric/client/identity.hpp"

namespace bsn::cli {

/// A certificate of one's own on the channel.
struct OwnCertificate {
    std::string msp_id;
    std::string certificate;  ///< PEM
};

struct Creator {
    std::string channel;  ///< as Fabric names it
    crypto::HashId hash = crypto::HashId::sha256;
    framework::fabric::Identity identity;
};

/// Asks a node for a certificate of the identity's key, unless there is one of its own. The
/// identity outlives what comes back.
Result<Creator> creator_of(NodeClient& api, const AppRef& app, const Identity& identity,
                           const std::optional<OwnCertificate>& own = std::nullopt);

}  // namespace bsn::cli
