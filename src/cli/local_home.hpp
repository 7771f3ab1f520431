#pragma once
// A home folder made ready for a network on this machine: operator key, genesis, configuration.

#include "cli/context.hpp"
#include "node/local_network.hpp"

namespace bsn::cli {

inline constexpr std::string_view k_operator_key = "operator";

/// What the command line asks for; unset: as before, or the default.
struct LocalNetworkRequest {
    std::optional<std::size_t> nodes;
    std::optional<std::uint16_t> first_port;
    std::optional<std::string> ordering;
    std::optional<std::size_t> validators;  ///< of the nodes, with ordering by CometBFT
};

/// Makes what is missing and pins the network's genesis. Harmless if repeated. A home that is
/// configured for another network is refused.
Result<node::LocalNetworkOptions> prepare_local_home(Context& context,
                                                     const LocalNetworkRequest& request);

/// The network that the home was made ready for, without changing anything.
Result<node::LocalNetworkOptions> prepared_local_network(Context& context);

/// Removes the local network of a home: data, pinned genesis, endpoints; keys only if `with_keys`.
Status purge_local_home(Context& context, bool with_keys);

}  // namespace bsn::cli
