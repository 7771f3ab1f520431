#pragma once
// The ports of a node at which the SDKs of FISCO BCOS find its groups.

#include "gateway/backend.hpp"
#include "gateway/fisco/app_groups.hpp"
#include "gateway/fisco/channel_server.hpp"

#include <filesystem>
#include <list>
#include <vector>

namespace bsn::node {

/// One port serves the groups of one suite: SDKs take their cryptography from whom they reach.
struct FiscoEndpoint {
    crypto::SuiteId suite = crypto::SuiteId::secp256k1;  ///< or sm2
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    /// It opens with the first app of the suite, and not before.
    bool once_needed = false;

    bool operator==(const FiscoEndpoint&) const = default;
};

/// Both ports at one address, each open once there is an app for it; a port 0 is left out.
std::vector<FiscoEndpoint> fisco_endpoints(const std::string& address, std::uint16_t port,
                                           std::uint16_t sm_port);

/// Called by one thread. Node and executor outlive it.
class FiscoChannels {
  public:
    /// `folder` holds the node's certificate and key; `authority` is the network's certificate.
    FiscoChannels(gateway::Backend& node, Executor& work, std::filesystem::path folder,
                  std::string authority, std::vector<FiscoEndpoint> endpoints);
    ~FiscoChannels();

    /// Opens the ports that do not wait for an app.
    Status start();
    /// Opens those that apps were published for meanwhile; one that cannot be opened is tried
    /// again. Called about every 100 ms.
    void tick();
    void stop();

  private:
    struct Channel {
        FiscoEndpoint endpoint;
        std::unique_ptr<gateway::fisco::AppGroups> groups;
        std::unique_ptr<gateway::fisco::ChannelServer> server;  ///< null: not open
        std::uint64_t pause = 0;                                ///< ticks until it is tried again
    };
    Status open(Channel& channel);

    gateway::Backend& node_;
    Executor& work_;
    const std::filesystem::path folder_;
    const std::string authority_;
    std::list<Channel> channels_;
    bool started_ = false;
};

}  // namespace bsn::node
