#include "cli/commands/app_show.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

std::string names_in(const Json& list) {
    std::string text;
    if (!list.is_array()) return text;
    for (const Json& entry : list) {
        text += (text.empty() ? "" : ", ") +
                (entry.is_string() ? entry.get<std::string>() : text_of(entry, "name"));
    }
    return text;
}

Json member_or_empty(const Json& object, const char* name) {
    auto member = object.find(name);
    return member == object.end() ? Json::array() : *member;
}

/// Of an app of framework `fabric`; empty for others.
Json fabric_members(const Json& app) {
    const auto fabric = app.find("fabric");
    return fabric == app.end() ? Json::array() : member_or_empty(*fabric, "members");
}

/// Those of a network that others run; empty for other apps.
Json fabric_peers(const Json& app) {
    const auto fabric = app.find("fabric");
    return fabric == app.end() ? Json::array() : member_or_empty(*fabric, "peers");
}

/// An app's channel on the node that answers first, as that tells of it; null if it does not.
struct ChainThere {
    std::string node;
    Json chain;
};

ChainThere chain_there(NodeClient& api, const std::string& app) {
    constexpr std::uint64_t k_answer_ms = 3'000;
    auto status = api.get_from(0, "/v1/status", k_answer_ms);
    if (!status) return {};
    for (const Json& chain : member_or_empty(*status, "chains")) {
        if (text_of(chain, "app") == app) return {text_of(*status, "name"), chain};
    }
    return {};
}

/// What a node does to open an app's channel; empty: nothing, it is open.
std::string opening_on(const ChainThere& there) {
    if (there.chain.is_null() || text_of(there.chain, "step").empty()) return "";
    const std::string alarm = text_of(there.chain, "alarm");
    return fmt::format("opening on {}: {}{}{}", there.node, text_of(there.chain, "step"),
                       alarm.empty() ? "" : "; ", alarm);
}

/// How the process of a contract fares there; empty for contracts that have none.
std::string process_on(const ChainThere& there, const std::string& contract) {
    if (there.chain.is_null()) return "";
    for (const Json& one : member_or_empty(there.chain, "contracts")) {
        if (text_of(one, "name") != contract) continue;
        const std::string trouble = text_of(one, "trouble");
        return fmt::format(", {} on {}{}{}, started again {} times", text_of(one, "state"),
                           there.node, trouble.empty() ? "" : ": ", trouble,
                           number_of(one, "restarts"));
    }
    return "";
}

}  // namespace

Outcome list_apps(Context& context) {
    BSN_TRY(api, context.client(Context::Signing::no));
    BSN_TRY(json, api->call_json({.target = "/v1/apps"}));
    std::vector<std::vector<std::string>> rows;
    for (const Json& app : member_or_empty(json, "apps")) {
        rows.push_back({text_of(app, "name"), text_of(app, "state"), text_of(app, "suite"),
                        names_in(member_or_empty(app, "contracts")),
                        names_in(member_or_empty(app, "nodes")), text_of(app, "description")});
    }
    context.out().table({"APP", "STATE", "SUITE", "CONTRACTS", "NODES", "DESCRIPTION"}, rows);
    context.out().json(json);
    return Exit::done;
}

Outcome show_app(Context& context, const std::string& name) {
    BSN_TRY(api, context.client(Context::Signing::if_possible));
    BSN_TRY(app, api->app_record(name));
    std::string state = text_of(app, "state");
    if (std::string reason = text_of(app, "reason"); !reason.empty()) state += ": " + reason;
    ChainThere there;
    if (app.contains("fabric")) {
        there = chain_there(*api, text_of(app, "name"));
        const std::string step = opening_on(there);
        if (!step.empty()) state += ", " + step;
    }
    bool open = app.value("open_to_join", true);
    std::vector<std::pair<std::string, std::string>> fields = {
        {"app", text_of(app, "name")},
        {"description", text_of(app, "description")},
        {"state", state},
        {"framework", text_of(app, "framework")},
        {"suite", text_of(app, "suite")},
        {"channel", text_of(app, "channel")},
        {"publisher", text_of(app, "publisher")},
        {"created", to_iso8601(number_of(app, "created"))},
        {"joining", open ? "anyone may ask" : "by invitation"},
        {"nodes", fmt::format("{} (quorum {}, epoch {})", names_in(member_or_empty(app, "nodes")),
                              number_of(app, "quorum"), number_of(app, "epoch"))}};
    if (auto gateway = app.find("gateway"); gateway != app.end()) {
        fields.emplace_back("gateway", gateway->dump());
    }
    if (auto fabric = app.find("fabric"); fabric != app.end() && fabric->contains("version")) {
        fields.emplace_back("fabric",
                            fmt::format("version {}, ordering by {}", text_of(*fabric, "version"),
                                        text_of(*fabric, "ordering")));
    }
    for (const Json& member : fabric_members(app)) {
        fields.emplace_back(
            "organisation",
            fmt::format("{} of {}, peer {}{}", text_of(member, "msp"), text_of(member, "node"),
                        text_of(member, "peer"), member.value("orders", false) ? ", orders" : ""));
    }
    for (const Json& peer : fabric_peers(app)) {
        fields.emplace_back(
            "peer", fmt::format("{} of {}", text_of(peer, "address"), text_of(peer, "msp")));
    }
    for (const Json& contract : member_or_empty(app, "contracts")) {
        const std::string chaincode = text_of(contract, "chaincode");
        if (!chaincode.empty()) {
            fields.emplace_back(
                "contract", fmt::format("{}: chaincode {}", text_of(contract, "name"), chaincode));
            continue;
        }
        fields.emplace_back("contract",
                            fmt::format("{}: {} version {}{}", text_of(contract, "name"),
                                        text_of(contract, "type"), number_of(contract, "version"),
                                        process_on(there, text_of(contract, "name"))));
    }
    for (const Json& role : member_or_empty(app, "roles")) {
        fields.emplace_back("role", fmt::format("{}{}: {}", text_of(role, "name"),
                                                role.value("public", false) ? " (public)" : "",
                                                names_in(member_or_empty(role, "functions"))));
    }
    for (const Json& member : member_or_empty(app, "members")) {
        fields.emplace_back("member", fmt::format("{} {}: {}", text_of(member, "participant"),
                                                  text_of(member, "state"),
                                                  names_in(member_or_empty(member, "roles"))));
    }
    context.out().fields(fields);
    context.out().json(app);
    return Exit::done;
}

}  // namespace bsn::cli
