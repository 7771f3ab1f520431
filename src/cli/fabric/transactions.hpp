#pragma once
// Transactions of apps of framework `fabric`: made in three steps with the app's nodes, and signed
// on this machine.

#include "cli/node_client.hpp"

namespace bsn::cli {

/// Asks a node for the certificate of the identity's key, has peers endorse the call, signs what
/// they endorsed and submits it until it is in a block. What a node hands back is signed only if it
/// is the transaction of this very call. A call that the contract refuses is an error, and on no
/// chain.
Result<SubmitAnswer> transact_on_fabric(NodeClient& api, const AppRef& app,
                                        const Identity& identity, const Invocation& invocation);

}  // namespace bsn::cli
