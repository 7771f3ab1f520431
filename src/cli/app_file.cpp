#include "cli/app_file.hpp"

#include "base/config.hpp"
#include "base/files.hpp"

namespace bsn::cli {
namespace {

constexpr std::uint64_t k_most_version = 0xFFFFFFFF;

constexpr std::uint64_t k_most_number = 1ULL << 60;

/// What the permission chain says more of is left to it: a number too large, a fork unknown.
Json read_evm(YamlNode& node) {
    Json evm = Json::object();
    for (const char* key : {"fork", "gas", "accounts", "state"}) {
        if (auto text = node.optional_text(key)) evm[key] = *text;
    }
    for (const char* key : {"chain_id", "group", "base_fee", "transaction_gas", "max_code_bytes"}) {
        if (node.has(key)) evm[key] = node.number(key, 0, k_most_number);
    }
    if (auto balances = node.optional_map("balances")) {
        for (const std::string& address : balances->keys()) {
            evm["balances"][address] = balances->text(address);
        }
    }
    return evm;
}

Json read_gateway(YamlNode& node, std::string_view framework) {
    Json gateway = Json::object();
    gateway["published"] = node.flag_or("published", false);
    const std::string keys = node.choice_or("keys", {"trust", "upload"}, "trust");
    if (auto taken = check_key_mode(framework, keys); !taken) {
        node.fail("keys", taken.error().message);
    }
    gateway["keys"] = keys;
    if (auto limits = node.optional_map("limits")) {
        for (const char* key :
             {"transactions_per_second", "traffic_bytes_per_day", "storage_bytes"}) {
            if (limits->has(key)) gateway["limits"][key] = limits->number(key, 1, k_most_number);
        }
    }
    return gateway;
}

/// The same: the permission chain says what of it is wrong.
Json read_network(YamlNode& node) {
    Json network = Json::object();
    network["endpoints"] = node.texts("endpoints");
    network["sealers"] = node.texts("sealers");
    if (auto authority = node.optional_text("authority")) network["authority"] = *authority;
    for (const char* key : {"chain_id", "group", "quorum"}) {
        if (node.has(key)) network[key] = node.number(key, 0, k_most_number);
    }
    return network;
}

/// Names of files, which whoever publishes has.
Json read_fabric_network(YamlNode& node) {
    Json network = Json::object();
    network["channel"] = node.text("channel");
    network["profiles"] = node.texts("profiles");
    if (network["profiles"].empty()) {
        node.fail("profiles", "name at least one connection profile of the network");
    }
    if (auto file = node.optional_text("configuration")) network["configuration"] = *file;
    if (auto reader = node.optional_map("reader")) {
        for (const char* key : {"msp_id", "certificate", "key"}) {
            network["reader"][key] = reader->text(key);
        }
        for (const char* key : {"tls_certificate", "tls_key"}) {
            network["reader"][key] = reader->text_or(key, "");
        }
    }
    if (network.contains("configuration") == network.contains("reader")) {
        node.fail("configuration",
                  "name a file with a configuration block of the channel, or who fetches one "
                  "(reader); one of the two");
    }
    return network;
}

Json read_fabric(YamlNode& node) {
    Json fabric = Json::object();
    if (auto version = node.optional_text("version")) fabric["version"] = *version;
    if (auto ordering = node.optional_text("ordering")) fabric["ordering"] = *ordering;
    fabric["orderers"] = node.texts("orderers");
    if (auto batch = node.optional_map("batch")) {
        for (const char* key : {"timeout_ms", "max_messages"}) {
            if (batch->has(key)) fabric["batch"][key] = batch->number(key, 1, k_most_number);
        }
    }
    return fabric;
}

AppSpec read_spec(YamlNode& root) {
    AppSpec spec;
    spec.name = root.text("name");
    spec.description = root.text_or("description", "");
    spec.framework = root.choice_or(
        "framework", {"ledger", "ethereum", "fisco", "fisco-network", "fabric", "fabric-network"},
        spec.framework);
    const bool fabric = spec.framework == "fabric";
    const bool fabric_network = spec.framework == "fabric-network";
    // Those that have contracts and roles for them.
    const bool own = spec.framework == "ledger" || fabric || fabric_network;
    spec.suite = root.choice_or("suite", {"secp256r1", "secp256k1", "sm2"},
                                own ? "secp256r1" : std::string_view());
    if (spec.framework == "fisco-network") {
        YamlNode network = root.map("network");
        spec.network = read_network(network);
    } else if (fabric_network) {
        YamlNode network = root.map("network");
        spec.network = read_fabric_network(network);
    } else if (fabric) {
        if (auto channel = root.optional_map("fabric")) spec.fabric = read_fabric(*channel);
    } else if (!own) {
        if (auto evm = root.optional_map("evm")) spec.evm = read_evm(*evm);
    }
    if (auto gateway = root.optional_map("gateway"))
        spec.gateway = read_gateway(*gateway, spec.framework);
    spec.nodes = root.texts("nodes");
    spec.join = root.choice_or("join", {"open", "invitation"}, spec.join);
    for (YamlNode& contract : root.list("contracts")) {
        AppContract read;
        read.name = contract.text("name");
        if (fabric_network) {
            read.chaincode = contract.text_or("chaincode", read.name);
            spec.contracts.push_back(std::move(read));
            continue;
        }
        read.version =
            static_cast<std::uint32_t>(contract.number_or("version", 0, 1, k_most_version));
        if (auto package = fabric ? contract.optional_text("package") : std::nullopt) {
            read.package = *package;
            if (read.version == 0) read.version = 1;
        } else {
            read.type = contract.text_or("type", read.name);
        }
        spec.contracts.push_back(std::move(read));
    }
    for (YamlNode& role : root.list("roles")) {
        AppRole read;
        read.name = role.text("name");
        read.is_public = role.flag_or("public", false);
        read.functions = role.texts("functions");
        if (read.functions.empty()) {
            role.fail("functions", "a role permits at least one function, such as kv.get or kv.*");
        }
        spec.roles.push_back(std::move(read));
    }
    if (own && spec.contracts.empty()) root.fail("contracts", "an app has at least one contract");
    if (own && spec.roles.empty()) root.fail("roles", "without a role nobody can call the app");
    return spec;
}

}  // namespace

Status check_key_mode(std::string_view framework, std::string_view keys) {
    if (framework != "fabric-network" || keys != "upload") return {};
    return Error{Code::invalid_argument,
                 "key mode upload is for networks whose certificates city nodes issue; this one's "
                 "own authority issues them: use trust, in which nodes sign by their identities "
                 "there, and have who holds a certificate of the network sign with `bsn call "
                 "--certificate`"};
}

Result<AppSpec> AppSpec::parse(std::string_view text, std::string_view file) {
    BSN_TRY(root, parse_yaml(text, file));
    AppSpec spec = read_spec(root);
    BSN_CHECK(root.finish());
    return spec;
}

Result<AppSpec> AppSpec::load(const std::filesystem::path& file) {
    BSN_TRY(content, read_file(file, k_max_config_bytes));
    BSN_TRY(spec, parse(as_text(content), file.string()));
    for (AppContract& contract : spec.contracts) {
        if (!contract.package.empty()) contract.package = file.parent_path() / contract.package;
    }
    return spec;
}

Json AppSpec::to_json() const {
    Json json{{"name", name}, {"description", description}, {"framework", framework}};
    if (!suite.empty()) json["suite"] = suite;
    json["nodes"] = nodes;
    json["join"] = join;
    if (!evm.is_null()) json["evm"] = evm;
    if (!network.is_null()) json["network"] = network;
    if (!fabric.is_null()) json["fabric"] = fabric;
    if (!gateway.is_null()) json["gateway"] = gateway;
    json["contracts"] = Json::array();
    json["roles"] = Json::array();
    for (const AppContract& contract : contracts) {
        Json entry{{"name", contract.name}};
        if (contract.chaincode.empty()) {
            entry["type"] = contract.type;
        } else {
            entry["chaincode"] = contract.chaincode;
        }
        if (contract.version != 0) entry["version"] = contract.version;
        json["contracts"].push_back(std::move(entry));
    }
    for (const AppRole& role : roles) {
        json["roles"].push_back(
            {{"name", role.name}, {"public", role.is_public}, {"functions", role.functions}});
    }
    return json;
}

AppSpec evidence_app(std::string name, std::string suite) {
    AppSpec spec;
    spec.name = std::move(name);
    spec.description = "Who held which file when: hashes, deposited for good";
    spec.suite = std::move(suite);
    spec.contracts = {{"evidence", "evidence", 1}};
    spec.roles = {{"depositor", false, {"evidence.deposit", "evidence.depositBatch"}},
                  {"reader", true, {"evidence.get", "evidence.find", "evidence.history"}}};
    return spec;
}

}  // namespace bsn::cli
