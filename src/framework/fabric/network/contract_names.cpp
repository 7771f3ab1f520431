#include "framework/fabric/network/contract_names.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {

Result<std::string> ContractNames::chaincode_of(const std::string& contract) const {
    if (contracts_.empty()) return contract;
    for (const registry::FabricContract& one : contracts_) {
        if (one.name == contract) return one.chaincode;
    }
    return Error{Code::not_found, fmt::format("the app has no contract '{}'", contract)};
}

std::string ContractNames::contract_of(const std::string& chaincode) const {
    if (contracts_.empty() || chaincode.empty()) return chaincode;
    for (const registry::FabricContract& one : contracts_) {
        if (one.chaincode == chaincode) return one.name;
    }
    return "chaincode:" + chaincode;
}

bool ContractNames::has(const std::string& chaincode) const {
    if (contracts_.empty()) return true;
    for (const registry::FabricContract& one : contracts_) {
        if (one.chaincode == chaincode) return true;
    }
    return false;
}

}  // namespace bsn::framework::fabric
