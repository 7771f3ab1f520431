#pragma once
// A channel of a Hyperledger Fabric network that others run, as an app's chain: member `network` of
// the JSON of an app of framework `fabric-network`. `docs/registry.md`.

#include "base/codec.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace bsn::registry {

/// The framework of apps on Fabric networks that others run.
inline constexpr std::string_view k_fabric_network = "fabric-network";

/// A peer or an orderer.
struct FabricServer {
    std::string msp;          ///< id of a peer's organisation; empty for orderers
    std::string address;      ///< host:port
    std::string server_name;  ///< in its TLS certificate, where it is not the host; or empty
    /// PEM: whose TLS certificates are believed; empty: the authorities that the configuration has.
    std::string authority;

    bool operator==(const FabricServer&) const = default;
};

/// A chaincode of the channel, by the name that the app's roles and calls have for it.
struct FabricContract {
    std::string name;
    std::string chaincode;

    bool operator==(const FabricContract&) const = default;
};

struct FabricNetwork {
    std::string channel;  ///< its name on Fabric
    std::vector<FabricServer> peers;
    std::vector<FabricServer> orderers;
    std::vector<FabricContract> contracts;
    /// A configuration block of the channel (`common.Block`): the organisations that it names are
    /// believed, and what they made of it later.
    Bytes configuration;

    bool operator==(const FabricNetwork&) const = default;
};

/// Reads member `network`, which has no contracts; errors are `contract_failed`. What the block
/// holds is for those to see who use it.
Result<FabricNetwork> fabric_network_from(const nlohmann::json& json);
/// Reads one of the members of `contracts`. Whether its name is one is not looked at.
Result<FabricContract> fabric_contract_from(const nlohmann::json& json);
/// Member `network`, as it is read again.
nlohmann::json to_json(const FabricNetwork& network);

/// As part of an app's record.
void write_fabric_network(Writer& writer, const FabricNetwork& network);
FabricNetwork read_fabric_network(Reader& reader);

}  // namespace bsn::registry
