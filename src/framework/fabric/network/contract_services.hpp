#pragma once
// A node's contracts as services for its own peer: one server for each type and version, of all
// channels that use it.

#include "framework/fabric/chaincode/contract_package.hpp"
#include "framework/fabric/chaincode/contract_server.hpp"
#include "framework/fabric/network/own_organisation.hpp"
#include "framework/fabric/network/ports.hpp"

#include <map>
#include <memory>
#include <string>

namespace bsn::framework::fabric {

/// One thread. Servers listen at 127.0.0.1 with a certificate of the organisation, so that the peer
/// talks to nobody else there. Their addresses are kept, since installed packages name them.
class ContractServices {
  public:
    /// All outlive it.
    ContractServices(const contract::Contracts& contracts, const OwnOrganisation& organisation,
                     Ports& ports)
        : contracts_(contracts), organisation_(organisation), ports_(ports) {}

    /// What is installed on the peer for a type and version, whose server runs from now on.
    Result<ContractPackage> serve(const std::string& type, std::uint32_t version);
    void stop() { servers_.clear(); }

  private:
    struct Service {
        ContractPackage package;
        std::unique_ptr<ContractServer> server;
    };

    const contract::Contracts& contracts_;
    const OwnOrganisation& organisation_;
    Ports& ports_;
    std::map<std::string, Service> servers_;  ///< by label
};

}  // namespace bsn::framework::fabric
