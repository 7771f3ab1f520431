#pragma once
// The files of a node that comes to a network which runs already, or goes on with new keys.

#include "node/network_files.hpp"
#include "registry/node_request.hpp"

#include <optional>

namespace bsn::node {

/// Where a node's request lies in its folder.
inline constexpr std::string_view k_request_name = "node.request";
/// Where its certificate lies.
inline constexpr std::string_view k_certificate_name = "node.crt";

struct NewNodeFiles {
    NodePlan plan;
    std::string genesis_json;         ///< the network's genesis file
    std::vector<NodeAddress> others;  ///< the network's nodes, as far as they are known
    /// The folder of the node whose place it takes; none: it takes nobody's.
    std::optional<std::filesystem::path> replaces;
};

/// Makes keys, settings and a signed request in a folder that is there and empty. What is missing
/// then is the certificate.
Result<registry::NodeRequest> make_new_node_files(const std::filesystem::path& folder,
                                                  const NewNodeFiles& files);

/// Has the authority in a folder (`authority.pem`, `authority.crt`) certify the node of a request;
/// the certificate stands in the request then.
Status certify_request(registry::NodeRequest& request, const std::filesystem::path& authority,
                       UnixMillis now);

}  // namespace bsn::node
