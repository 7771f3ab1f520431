// Calls about the node and the network as a whole. Anyone may make them.
#include "gateway/errors.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json.hpp"
#include "gateway/openapi.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

Json chain_json(const ChainStatus& chain) {
    Json json{
        {"app", chain.app},         {"channel", chain.channel},     {"state", chain.state},
        {"height", chain.height},   {"certified", chain.certified}, {"head", chain.head},
        {"pending", chain.pending}, {"voided", chain.voided},       {"peers", chain.peers},
        {"quorum", chain.quorum},   {"epoch", chain.epoch},         {"settled", chain.settled}};
    if (chain.transactions) json["transactions"] = *chain.transactions;
    if (!chain.step.empty()) json["step"] = chain.step;
    if (!chain.alarm.empty()) json["alarm"] = chain.alarm;
    for (const ContractStatus& contract : chain.contracts) {
        Json one{{"name", contract.name},
                 {"language", contract.language},
                 {"state", contract.trouble.empty() ? "runs" : "stopped"},
                 {"restarts", contract.restarts}};
        if (!contract.trouble.empty()) one["trouble"] = contract.trouble;
        json["contracts"].push_back(std::move(one));
    }
    return json;
}

Json ordering_json(const OrderingStatus& order) {
    Json json{{"validators", order.validators},
              {"is_validator", order.is_validator},
              {"waiting_bytes", order.waiting_bytes},
              {"engine_restarts", order.engine_restarts}};
    if (order.follows) json["follows"] = order.followed;
    if (order.behind) json["behind"] = *order.behind;
    if (order.block_age_ms) json["block_age_ms"] = *order.block_age_ms;
    for (const DoubleSigner& one : order.double_signers) {
        json["double_signers"].push_back({{"node", one.node}, {"height", one.height}});
    }
    if (!order.trouble.empty()) json["trouble"] = order.trouble;
    return json;
}

Json links_json(const std::vector<LinkStatus>& links) {
    Json json = Json::array();
    for (const LinkStatus& link : links) {
        json.push_back({{"node", link.node},
                        {"name", link.name},
                        {"connected", link.connected},
                        {"queued_bytes", link.queued_bytes},
                        {"dropped", link.dropped},
                        {"address", link.address},
                        {"ordering", link.ordering}});
    }
    return json;
}

/// What a node offers of Fabric, by version; empty: nothing.
Json fabric_json(const registry::View& registry, const ledger::NodeId& node) {
    Json offers = Json::object();
    for (const std::string_view release : registry::k_fabric_releases) {
        const auto offer = registry.fabric_of(node, release);
        if (!offer) continue;
        offers[std::string(release)] = {
            {"msp", offer->msp}, {"peer", offer->peer}, {"orderer", offer->orderer}};
    }
    return offers;
}

Json fabric_processes_json(const std::vector<FabricProcessStatus>& processes) {
    Json json = Json::array();
    for (const FabricProcessStatus& one : processes) {
        json.push_back({{"process", one.process},
                        {"version", one.version},
                        {"running", one.running},
                        {"restarts", one.restarts},
                        {"memory_bytes", one.memory_bytes}});
        if (!one.trouble.empty()) json.back()["trouble"] = one.trouble;
    }
    return json;
}

Json node_json(const registry::NodeRecord& node, const Json& fabric) {
    constexpr crypto::SuiteId k_order[] = {crypto::SuiteId::secp256r1, crypto::SuiteId::secp256k1,
                                           crypto::SuiteId::sm2};
    Json keys = Json::object();
    for (std::size_t i = 0; i < node.keys.size() && i < std::size(k_order); ++i) {
        keys[std::string(crypto::suite_name(k_order[i]))] = to_hex(node.keys[i]);
    }
    Json json{{"id", to_hex(node.id)}, {"name", node.name},
              {"city", node.city},     {"operator", node.operator_name},
              {"keys", keys},          {"certificate", node.certificate}};
    json["state"] = registry::node_state_name(node.state);
    json["validator"] = to_hex(node.validator);
    json["peers"] = node.peers;
    json["ordering"] = node.ordering;
    if (node.predecessor != ledger::NodeId()) json["predecessor"] = to_hex(node.predecessor);
    if (!fabric.empty()) json["fabric"] = fabric;
    if (node.left_from != 0) json["left_from"] = node.left_from;
    if (node.revoked_from != 0) json["revoked_from"] = node.revoked_from;
    return json;
}

}  // namespace

Response get_health(Service& service, const Request&) {
    std::string alarms;
    for (const ChainStatus& chain : service.backend().status().chains) {
        if (!chain.alarm.empty()) alarms += fmt::format("{}: {}\n", chain.app, chain.alarm);
    }
    if (alarms.empty()) return {.content_type = k_text_type, .body = "ok\n"};
    return {.status = 503, .content_type = k_text_type, .body = alarms};
}

Response get_metrics(Service& service, const Request&) {
    service.backend().refresh_metrics();
    return {.content_type = MetricsRegistry::k_content_type,
            .body = service.backend().metrics().render()};
}

Response get_openapi(Service&, const Request&) { return {.body = std::string(openapi_document())}; }

Response get_genesis(Service& service, const Request&) {
    return {.body = service.backend().genesis_json()};
}

Response get_status(Service& service, const Request&) {
    NodeStatus status = service.backend().status();
    Json chains = Json::array();
    for (const ChainStatus& chain : status.chains) chains.push_back(chain_json(chain));
    Json json({{"network", status.network},
               {"network_name", status.network_name},
               {"node", status.node},
               {"name", status.name},
               {"city", status.city},
               {"operator", status.operator_name},
               {"state", status.state},
               {"version", status.version},
               {"ordering", status.ordering},
               {"order_height", status.order_height},
               {"order", ordering_json(status.order)},
               {"links", links_json(status.links)},
               {"time", status.time},
               {"uptime_ms", status.uptime_ms},
               {"trust", status.trust},
               {"chains", chains}});
    if (!status.fabric_trouble.empty()) json["fabric_trouble"] = status.fabric_trouble;
    if (!status.fabric_processes.empty()) {
        json["fabric_processes"] = fabric_processes_json(status.fabric_processes);
    }
    return json_response(json);
}

Response get_nodes(Service& service, const Request&) {
    Json nodes = Json::array();
    for (const registry::NodeRecord& node : service.backend().nodes()) {
        nodes.push_back(node_json(node, fabric_json(service.backend().registry(), node.id)));
    }
    return json_response({{"nodes", nodes}});
}

Response get_participant(Service& service, const Request& request) {
    const std::string& text = request.path.find("id")->second;
    auto id = fixed_from_hex<ledger::ParticipantId>(text);
    if (!id) {
        return error_response(
            {Code::invalid_argument, "a participant id has 64 hexadecimal digits"});
    }
    auto record = service.backend().participant(*id);
    if (!record) {
        return error_response({Code::not_found, "no participant " + text + " on this network"});
    }
    return json_response({{"id", to_hex(record->id)},
                          {"name", record->name},
                          {"suite", crypto::suite_name(record->key.suite)},
                          {"key", to_hex(record->key.bytes)},
                          {"revoked", record->revoked}});
}

}  // namespace bsn::gateway
