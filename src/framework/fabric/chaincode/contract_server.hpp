#pragma once
// A chaincode as a service: one of our contracts, for peers of Fabric that connect.

#include "contract/contract.hpp"

#include <memory>
#include <string>

namespace bsn::framework::fabric {

/// PEM texts; the first two empty: no TLS.
struct ServerTls {
    std::string certificate;
    std::string key;
    /// Who vouches for the peers; empty: any peer may connect.
    std::string client_authority;
};

struct ContractServerOptions {
    std::string listen;  ///< host:port; port 0: a free one
    /// What the peers know the chaincode by: the label, a colon and the hash of its package.
    std::string package_id;
    ServerTls tls;
    std::size_t threads = 32;  ///< calls that run at once, of all peers
    std::size_t peers = 64;    ///< connections at once; further ones are refused
};

/// Serves `protos.Chaincode/Connect`. Any number of peers, of any number of channels. Any thread
/// may call any member.
class ContractServer {
  public:
    /// Listens from now on; `unavailable` if it cannot. The contract outlives it.
    static Result<std::unique_ptr<ContractServer>> start(const contract::Contract& contract,
                                                         ContractServerOptions options);
    /// Ends all connections and calls.
    ~ContractServer();
    ContractServer(const ContractServer&) = delete;
    ContractServer& operator=(const ContractServer&) = delete;

    int port() const;

  private:
    class Service;
    explicit ContractServer(std::unique_ptr<Service> service);

    const std::unique_ptr<Service> service_;
};

}  // namespace bsn::framework::fabric
