#include "cli/bench/stage.hpp"

#include "base/clock.hpp"
#include "cli/app_file.hpp"
#include "cli/bench/source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace bsn::cli {
namespace {

constexpr std::uint64_t k_probe_ms = 2'000;
constexpr auto k_poll = std::chrono::milliseconds(5);
constexpr std::uint64_t k_access_ms = 10'000;

/// A context that acts with another key.
Context acting_as(Context& context, const std::string& key) {
    GlobalOptions options = context.options();
    options.key = key;
    return {options, context.home(), context.out()};
}

/// The same at one node only.
Context acting_at(Context& context, const net::Endpoint& node) {
    GlobalOptions options = context.options();
    options.nodes = {node.url()};
    return {options, context.home(), context.out()};
}

/// What a node says of its chain of an app; null if it has none, or does not answer.
Json chain_at(NodeClient& api, std::size_t node, const AppRef& app) {
    auto status = api.get_from(node, "/v1/status", k_probe_ms);
    Json chains = status ? status->value("chains", Json::array()) : Json::array();
    std::string channel = to_hex(app.channel.view());
    auto chain = std::find_if(chains.begin(), chains.end(),
                              [&](const Json& one) { return text_of(one, "channel") == channel; });
    return chain == chains.end() ? Json() : *chain;
}

/// The names of the nodes at the client's endpoints.
Result<std::vector<std::string>> node_names(NodeClient& api) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < api.endpoints().size(); ++i) {
        BSN_TRY(status, api.get_from(i, "/v1/status", k_probe_ms));
        names.push_back(text_of(status, "name"));
    }
    return names;
}

/// The nodes that an existing app has, by their names in its record.
Result<std::vector<std::size_t>> nodes_in_record(NodeClient& api, const std::string& app,
                                                 const std::vector<std::string>& names) {
    BSN_TRY(record, api.app_record(app));
    std::vector<std::size_t> nodes;
    for (const Json& node : record.value("nodes", Json::array())) {
        auto at = std::find(names.begin(), names.end(), text_of(node, "name"));
        if (at != names.end()) nodes.push_back(static_cast<std::size_t>(at - names.begin()));
    }
    if (!nodes.empty()) return nodes;
    return Error{
        Code::not_found,
        fmt::format("none of the nodes asked has the app {}; name others with --node", app)};
}

/// An app of the benchmark, made by the user's own key if it is missing.
Result<BenchApp> ensure_app(Context& context, const BenchPlan& plan, std::size_t number) {
    BSN_TRY(api, context.client(Context::Signing::yes));
    BSN_TRY(names, node_names(*api));
    const std::string& name = plan.names[number];
    auto known = api->app(name);
    if (!known && known.error().code != Code::not_found) return known.error();
    if (!known) {
        AppSpec spec = evidence_app(name, plan.suite);
        spec.framework = plan.framework;
        if (plan.peers > 0) {
            for (std::size_t node : nodes_of_app(number, plan.peers, names.size())) {
                spec.nodes.push_back(names[node]);
            }
        }
        auto answer = context.transact(
            "system", {"registry", "publish_app", text_arguments({spec.to_json().dump()})});
        if (!answer) return answer.error().within("publishing the app " + name);
        known = api->app(name);
        if (!known) return known.error();
    }
    BSN_TRY(nodes, nodes_in_record(*api, name, names));
    if (plan.peers > 0 && nodes.size() != plan.peers) {
        return Error{Code::already_exists,
                     fmt::format("the app {} is there with {} nodes, not {}; choose another --app",
                                 name, nodes.size(), plan.peers)};
    }
    return BenchApp{*known, std::move(nodes)};
}

/// Makes the benchmark's key a member of the app: it asks, and the user's own key lets it in.
Status ensure_member(Context& context, Context& bench, const AppRef& app) {
    BSN_TRY(api, bench.client(Context::Signing::yes));
    BSN_TRY(record, api->app_record(app.name));
    auto membership = record.find("membership");
    if (membership != record.end() && text_of(*membership, "state") == "approved") return {};
    BSN_TRY(joined, bench.transact("system", {"registry", "join_app",
                                              text_arguments({app.name, "depositor"})}));
    if (as_text(joined.result) == "approved") return {};
    BSN_TRY(identity, bench.identity());
    auto approved = context.transact(
        "system",
        {"registry", "approve", text_arguments({app.name, to_hex(identity->participant.view())})});
    if (!approved) return approved.error().within("letting the benchmark's key into " + app.name);
    return {};
}

/// Waits until every node of the app takes the benchmark's transactions.
Status wait_for_access(Context& bench, const BenchApp& app, std::size_t payload_bytes) {
    BSN_TRY(api, bench.client(Context::Signing::yes));
    BSN_TRY(identity, bench.identity());
    BSN_TRY(probe,
            make_padded_deposit({api->network(), app.ref.channel}, *identity, payload_bytes));
    auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(k_access_ms);
    for (std::size_t node : app.nodes) {
        Context there = acting_at(bench, api->endpoints()[node]);
        BSN_TRY(client, there.client(Context::Signing::yes));
        for (;;) {
            auto answer = client->submit(app.ref, probe);
            if (answer && !answer->error) break;
            Error error = answer ? *answer->error : answer.error();
            bool may_pass = error.code == Code::forbidden || error.code == Code::not_found;
            if (!may_pass || std::chrono::steady_clock::now() > end) return error;
            std::this_thread::sleep_for(k_poll);
        }
    }
    return {};
}

}  // namespace

std::vector<std::string> bench_app_names(const std::string& name, std::size_t count) {
    std::vector<std::string> names{name};
    for (std::size_t i = 2; i <= count; ++i) names.push_back(fmt::format("{}-{}", name, i));
    return names;
}

std::vector<std::size_t> nodes_of_app(std::size_t app, std::size_t peers, std::size_t all) {
    std::vector<std::size_t> nodes;
    for (std::size_t i = 0; i < std::min(peers, all); ++i) nodes.push_back((app + i) % all);
    return nodes;
}

Result<BenchStage> prepare_bench(Context& context, const BenchPlan& plan) {
    std::vector<BenchApp> apps;
    for (std::size_t number = 0; number < plan.names.size(); ++number) {
        BSN_TRY(app, ensure_app(context, plan, number));
        apps.push_back(std::move(app));
    }
    crypto::SuiteId id = apps.front().ref.suite.value_or(crypto::SuiteId::secp256r1);
    std::string key = fmt::format("bench-{}", crypto::suite_name(id));
    if (!context.keyring().has(key)) {
        BSN_TRY(passphrase, context.keyring().passphrase().get());
        BSN_CHECK(context.keyring().add(key, crypto::PrivateKey::generate(id), passphrase));
    }
    BenchStage stage{acting_as(context, key), std::move(apps), id};
    for (const BenchApp& app : stage.apps) {
        if (app.ref.suite.value_or(id) != id) {
            return Error{Code::wrong_suite,
                         fmt::format("the app {} is there in another suite than {}; choose another "
                                     "--app",
                                     app.ref.name, stage.apps.front().ref.name)};
        }
        BSN_CHECK(ensure_member(context, stage.acting, app.ref));
        if (plan.framework != "ledger") continue;
        BSN_CHECK(wait_for_access(stage.acting, app, plan.payload_bytes));
    }
    return stage;
}

Agreement wait_for_agreement(NodeClient& api, const BenchApp& app, ledger::Height least) {
    SystemClock clock;
    std::uint64_t end = clock.monotonic() + k_agreement_ms;
    for (;;) {
        Agreement agreement;
        agreement.reached = true;
        for (std::size_t node : app.nodes) {
            Json chain = chain_at(api, node, app.ref);
            if (chain.is_null()) {
                agreement.reached = false;
                break;
            }
            ledger::Height height = number_of(chain, "certified");
            std::string head = text_of(chain, "head");
            bool first = node == app.nodes.front();
            bool same = first || (height == agreement.height && head == agreement.head);
            agreement.reached = agreement.reached && same && height >= least;
            agreement.height = height;
            agreement.head = head;
            agreement.peers = number_of(chain, "peers");
            agreement.quorum = number_of(chain, "quorum");
        }
        if (agreement.reached || clock.monotonic() > end) return agreement;
        std::this_thread::sleep_for(k_poll);
    }
}

}  // namespace bsn::cli
