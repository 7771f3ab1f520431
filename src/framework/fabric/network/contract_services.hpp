#pragma once
// An app's contracts as services for the node's own peer: our own, one server for each type and
// version, of all channels that use it; and those of packages, each a process.

#include "framework/fabric/chaincode/contract_package.hpp"
#include "framework/fabric/chaincode/contract_server.hpp"
#include "framework/fabric/network/own_organisation.hpp"
#include "framework/fabric/network/ports.hpp"
#include "framework/fabric/packages/packaged_contracts.hpp"

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
                     Ports& ports, PackagedContracts& packaged)
        : contracts_(contracts), organisation_(organisation), ports_(ports), packaged_(packaged) {}

    /// What is installed on the peer for a channel's contract, whose server or process runs from
    /// now on; see `PackagedContracts::serve`.
    Result<ContractPackage> serve(const std::string& channel,
                                  const ledger::ContractControl& contract);
    /// Ends the processes of a channel's packages. Our own contracts are served to others, too.
    void end(const std::string& channel) { packaged_.end(channel); }
    void stop() {
        servers_.clear();
        packaged_.stop();
    }

  private:
    struct Service {
        ContractPackage package;
        std::unique_ptr<ContractServer> server;
    };

    Result<ContractPackage> serve_own(const std::string& type, std::uint32_t version);

    const contract::Contracts& contracts_;
    const OwnOrganisation& organisation_;
    Ports& ports_;
    PackagedContracts& packaged_;
    std::map<std::string, Service> servers_;  ///< by label
};

}  // namespace bsn::framework::fabric
