#pragma once
// Apps on channels of Fabric that others run: how they are described, and the identities of city
// nodes there.

#include "cli/app_file.hpp"
#include "cli/commands/commands.hpp"

namespace bsn::cli {

/// Puts into an app's description what the files that it names hold, of those who have them: the
/// profiles of its network, a configuration block of its channel, or what a peer gives to the
/// reader that it names. Names of files are taken from `folder`. Nothing of the reader's is in it
/// then. Tells whose word will be believed.
Status describe_fabric_network(AppSpec& spec, const std::filesystem::path& folder, Output& out);

/// What `bsn fabric identity` is told.
struct NodeIdentityWords {
    std::string app;
    std::vector<std::string> folders;  ///< of city nodes; none: of all of this machine's network
    std::string msp_id;
    std::string certificate;  ///< files
    std::string key;
    std::string tls_certificate;
    std::string tls_key;
};

/// Gives city nodes an identity on an app's network, which the app's organisations must vouch for.
Outcome add_node_identity(Context& context, const NodeIdentityWords& words);
Outcome list_node_identities(Context& context, const NodeIdentityWords& words);
Outcome remove_node_identity(Context& context, const NodeIdentityWords& words);

}  // namespace bsn::cli
