#pragma once
// Which city nodes a request is handed on to.

#include "gateway/backend.hpp"

namespace bsn::gateway {

/// What a request needs of the node that answers it.
struct Need {
    bool writes = false;
    /// A user's key in custody, or the node that makes keys for that member's users.
    std::optional<CustodyUser> key = {};
    /// The node remembers what it is told, and is asked about it later: always the same one.
    bool remembers = false;
    std::uint64_t timeout_ms = 20'000;  ///< how long the answer may take
};

/// Where a request goes that is not answered here.
struct Way {
    /// In the order in which they are asked. More than one only where the request may be repeated.
    std::vector<ledger::NodeId> nodes;
    Error why;                  ///< this node does not answer it itself
    bool here_at_last = false;  ///< this node answers after all if none of them does
    bool writes = false;
    std::uint64_t timeout_ms = 0;
};

/// Where a request of an app goes; none: it is answered here, be it by an error.
///
/// What needs a key goes to the member's custodian, unless the key is here. Other requests stay
/// here if this node serves the app; else they go to its active nodes, those with a standing
/// connection first, otherwise in an order that is this node's own and stays the same.
std::optional<Way> way_of(Backend& backend, const registry::App& app, const Need& need);

}  // namespace bsn::gateway
