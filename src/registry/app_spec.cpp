#include "registry/app_spec.hpp"

#include "contract/contract.hpp"
#include "ledger/transaction.hpp"
#include "registry/dialect_spec.hpp"
#include "registry/gateway_spec.hpp"
#include "registry/json_object.hpp"
#include "registry/packaged_code.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace bsn::registry {
namespace {

using contract::refuse;

constexpr std::size_t k_max_description_bytes = 1024;
/// Of an app's JSON: room for a configuration of a channel of Fabric.
constexpr std::size_t k_max_app_bytes = 448U << 10;

/// Names of apps, contracts and roles: so that they can stand in paths and lists as they are.
bool is_name(const std::string& name) {
    auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return !name.empty() && name.size() <= ledger::k_max_name_bytes &&
           std::all_of(name.begin(), name.end(), allowed) && name[0] != '_' && name[0] != '-';
}

/// `contract.function`, `contract.*` or `*`.
bool is_pattern(const std::string& text) {
    if (text == "*") return true;
    std::size_t dot = text.find('.');
    if (dot == std::string::npos || !is_name(text.substr(0, dot))) return false;
    std::string function = text.substr(dot + 1);
    return function == "*" || (!function.empty() && function.size() <= ledger::k_max_name_bytes &&
                               function.find_first_of(".* ") == std::string::npos);
}

Status require_name(const std::string& name, std::string_view what) {
    if (is_name(name)) return {};
    return refuse(
        fmt::format("'{}' is no name for {}: 1 to {} of a-z 0-9 - _, beginning with a "
                    "letter or digit",
                    name, what, ledger::k_max_name_bytes));
}

Result<ledger::RoleControl> role_from(const Json& json) {
    BSN_TRY(object, JsonObject::from(json, "role"));
    ledger::RoleControl role;
    BSN_TRY(name, object.text("name", std::nullopt));
    BSN_CHECK(require_name(name, "a role"));
    BSN_TRY(is_public, object.boolean("public", false));
    BSN_TRY(functions, object.texts("functions"));
    BSN_CHECK(object.finish());
    for (const std::string& function : functions) {
        if (!is_pattern(function)) {
            return refuse(fmt::format("role {}: '{}' is none of contract.function, contract.*, *",
                                      name, function));
        }
    }
    return ledger::RoleControl{name, is_public, functions};
}

Result<ledger::ContractControl> contract_from(const Json& json) {
    BSN_TRY(object, JsonObject::from(json, "contract"));
    BSN_TRY(name, object.text("name", std::nullopt));
    BSN_TRY(type, object.text("type", name));
    BSN_TRY(version, object.number("version", 1));
    BSN_CHECK(object.finish());
    return ledger::ContractControl{name, type, static_cast<std::uint32_t>(version)};
}

Result<FabricContract> chaincode_from(const Json& json) {
    BSN_TRY(contract, fabric_contract_from(json));
    BSN_CHECK(require_name(contract.name, "a contract"));
    return contract;
}

/// The items of a list, parsed one by one, names not repeated.
template <typename Item>
Result<std::vector<Item>> items_of(JsonObject& object, const char* member,
                                   Result<Item> (*parse_item)(const Json&)) {
    BSN_TRY(list, object.list(member));
    std::vector<Item> items;
    for (const Json& json : list) {
        BSN_TRY(item, parse_item(json));
        bool repeated = std::any_of(items.begin(), items.end(),
                                    [&](const Item& one) { return one.name == item.name; });
        if (repeated) return refuse(fmt::format("{}: '{}' stands twice", member, item.name));
        items.push_back(std::move(item));
    }
    return items;
}

Status require_some(bool some, std::string_view member) {
    if (some) return {};
    return refuse(fmt::format("an app needs at least one of '{}'", member));
}

Result<OutsideNetwork> network_from(JsonObject& app, crypto::SuiteId suite) {
    if (suite == crypto::SuiteId::secp256r1) {
        return refuse("an app of framework fisco-network has suite secp256k1 or sm2");
    }
    const Json* network = app.find("network");
    if (network != nullptr) return outside_network_from(*network, suite);
    return refuse("an app of framework fisco-network needs member 'network': where its chain is");
}

Result<FabricSpec> fabric_from(JsonObject& app, crypto::SuiteId suite) {
    if (suite != crypto::SuiteId::secp256r1) {
        return refuse("an app of framework fabric has suite secp256r1");
    }
    const Json* fabric = app.find("fabric");
    if (fabric != nullptr) return fabric_spec_from(*fabric);
    return FabricSpec{};
}

Result<FabricNetwork> fabric_network_of(JsonObject& app, crypto::SuiteId suite) {
    if (suite != crypto::SuiteId::secp256r1) {
        return refuse("an app of framework fabric-network has suite secp256r1");
    }
    const Json* json = app.find("network");
    if (json == nullptr) {
        return refuse(
            "an app of framework fabric-network needs member 'network': where its channel is");
    }
    BSN_TRY(network, fabric_network_from(*json));
    BSN_TRY(contracts, items_of(app, "contracts", chaincode_from));
    BSN_CHECK(require_some(!contracts.empty(), "contracts"));
    std::set<std::string> chaincodes;
    for (const FabricContract& contract : contracts) {
        if (chaincodes.insert(contract.chaincode).second) continue;
        return refuse(
            fmt::format("contracts: two stand for the chaincode '{}'", contract.chaincode));
    }
    network.contracts = std::move(contracts);
    return network;
}

/// Everybody may read an app that takes transactions of everybody; members do all else.
std::vector<ledger::RoleControl> roles_of_dialect(const ledger::DialectSettings& settings) {
    if (settings.open_accounts) return {{"everybody", true, {"*"}}};
    return {{"member", false, {"*"}}};
}

}  // namespace

Status check_contract(const ledger::ContractControl& control, std::string_view framework) {
    BSN_CHECK(require_name(control.name, "a contract"));
    if (packaged_code(control.type)) {
        if (framework != k_fabric) {
            return refuse(fmt::format("contract {}: packages run on framework {} only, and not {}",
                                      control.name, k_fabric, framework));
        }
        if (control.version != 0) return {};
        return refuse(fmt::format("contract {}: versions begin with 1", control.name));
    }
    if (control.type.find(':') != std::string::npos) {
        return refuse(
            fmt::format("contract {}: '{}' names no package; write LANGUAGE:SHA256, with "
                        "a language of {} and 64 small hexadecimal digits",
                        control.name, control.type, fmt::join(k_package_languages, ", ")));
    }
    static const contract::Contracts known = [] {
        contract::Contracts contracts;
        contract::add_builtin_contracts(contracts);
        return contracts;
    }();
    if (known.find(control.type, control.version) != nullptr) return {};
    std::uint32_t newest = known.newest(control.type);
    if (newest == 0) return refuse(fmt::format("there is no contract type '{}'", control.type));
    return refuse(fmt::format("contract type {} has no version {}; the newest is {}", control.type,
                              control.version, newest));
}

Result<ledger::RoleControl> parse_role(const std::string& json) {
    BSN_TRY(parsed, parse_spec_json(json, "the role"));
    return role_from(parsed);
}

Result<GatewaySettings> parse_gateway(const std::string& json) {
    BSN_TRY(parsed, parse_spec_json(json, "the gateway's settings"));
    return gateway_from(parsed);
}

Result<AppSpec> parse_app_spec(const std::string& json) {
    BSN_TRY(parsed, parse_spec_json(json, "the app's description", k_max_app_bytes));
    BSN_TRY(object, JsonObject::from(parsed, "app"));
    AppSpec spec;
    BSN_TRY(name, object.text("name", std::nullopt));
    BSN_CHECK(require_name(name, "an app"));
    if (name == "system") return refuse("'system' is the permission chain's own name");
    spec.name = name;
    BSN_TRY(description, object.text("description", ""));
    if (description.size() > k_max_description_bytes) {
        return refuse(fmt::format("description is longer than {} bytes", k_max_description_bytes));
    }
    spec.description = description;
    BSN_TRY(framework, object.text("framework", "ledger"));
    const bool outside = framework == k_fisco_network;
    const bool fabric = framework == k_fabric;
    const bool fabric_network = framework == k_fabric_network;
    // Suites and roles of a network outside are those of its dialect; Fabric's are our own.
    auto dialect = ledger::dialect_of_framework(outside                    ? "fisco"
                                                : fabric || fabric_network ? "ledger"
                                                                           : framework);
    if (!dialect) {
        return refuse(
            fmt::format("this network does not offer framework '{}'; it offers: ledger, "
                        "ethereum, fisco, fisco-network, fabric, fabric-network",
                        framework));
    }
    spec.framework = framework;
    BSN_TRY(suite_text, object.text("suite", std::string(default_suite(*dialect))));
    auto suite = crypto::suite_from_name(suite_text);
    if (!suite) {
        return refuse(
            fmt::format("unknown suite '{}'; there are secp256r1, secp256k1, sm2", suite_text));
    }
    spec.suite = *suite;
    if (outside) {
        BSN_TRY(network, network_from(object, spec.suite));
        spec.network = std::move(network);
    } else if (fabric) {
        BSN_TRY(channel, fabric_from(object, spec.suite));
        spec.fabric = std::move(channel);
    } else if (fabric_network) {
        BSN_TRY(network, fabric_network_of(object, spec.suite));
        spec.fabric_network = std::move(network);
    } else if (*dialect != ledger::Dialect::native) {
        BSN_TRY(evm, evm_spec_from(object, *dialect, spec.suite));
        spec.state_type = evm.state_type;
        spec.dialect = std::move(evm.settings);
    }
    BSN_TRY(nodes, object.texts("nodes"));
    std::set<std::string> distinct(nodes.begin(), nodes.end());
    if (distinct.size() != nodes.size()) return refuse("a city node is named twice");
    spec.nodes = nodes;
    BSN_TRY(join, object.text("join", "open"));
    if (join != "open" && join != "invitation") {
        return refuse("member 'join' is neither open nor invitation");
    }
    spec.open_to_join = join == "open";
    std::vector<ledger::ContractControl> contracts;
    if (!fabric_network) {
        BSN_TRY(listed, items_of(object, "contracts", contract_from));
        contracts = std::move(listed);
    }
    for (const ledger::ContractControl& contract : contracts) {
        BSN_CHECK(check_contract(contract, framework));
    }
    BSN_TRY(roles, items_of(object, "roles", role_from));
    const bool foreign = spec.dialect || spec.network;
    if (foreign) {
        if (!contracts.empty()) {
            return refuse(
                fmt::format("an app of framework {} has no built-in contracts: deploy "
                            "its own by transactions",
                            framework));
        }
        if (roles.empty()) {
            roles = roles_of_dialect(spec.dialect.value_or(ledger::DialectSettings{}));
        }
    }
    BSN_CHECK(require_some(foreign || fabric_network || !contracts.empty(), "contracts"));
    BSN_CHECK(require_some(!roles.empty(), "roles"));
    if (const Json* gateway = object.find("gateway"); gateway != nullptr) {
        BSN_TRY(settings, gateway_from(*gateway));
        spec.gateway = settings;
    }
    spec.contracts = contracts;
    spec.roles = roles;
    BSN_CHECK(object.finish());
    return spec;
}

}  // namespace bsn::registry
