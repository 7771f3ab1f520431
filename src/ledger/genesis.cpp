#include "ledger/genesis.hpp"

#include "ledger/json_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace bsn::ledger {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view k_format = "bsn-genesis";
constexpr std::uint64_t k_version = 1;
constexpr std::size_t k_max_file_bytes = 16U << 20;
constexpr std::size_t k_max_label_bytes = 256;
constexpr std::size_t k_max_nodes = 1000;
constexpr std::size_t k_validator_key_bytes = 32;  // Ed25519

Error invalid(std::string message) {
    return Error{Code::invalid_argument, std::move(message)}.within("genesis");
}

Status check_name(std::string_view what, std::string_view name) {
    if (name.empty()) return invalid(fmt::format("{} is empty", what));
    if (name.size() > k_max_label_bytes) {
        return invalid(fmt::format("{} is longer than {} bytes", what, k_max_label_bytes));
    }
    // Names are shown on terminals.
    auto is_control = [](char letter) {
        const auto byte = static_cast<std::uint8_t>(letter);
        return byte < 0x20 || byte == 0x7F;
    };
    if (std::any_of(name.begin(), name.end(), is_control)) {
        return invalid(fmt::format("{} holds control characters", what));
    }
    return {};
}

Status check_key(std::string_view whose, const PublicKey& key) {
    if (auto status = crypto::check_public_key(key); !status) {
        return status.error()
            .within(fmt::format("{} key of {}", crypto::suite_name(key.suite), whose))
            .within("genesis");
    }
    return {};
}

Status check_operators(const Genesis& genesis) {
    if (genesis.operators.empty()) return invalid("no operators");
    if (genesis.approvals < 1 || genesis.approvals > genesis.operators.size()) {
        return invalid(
            fmt::format("approvals is {}, must be between 1 and the number of operators, {}",
                        genesis.approvals, genesis.operators.size()));
    }
    std::set<std::string> names;
    std::set<PublicKey> keys;
    for (const GenesisOperator& member : genesis.operators) {
        BSN_CHECK(check_name("name of an operator", member.name));
        BSN_CHECK(check_key(member.name, member.key));
        if (!names.insert(member.name).second) {
            return invalid(fmt::format("two operators are named {}", member.name));
        }
        // A key that counts twice would approve twice.
        if (!keys.insert(member.key).second) {
            return invalid(fmt::format("operator {} has another operator's key", member.name));
        }
    }
    return {};
}

Status check_nodes(const Genesis& genesis) {
    if (genesis.nodes.empty()) return invalid("no nodes");
    if (genesis.nodes.size() > k_max_nodes) {
        return invalid(
            fmt::format("{} nodes, at most {} are allowed", genesis.nodes.size(), k_max_nodes));
    }
    std::set<std::string> names;
    std::set<PublicKey> keys;
    const GenesisNode* previous = nullptr;
    for (const GenesisNode& node : genesis.nodes) {
        BSN_CHECK(check_name("name of a node", node.name));
        BSN_CHECK(check_name(fmt::format("city of node {}", node.name), node.city));
        BSN_CHECK(check_name(fmt::format("operator of node {}", node.name), node.operator_name));
        for (const PublicKey& key :
             {PublicKey{SuiteId::secp256r1, node.secp256r1},
              PublicKey{SuiteId::secp256k1, node.secp256k1}, PublicKey{SuiteId::sm2, node.sm2}}) {
            BSN_CHECK(check_key(node.name, key));
            // A key that counts twice would make a quorum with fewer nodes.
            if (!keys.insert(key).second) {
                return invalid(fmt::format("node {} has another node's {} key", node.name,
                                           crypto::suite_name(key.suite)));
            }
        }
        if (!names.insert(node.name).second) {
            return invalid(fmt::format("two nodes are named {}", node.name));
        }
        if (previous != nullptr && previous->id() >= node.id()) {
            return invalid(fmt::format("node {} stands behind {}, nodes must ascend by node id",
                                       node.name, previous->name));
        }
        previous = &node;
    }
    return {};
}

Status check_validators(const Genesis& genesis) {
    std::set<Bytes> keys;
    for (const GenesisNode& node : genesis.nodes) {
        if (node.validator.empty()) continue;
        if (node.validator.size() != k_validator_key_bytes) {
            return invalid(fmt::format("validator key of {} has {} bytes, not {}", node.name,
                                       node.validator.size(), k_validator_key_bytes));
        }
        if (!keys.insert(node.validator).second) {
            return invalid(fmt::format("node {} has another node's validator key", node.name));
        }
    }
    const bool wanted = genesis.ordering == OrderingType::cometbft;
    if (wanted == !keys.empty()) return {};
    return invalid(wanted ? "ordering by cometbft needs a node that is a validator"
                          : "embedded ordering has no validators");
}

Json json_of(const GenesisOperator& member) {
    return {{"name", member.name},
            {"suite", crypto::suite_name(member.key.suite)},
            {"key", to_hex(member.key.bytes)}};
}

Json json_of(const GenesisNode& node) {
    Json json = {{"name", node.name},
                 {"city", node.city},
                 {"operator", node.operator_name},
                 {"secp256r1", to_hex(node.secp256r1)},
                 {"secp256k1", to_hex(node.secp256k1)},
                 {"sm2", to_hex(node.sm2)}};
    if (!node.validator.empty()) json["validator"] = to_hex(node.validator);
    json["certificate"] = node.certificate;
    return json;
}

/// Throws Json::exception when the member is missing or of another type, as the readers below do.
std::string text_of(const Json& object, const char* member) {
    return object.at(member).get<std::string>();
}

template <typename Value>
Result<Value> hex_of(const Json& object, const char* member) {
    auto value = fixed_from_hex<Value>(text_of(object, member));
    if (!value) return value.error().within(member).within("genesis");
    return value;
}

template <typename Number>
Result<Number> number_of(const Json& object, const char* member) {
    auto value = number_field<Number>(object, member);
    if (!value) return value.error().within("genesis");
    return value;
}

Result<GenesisOperator> read_operator(const Json& json) {
    GenesisOperator member;
    member.name = text_of(json, "name");
    const std::string suite_text = text_of(json, "suite");
    const auto suite = crypto::suite_from_name(suite_text);
    if (!suite) return invalid(fmt::format("suite {} is unknown", suite_text));
    BSN_TRY(key, hex_of<crypto::PublicKeyBytes>(json, "key"));
    member.key = {*suite, key};
    return member;
}

Result<GenesisNode> read_node(const Json& json) {
    GenesisNode node;
    node.name = text_of(json, "name");
    node.city = text_of(json, "city");
    node.operator_name = text_of(json, "operator");
    BSN_TRY(secp256r1, hex_of<crypto::PublicKeyBytes>(json, "secp256r1"));
    BSN_TRY(secp256k1, hex_of<crypto::PublicKeyBytes>(json, "secp256k1"));
    BSN_TRY(sm2, hex_of<crypto::PublicKeyBytes>(json, "sm2"));
    node.secp256r1 = secp256r1;
    node.secp256k1 = secp256k1;
    node.sm2 = sm2;
    if (json.contains("validator")) {
        auto validator = from_hex(text_of(json, "validator"));
        if (!validator) return validator.error().within("validator").within("genesis");
        node.validator = std::move(*validator);
    }
    node.certificate = text_of(json, "certificate");
    return node;
}

/// Reads what is there; that nothing else is there shows when it is written again.
Result<Genesis> read_genesis(const Json& json) {
    if (text_of(json, "format") != k_format) return invalid("this is not a genesis file");
    if (json.at("version") != k_version) {
        return Error{Code::unsupported_version,
                     fmt::format("genesis version {} is unknown, this program reads version {}",
                                 version_text(json.at("version")), k_version)};
    }
    Genesis genesis;
    genesis.name = text_of(json, "name");
    BSN_TRY(created, number_of<UnixMillis>(json, "created"));
    genesis.created = created;
    const Json& ordering = json.at("ordering");
    const std::string type = text_of(ordering, "type");
    if (type == ordering_name(OrderingType::embedded)) {
        genesis.ordering = OrderingType::embedded;
    } else if (type == ordering_name(OrderingType::cometbft)) {
        genesis.ordering = OrderingType::cometbft;
    } else {
        return invalid(fmt::format("ordering type {} is unknown", type));
    }
    BSN_TRY(orderer, hex_of<OrdererId>(ordering, "id"));
    genesis.orderer = orderer;
    BSN_TRY(approvals, number_of<std::uint16_t>(json, "approvals"));
    genesis.approvals = approvals;
    for (const Json& member : json.at("operators")) {
        BSN_TRY(read, read_operator(member));
        genesis.operators.push_back(std::move(read));
    }
    for (const Json& node : json.at("nodes")) {
        BSN_TRY(read, read_node(node));
        genesis.nodes.push_back(std::move(read));
    }
    genesis.authority = text_of(json, "authority");
    return genesis;
}

}  // namespace

std::string_view ordering_name(OrderingType type) {
    return type == OrderingType::embedded ? "embedded" : "cometbft";
}

std::string Genesis::to_json() const {
    Json json = {{"format", k_format},
                 {"version", k_version},
                 {"name", name},
                 {"created", created},
                 {"ordering", {{"type", ordering_name(ordering)}, {"id", to_hex(orderer)}}},
                 {"approvals", approvals},
                 {"operators", Json::array()},
                 {"nodes", Json::array()},
                 {"authority", authority}};
    for (const GenesisOperator& member : operators) json["operators"].push_back(json_of(member));
    for (const GenesisNode& node : nodes) json["nodes"].push_back(json_of(node));
    return json.dump(2) + "\n";
}

Result<Genesis> Genesis::from_json(std::string_view text) {
    if (text.size() > k_max_file_bytes) {
        return Error{Code::too_large, fmt::format("genesis: {} bytes, at most {} are allowed",
                                                  text.size(), k_max_file_bytes)};
    }
    try {
        BSN_TRY(genesis, read_genesis(Json::parse(text)));
        BSN_CHECK(check_name("name", genesis.name));
        BSN_CHECK(check_operators(genesis));
        BSN_CHECK(check_nodes(genesis));
        BSN_CHECK(check_validators(genesis));
        // One network, one file: its hash is the network's id.
        if (genesis.to_json() != text) {
            return invalid("not in canonical form; use the file as `bsn network init` wrote it");
        }
        return std::move(genesis);
    } catch (const Json::exception& problem) {
        return invalid(problem.what());
    }
}

NetworkId Genesis::network() const {
    const Hash hash = crypto::hash(HashId::sha256, as_bytes(to_json()));
    NetworkId network;
    std::memcpy(network.data(), hash.data(), NetworkId::k_size);
    return network;
}

EpochRecord Genesis::system_epoch() const {
    EpochRecord record;
    record.channel = system_channel(network());
    record.suites = {SuiteId::secp256r1};
    for (const GenesisNode& node : nodes) {
        record.peers.push_back({node.id(), node.name, node.operator_name, {node.secp256r1}});
    }
    return record;
}

}  // namespace bsn::ledger
