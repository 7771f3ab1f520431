#pragma once
// What a publisher says of an app: the JSON of `publish_app`. `docs/registry.md`.

#include "ledger/control.hpp"
#include "registry/outside_network.hpp"
#include "registry/view.hpp"

#include <string>
#include <vector>

namespace bsn::registry {

struct AppSpec {
    std::string name;
    std::string description;
    std::string framework = "ledger";
    crypto::SuiteId suite = crypto::SuiteId::secp256r1;
    std::vector<std::string> nodes;  ///< names of city nodes; empty: all
    bool open_to_join = true;
    std::vector<ledger::ContractControl> contracts;
    std::vector<ledger::RoleControl> roles;
    ledger::StateCommitmentType state_type = ledger::StateCommitmentType::multiset_hash;
    /// Apps of frameworks `ethereum` and `fisco`. Chain id or group 0: one of its own.
    std::optional<ledger::DialectSettings> dialect;
    /// Apps of framework `fisco-network`.
    std::optional<OutsideNetwork> network;
    /// Apps of framework `fabric`.
    std::optional<FabricSpec> fabric;
    /// Apps of framework `fabric-network`; with their contracts, which `contracts` has not.
    std::optional<FabricNetwork> fabric_network;
    GatewaySettings gateway;
};

/// Parses and checks; errors are `contract_failed`, naming the member that is wrong. Unknown
/// members are refused.
Result<AppSpec> parse_app_spec(const std::string& json);
Result<ledger::RoleControl> parse_role(const std::string& json);
Result<GatewaySettings> parse_gateway(const std::string& json);
/// Whether the contract's name is allowed, and its type and version exist; of apps of `fabric` the
/// type may name a package (`packaged_code`), whose versions are the publisher's affair.
Status check_contract(const ledger::ContractControl& contract, std::string_view framework);

}  // namespace bsn::registry
