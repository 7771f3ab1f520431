#pragma once
// A whole network on one machine: `bsn up`.

#include "base/executor.hpp"
#include "framework/fabric/packages/package_settings.hpp"
#include "ledger/genesis.hpp"
#include "net/ip_address.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace bsn::node {

class CityNode;

// Of a node that is a process of its own, further ports lie so far above that of its API.
inline constexpr std::uint16_t k_peers_port = 100;
inline constexpr std::uint16_t k_ordering_port = 200;
inline constexpr std::uint16_t k_rpc_port = 300;
// And of any node, once there is an app for it.
inline constexpr std::uint16_t k_fisco_port = 400;
inline constexpr std::uint16_t k_fisco_sm_port = 500;

struct LocalNetworkOptions {
    std::filesystem::path folder;  ///< genesis, authority, one folder for each node
    /// See `CityNodeOptions`.
    std::filesystem::path engines = {};
    /// 1 to 16 in one process, to 64 in processes of their own; fixed once the folder is prepared.
    std::size_t nodes = 3;
    /// Of them, the first so many agree on the order by CometBFT, and the others follow; fixed once
    /// the folder is prepared. 0: 16 at most.
    std::size_t validators = 0;
    std::uint16_t first_port = 7180;  ///< of the first node's HTTP API; the others follow
    std::string host = "127.0.0.1";
    /// Fixed once the folder is prepared. With CometBFT each node is a process of its own.
    ledger::OrderingType ordering = ledger::OrderingType::embedded;
    std::filesystem::path cometbft;         ///< the program, for ordering by it
    std::vector<net::IpNetwork> callbacks;  ///< that callbacks reach although they are internal
    framework::fabric::PackageSettings packages = {};  ///< see `CityNodeOptions`
};

/// Makes what is missing: genesis, certificate authority, the nodes' keys and folders. The owner of
/// `operator_key` becomes the network's operator. The same call again changes nothing; a folder
/// made for another operator key or number of nodes is refused, with a sentence on what to do.
Status prepare_local_network(const LocalNetworkOptions& options,
                             const std::filesystem::path& operator_key,
                             std::string_view passphrase);

/// A prepared network with embedded ordering that runs within this process, for those who look into
/// its nodes (`bsn bench gateway`). Started and ended by one thread.
class HostedNetwork {
  public:
    /// Returns once all nodes serve; `unavailable` if the network runs already.
    static Result<std::unique_ptr<HostedNetwork>> start(LocalNetworkOptions options);
    /// Closes everything cleanly. Nobody may be using its nodes any more.
    ~HostedNetwork();
    HostedNetwork(const HostedNetwork&) = delete;
    HostedNetwork& operator=(const HostedNetwork&) = delete;

    const std::vector<CityNode*>& nodes() const;
    /// What the nodes work with.
    Executor& pool();

  private:
    struct Impl;
    explicit HostedNetwork(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Runs the prepared network until SIGTERM or SIGINT. Returns once everything is closed cleanly.
Status run_local_network(const LocalNetworkOptions& options);

}  // namespace bsn::node
