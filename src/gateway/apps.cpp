// Apps as the permission chain knows them. Anyone may see them; who belongs to an app is for its
// members to see.
#include "framework/fabric/network/plan_trust.hpp"
#include "framework/fabric/outside/network_plan.hpp"
#include "gateway/errors.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json.hpp"

namespace bsn::gateway {
namespace {

Json contracts_json(const registry::AppRecord& app) {
    Json contracts = Json::array();
    for (const ledger::ContractControl& contract : app.contracts) {
        contracts.push_back(
            {{"name", contract.name}, {"type", contract.type}, {"version", contract.version}});
    }
    if (!app.fabric_network) return contracts;
    for (const registry::FabricContract& contract : app.fabric_network->contracts) {
        contracts.push_back({{"name", contract.name}, {"chaincode", contract.chaincode}});
    }
    return contracts;
}

Json roles_json(const registry::AppRecord& app) {
    Json roles = Json::array();
    for (const ledger::RoleControl& role : app.roles) {
        roles.push_back(
            {{"name", role.name}, {"public", role.is_public}, {"functions", role.functions}});
    }
    return roles;
}

/// How the app runs the EVM, in the words of its description.
Json evm_json(const ledger::DialectSettings& evm) {
    Json json{{"chain_id", evm.chain_id},
              {"fork", ledger::fork_name(evm.fork)},
              {"gas", evm.metered ? "metered" : "free"},
              {"accounts", evm.open_accounts ? "open" : "members"},
              {"transaction_gas", evm.transaction_gas},
              {"max_code_bytes", evm.max_code_bytes}};
    if (evm.dialect == ledger::Dialect::fisco) json["group"] = evm.group;
    if (evm.metered) json["base_fee"] = evm.base_fee;
    return json;
}

/// How gateways serve the app, in the words of its description.
Json gateway_json(const registry::GatewaySettings& gateway) {
    Json limits = Json::object();
    for (const auto& [name, limit] :
         {std::pair("transactions_per_second", gateway.limits.transactions_per_second),
          std::pair("traffic_bytes_per_day", gateway.limits.traffic_bytes_per_day),
          std::pair("storage_bytes", gateway.limits.storage_bytes)}) {
        if (limit) limits[name] = *limit;
    }
    return {{"published", gateway.published},
            {"keys", registry::key_mode_name(gateway.keys)},
            {"limits", limits}};
}

/// Where the app's chain is, as its description says.
Json network_json(const registry::OutsideNetwork& network) {
    Json sealers = Json::array();
    for (const auto& sealer : network.sealers) sealers.push_back(to_hex(sealer));
    return {{"endpoints", network.endpoints},
            {"authority", network.authority},
            {"chain_id", network.chain_id},
            {"group", network.group},
            {"sealers", sealers},
            {"quorum", network.quorum}};
}

/// The app's channel of Fabric: who orders, and which organisations there are.
Json fabric_json(const registry::AppRecord& app) {
    namespace fabric = framework::fabric;
    const registry::FabricChannel& channel = *app.fabric;
    Json members = Json::array();
    for (const registry::FabricMember& member : channel.members) {
        members.push_back({{"node", member.name},
                           {"msp", member.organisation.msp},
                           {"peer", member.organisation.peer},
                           {"orders", member.orders}});
    }
    const std::string name = fabric::channel_name(app.channel.view());
    Json json{
        {"channel", name},
        {"version", channel.release},
        {"ordering", registry::fabric_ordering_name(channel.ordering)},
        {"members", members},
        {"batch",
         {{"timeout_ms", channel.batch.timeout_ms}, {"max_messages", channel.batch.max_messages}}}};
    if (auto trust = fabric::trusted_state_of({name, channel, app.created})) {
        json["trust"] = Json::parse(*trust);
    }
    return json;
}

/// The channel of Fabric that others run, and where it is.
Json fabric_network_json(const registry::FabricNetwork& network) {
    Json json{{"channel", network.channel}, {"peers", Json::array()}, {"orderers", Json::array()}};
    for (const registry::FabricServer& peer : network.peers) {
        json["peers"].push_back({{"msp", peer.msp}, {"address", peer.address}});
    }
    for (const registry::FabricServer& orderer : network.orderers) {
        json["orderers"].push_back({{"address", orderer.address}});
    }
    if (auto trust = framework::fabric::trusted_state_of(network)) {
        json["trust"] = Json::parse(*trust);
    }
    return json;
}

Json app_json(const registry::AppRecord& app) {
    Json nodes = Json::array();
    for (const ledger::EpochPeer& peer : app.epoch.peers) {
        nodes.push_back(
            {{"id", to_hex(peer.node)}, {"name", peer.name}, {"operator", peer.operator_name}});
    }
    Json json{
        {"name", app.name},
        {"channel", to_hex(app.channel)},
        {"description", app.description},
        {"framework", app.framework},
        {"state", app.state == ledger::AppState::active ? "active" : "suspended"},
        {"suite", crypto::suite_name(app.suite)},
        {"publisher", to_hex(app.publisher)},
        {"open_to_join", app.open_to_join},
        {"created", app.created},
        {"epoch", app.epoch.epoch},
        {"quorum", app.epoch.quorum()},
        {"nodes", nodes},
        {"contracts", contracts_json(app)},
        {"roles", roles_json(app)},
        {"gateway", gateway_json(app.gateway)},
    };
    if (app.dialect) json["evm"] = evm_json(*app.dialect);
    if (app.network) json["network"] = network_json(*app.network);
    if (app.fabric) json["fabric"] = fabric_json(app);
    if (app.fabric_network) json["fabric"] = fabric_network_json(*app.fabric_network);
    if (!app.reason.empty()) json["reason"] = app.reason;
    return json;
}

Json member_json(const registry::MemberRecord& member) {
    return {{"participant", to_hex(member.participant)},
            {"state", registry::membership_state_name(member.state)},
            {"roles", member.roles}};
}

}  // namespace

Response get_apps(Service& service, const Request&) {
    Json apps = Json::array();
    for (const auto& app : service.backend().apps()) apps.push_back(app_json(app->record));
    return json_response({{"apps", apps}});
}

Response get_app(Service& service, const Request& request) {
    auto target = service.target_of(request);
    if (!target) return error_response(target.error());
    if (!target->app) {
        return error_response(
            {Code::not_found, "the permission chain is no app; see /v1/status and /v1/nodes"});
    }
    auto caller = service.authenticator().caller_of(request, target->channel);
    if (!caller) return error_response(caller.error());

    const registry::App& app = *target->app;
    Json json = app_json(app.record);
    if (!*caller) return json_response(json);

    const ledger::ParticipantId& who = (*caller)->participant;
    auto own = app.members.find(who);
    bool belongs =
        who == app.record.publisher ||
        (own != app.members.end() && own->second.state == registry::MembershipState::approved);
    if (own != app.members.end()) json["membership"] = member_json(own->second);
    if (belongs) {
        json["members"] = Json::array();
        std::map<ledger::ParticipantId, std::pair<ledger::ParticipantId, std::string>> user_of;
        for (const auto& [sponsor, users] : app.users) {
            for (const auto& [name, user] : users) user_of[user] = {sponsor, name};
        }
        for (const auto& [id, member] : app.members) {
            Json one = member_json(member);
            if (auto user = user_of.find(id); user != user_of.end()) {
                one["sponsor"] = to_hex(user->second.first);
                one["name"] = user->second.second;
            }
            auto custodian = app.custodians.find(id);
            if (custodian != app.custodians.end()) one["custodian"] = to_hex(custodian->second);
            json["members"].push_back(std::move(one));
        }
    }
    return json_response(json);
}

}  // namespace bsn::gateway
