#pragma once
// What the permission chain says of a channel that others run, and what follows from it.

#include "framework/fabric/client/fabric_chain.hpp"
#include "framework/fabric/outside/connection_profile.hpp"
#include "framework/fabric/outside/network_identity.hpp"

namespace bsn::framework::fabric {

/// The description of a channel, of what its users have: profiles and a configuration block of it
/// (a `common.Block`). Authorities for TLS that the configuration has are left out; where the
/// profile names no orderers, those of the configuration are taken. `invalid_argument` says what is
/// wrong: a block of another channel, a peer of an organisation that is none of the channel's, a
/// server whose certificate nobody vouches for.
Result<registry::FabricNetwork> describe_network(const std::string& channel,
                                                 ConnectionProfile profile, Bytes configuration);

/// Which of the channel's organisations have no peer in a description: without a majority no
/// transaction can be proved.
Result<std::vector<std::string>> organizations_without_peer(const registry::FabricNetwork& network);

/// The trusted state (JSON of a `ChannelTrust`) of the configuration that the description has.
Result<std::string> trusted_state_of(const registry::FabricNetwork& network);

/// How a node talks to the network, by its identity there; without a source of certificates.
Result<FabricChainOptions> chain_options(const registry::FabricNetwork& network,
                                         const NetworkIdentity& identity);

/// The newest configuration block of a channel, of the first of these peers that gives it to this
/// identity. It is as good as the connection to that peer: nothing else vouches for it.
Result<Bytes> fetch_configuration(const std::string& channel, const ConnectionProfile& profile,
                                  const NetworkIdentity& identity);

}  // namespace bsn::framework::fabric
