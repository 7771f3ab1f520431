#pragma once
// Channels of Hyperledger Fabric that city nodes run: the organisations that nodes announce, and
// what an app of framework `fabric` is, settled once when it is published. `docs/registry.md`.

#include "base/codec.hpp"
#include "ledger/types.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace bsn::registry {

/// The framework of apps whose channel of Fabric the city nodes run.
inline constexpr std::string_view k_fabric = "fabric";

/// The lines of releases that a channel can run on: all of its peers and orderers are of one.
inline constexpr std::array<std::string_view, 2> k_fabric_releases{"2.5", "3.1"};

/// How a channel's orderers agree.
enum class FabricOrdering : std::uint8_t {
    raft = 1,  ///< etcdraft: a minority may stop
    bft = 2,   ///< SmartBFT, of release 3.1: fewer than a third may do anything at all
};
/// `raft` or `bft`.
std::string_view fabric_ordering_name(FabricOrdering ordering);

/// A city node's organisation, as the node announces it: one for each line of releases that it
/// offers, with another peer and orderer.
struct FabricOrganisation {
    std::string msp;                  ///< id of its membership service: letters, digits, '.', '-'
    std::string authority;            ///< PEM: whose certificates are the organisation's
    std::string tls_authority;        ///< PEM: the same, of its connections
    std::string peer;                 ///< host:port
    std::string orderer;              ///< host:port; empty: it offers none
    std::string orderer_certificate;  ///< PEM, of the orderer's connections; empty: the same
    std::string release = std::string(k_fabric_releases.front());
    /// PEM: with which the orderer signs. Empty: the same, or of release 2.5, where nobody needs
    /// it.
    std::string orderer_identity = {};

    bool operator==(const FabricOrganisation&) const = default;
};

/// When an orderer cuts a block.
struct FabricBatch {
    std::uint32_t timeout_ms = 200;    ///< after the first transaction that waits
    std::uint32_t max_messages = 500;  ///< or as soon as so many wait
    bool operator==(const FabricBatch&) const = default;
};

/// What a publisher says: member `fabric` of the app's JSON.
struct FabricSpec {
    std::vector<std::string> orderers;  ///< names of city nodes; empty: by default
    FabricBatch batch;
    std::string release = std::string(k_fabric_releases.front());
    FabricOrdering ordering = FabricOrdering::raft;
};

/// A node's part in the channel of an app, with its organisation as it was when the app was
/// published: the channel's genesis block is made of it, by every node for itself.
struct FabricMember {
    ledger::NodeId node;
    std::string name;  ///< of the node
    FabricOrganisation organisation;
    bool orders = false;  ///< whether its orderer is one of the channel's

    bool operator==(const FabricMember&) const = default;
};

struct FabricChannel {
    std::vector<FabricMember> members;  ///< by MSP id
    FabricBatch batch;
    std::string release = std::string(k_fabric_releases.front());  ///< of all organisations
    FabricOrdering ordering = FabricOrdering::raft;

    bool operator==(const FabricChannel&) const = default;
};

/// The argument of `announce_fabric`, JSON; errors are `contract_failed`.
Result<FabricOrganisation> fabric_organisation_from(const std::string& json);
std::string to_json(const FabricOrganisation& organisation);
/// Reads member `fabric`; errors are `contract_failed`.
Result<FabricSpec> fabric_spec_from(const nlohmann::json& json);

/// How a node's announcement is stored.
Bytes encode(const FabricOrganisation& organisation);
Result<FabricOrganisation> decode_fabric_organisation(ByteView bytes);
/// As the last part of an app's record.
void write_fabric(Writer& writer, const FabricChannel& channel);
FabricChannel read_fabric(Reader& reader);

}  // namespace bsn::registry
