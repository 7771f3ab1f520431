#pragma once
// The configuration files of a node's peer and orderer. JSON is YAML, too: what the programs read.

#include "framework/fabric/network/own_organisation.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace bsn::framework::fabric {

/// Where a program of Fabric lies and listens.
struct ProgramPlace {
    std::string host;                  ///< as other nodes reach it
    std::uint16_t port = 0;            ///< for them
    std::uint16_t operations = 0;      ///< health, at 127.0.0.1
    std::uint16_t administration = 0;  ///< orderer: the channels it joins, at 127.0.0.1
    std::uint16_t chaincode = 0;       ///< peer: for chaincode that it starts itself, at 127.0.0.1
    std::filesystem::path data;

    std::string address() const { return host + ":" + std::to_string(port); }
};

/// `core.yaml`. `builder`: the folder of the external builder (`write_builder`).
std::string peer_settings(const OwnOrganisation& organisation, const ProgramPlace& place,
                          const std::filesystem::path& builder);
/// `orderer.yaml`.
std::string orderer_settings(const OwnOrganisation& organisation, const ProgramPlace& place);

/// Writes what a peer runs to prepare chaincode that is a service: it keeps where that is.
Status write_builder(const std::filesystem::path& folder);

}  // namespace bsn::framework::fabric
