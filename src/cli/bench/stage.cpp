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

/// An app of the benchmark, made by the user's own key if it is missing.
Result<AppRef> ensure_app(Context& context, const std::string& name, const std::string& suite) {
    BSN_TRY(api, context.client(Context::Signing::yes));
    auto known = api->app(name);
    if (known || known.error().code != Code::not_found) return known;
    std::string spec = evidence_app(name, suite).to_json().dump();
    auto answer = context.transact("system", {"registry", "publish_app", text_arguments({spec})});
    if (!answer) return answer.error().within("publishing the app " + name);
    return api->app(name);
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

/// Waits until every node takes the benchmark's transactions.
Status wait_for_access(Context& bench, const AppRef& app, std::size_t payload_bytes) {
    BSN_TRY(api, bench.client(Context::Signing::yes));
    BSN_TRY(identity, bench.identity());
    BSN_TRY(probe, make_padded_deposit({api->network(), app.channel}, *identity, payload_bytes));
    auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(k_access_ms);
    for (;;) {
        auto answer = api->submit(app, probe);
        if (answer && !answer->error) return {};
        Error error = answer ? *answer->error : answer.error();
        bool may_pass = error.code == Code::forbidden || error.code == Code::not_found;
        if (!may_pass || std::chrono::steady_clock::now() > end) return error;
        std::this_thread::sleep_for(k_poll);
    }
}

}  // namespace

std::vector<std::string> bench_app_names(const std::string& name, std::size_t count) {
    std::vector<std::string> names{name};
    for (std::size_t i = 2; i <= count; ++i) names.push_back(fmt::format("{}-{}", name, i));
    return names;
}

Result<BenchStage> prepare_bench(Context& context, const std::vector<std::string>& names,
                                 const std::string& suite, std::size_t payload_bytes) {
    std::vector<AppRef> apps;
    for (const std::string& name : names) {
        BSN_TRY(app, ensure_app(context, name, suite));
        apps.push_back(std::move(app));
    }
    crypto::SuiteId id = apps.front().suite.value_or(crypto::SuiteId::secp256r1);
    std::string key = fmt::format("bench-{}", crypto::suite_name(id));
    if (!context.keyring().has(key)) {
        BSN_TRY(passphrase, context.keyring().passphrase().get());
        BSN_CHECK(context.keyring().add(key, crypto::PrivateKey::generate(id), passphrase));
    }
    BenchStage stage{acting_as(context, key), std::move(apps), id};
    for (const AppRef& app : stage.apps) {
        if (app.suite.value_or(id) != id) {
            return Error{Code::wrong_suite,
                         fmt::format("the app {} is there in another suite than {}; choose another "
                                     "--app",
                                     app.name, stage.apps.front().name)};
        }
        BSN_CHECK(ensure_member(context, stage.acting, app));
        BSN_CHECK(wait_for_access(stage.acting, app, payload_bytes));
    }
    return stage;
}

Agreement wait_for_agreement(NodeClient& api, const AppRef& app, ledger::Height least) {
    SystemClock clock;
    std::uint64_t end = clock.monotonic() + k_agreement_ms;
    std::string channel = to_hex(app.channel.view());
    for (;;) {
        Agreement agreement;
        agreement.reached = true;
        for (std::size_t i = 0; i < api.endpoints().size(); ++i) {
            auto status = api.get_from(i, "/v1/status", k_probe_ms);
            Json chains = status ? status->value("chains", Json::array()) : Json::array();
            auto chain = std::find_if(chains.begin(), chains.end(), [&](const Json& one) {
                return text_of(one, "channel") == channel;
            });
            if (chain == chains.end()) {
                agreement.reached = false;
                break;
            }
            ledger::Height height = number_of(*chain, "certified");
            std::string head = text_of(*chain, "head");
            bool first = i == 0;
            bool same = first || (height == agreement.height && head == agreement.head);
            agreement.reached = agreement.reached && same && height >= least;
            agreement.height = height;
            agreement.head = head;
            agreement.peers = number_of(*chain, "peers");
        }
        if (agreement.reached || clock.monotonic() > end) return agreement;
        std::this_thread::sleep_for(k_poll);
    }
}

}  // namespace bsn::cli
