#pragma once
// Connection profiles of Hyperledger Fabric: the file, in YAML or JSON, in which the users of a
// network have its peers and orderers (`organizations`, `peers`, `orderers`, `channels`).

#include "registry/fabric_network.hpp"

#include <filesystem>

namespace bsn::framework::fabric {

/// What profiles say of a channel's servers; those of several are put together.
struct ConnectionProfile {
    std::vector<registry::FabricServer> peers;     ///< each with the MSP id of its organisation
    std::vector<registry::FabricServer> orderers;  ///< none: profiles may leave them out
};

/// Reads a profile's text; `file` is where it was, for messages and for `tlsCACerts.path`, which is
/// taken from its folder. Where the profile has the channel under `channels`, only the servers that
/// stand there are taken, and of these no peer with `endorsingPeer: false`; otherwise all that
/// belong to an organisation. Authorities are in PEM, one certificate after the other; empty where
/// the profile names none. Keys that are not needed may be there.
///
/// `invalid_argument` says what is wrong where (`profile.yaml:12: peers.peer0: …`): no YAML, a URL
/// without TLS or of another form, a server that is named and not described, a peer of no
/// organisation, a certificate that is none, no peers at all.
Result<ConnectionProfile> read_connection_profile(std::string_view text,
                                                  const std::filesystem::path& file,
                                                  const std::string& channel);

/// Reads the files of several profiles; what stands in more than one of them is taken once.
Result<ConnectionProfile> load_connection_profiles(const std::vector<std::filesystem::path>& files,
                                                   const std::string& channel);

}  // namespace bsn::framework::fabric
