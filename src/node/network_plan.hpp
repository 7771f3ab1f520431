#pragma once
// What a new network is to be: from a file (`bsn network init`), or of this machine (`bsn up`).

#include "framework/fabric/packages/package_settings.hpp"
#include "ledger/genesis.hpp"
#include "net/ip_address.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bsn::node {

/// Ports of a node. The last one serves its own machine only.
struct NodePorts {
    std::uint16_t api = 7180;       ///< clients: HTTP
    std::uint16_t peers = 7280;     ///< other city nodes: gRPC
    std::uint16_t ordering = 7380;  ///< other nodes' CometBFT; of validators only
    std::uint16_t rpc = 7480;       ///< the node's own CometBFT, asked by the node; likewise
    // SDKs of FISCO BCOS, by TLS; 0: nowhere.
    std::uint16_t fisco = 0;     ///< to groups of secp256k1
    std::uint16_t fisco_sm = 0;  ///< to groups of sm2
};

struct NodePlan {
    std::string name;  ///< in the network; unique
    std::string city;
    std::string operator_name;
    std::string folder;  ///< below that of the network; unique
    std::string host;    ///< name or address at which others reach it
    std::string listen;  ///< IP address that it listens on
    NodePorts ports;
    bool validator = true;  ///< takes part in ordering; otherwise it follows, without a CometBFT
    bool tls = true;        ///< of its HTTP API; between nodes there always is
    std::vector<net::IpNetwork> callbacks;  ///< that callbacks reach although they are internal
    framework::fabric::PackageSettings packages = {};  ///< see `CityNodeOptions`
};

struct NetworkPlan {
    std::string name;
    ledger::OrderingType ordering = ledger::OrderingType::cometbft;
    std::uint16_t approvals = 1;  ///< operators who must agree to change the network
    std::vector<ledger::GenesisOperator> operators;
    std::vector<NodePlan> nodes;
};

/// `HOST:PORT`, with brackets around an IPv6 address.
std::string host_and_port(const std::string& host, std::uint16_t port);

}  // namespace bsn::node
