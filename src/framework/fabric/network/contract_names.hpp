#pragma once
// What an app calls the chaincodes of its channel.

#include "registry/fabric_network.hpp"

namespace bsn::framework::fabric {

/// The names of an app's contracts and of their chaincodes, one for each. Without any, both are
/// called the same.
class ContractNames {
  public:
    ContractNames() = default;
    explicit ContractNames(std::vector<registry::FabricContract> contracts)
        : contracts_(std::move(contracts)) {}

    /// `not_found` if the app has no such contract.
    Result<std::string> chaincode_of(const std::string& contract) const;
    /// A chaincode that is none of the app's stands as `chaincode:NAME`, which no contract is
    /// called.
    std::string contract_of(const std::string& chaincode) const;
    /// Whether the app has a contract of this chaincode.
    bool has(const std::string& chaincode) const;

  private:
    std::vector<registry::FabricContract> contracts_;
};

}  // namespace bsn::framework::fabric
