#pragma once
// Transactions of apps on channels of Fabric: made in three steps with the app's nodes and signed
// on this machine, or signed by a node.

#include "cli/fabric/creator.hpp"

namespace bsn::cli {

/// Asks a node for the certificate of the identity's key, unless there is one of its own; has peers
/// endorse the call, signs what they endorsed and submits it until it is in a block. What a node
/// hands back is signed only if it is the transaction of this very call. A call that the contract
/// refuses is an error, and on no chain.
Result<SubmitAnswer> transact_on_fabric(NodeClient& api, const AppRef& app,
                                        const Identity& identity, const Invocation& invocation,
                                        const std::optional<OwnCertificate>& own);

/// Has a node sign the call in its own name, of an app on a channel of others: the request is
/// signed by the identity, whose roles decide. A call that the contract refuses is an error.
Result<SubmitAnswer> transact_by_node(NodeClient& api, const AppRef& app,
                                      const Invocation& invocation);

}  // namespace bsn::cli
