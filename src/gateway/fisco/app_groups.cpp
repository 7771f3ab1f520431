#include "gateway/fisco/app_groups.hpp"

#include "framework/fisco/fisco_rpc.hpp"

#include <fmt/format.h>

namespace bsn::gateway::fisco {
namespace {

namespace chain = framework::fisco;
using std::chrono::steady_clock;

/// Apps are published seldom; so long may one that is new be unknown.
constexpr std::chrono::milliseconds k_look_again{200};

bool is_of(const registry::App& app, crypto::SuiteId suite) {
    return app.record.suite == suite && app.record.dialect &&
           app.record.dialect->dialect == ledger::Dialect::fisco;
}

}  // namespace

bool AppGroups::are_there(const Backend& node, crypto::SuiteId suite) {
    for (const auto& app : node.apps()) {
        if (is_of(*app, suite)) return true;
    }
    return false;
}

AppGroups::Known AppGroups::known() const {
    std::lock_guard lock(mutex_);
    const auto now = steady_clock::now();
    if (known_ && now - looked_ < k_look_again) return *known_;
    std::map<std::uint64_t, std::map<std::uint64_t, std::string>> chains;
    for (const auto& app : node_.apps()) {
        if (!is_of(*app, suite_)) continue;
        const ledger::DialectSettings& settings = *app->record.dialect;
        chains[settings.chain_id][settings.group] = app->record.name;
    }
    looked_ = now;
    known_ = Known{};
    if (!chains.empty()) known_ = Known{chains.begin()->first, chains.begin()->second};
    return *known_;
}

chain::Endpoint AppGroups::endpoint() const { return {known().chain_id, suite_, build_}; }

std::vector<std::uint64_t> AppGroups::numbers() const {
    std::vector<std::uint64_t> served;
    for (const auto& [group, app] : known().apps) {
        if (chain_of(app, group)) served.push_back(group);
    }
    return served;
}

Result<chain::ChainReader*> AppGroups::find(std::uint64_t group) const {
    const Known all = known();
    auto found = all.apps.find(group);
    if (found == all.apps.end()) {
        return Error{Code::not_found, fmt::format("no app is published as group {}", group)};
    }
    return chain_of(found->second, group);
}

Door AppGroups::door(std::uint64_t group) const {
    const Known all = known();
    auto found = all.apps.find(group);
    return found == all.apps.end() ? Door() : Door(node_, node_.app(found->second));
}

Result<chain::ChainReader*> AppGroups::chain_of(const std::string& name,
                                                std::uint64_t group) const {
    auto app = node_.app(name);
    if (!app) return Error{Code::not_found, fmt::format("app {} is no longer there", name)};
    if (Status allowed = node_.may_read(*app, nullptr); !allowed) return allowed.error();
    BSN_TRY(served, node_.chain(name));
    auto* rpc = dynamic_cast<chain::FiscoRpc*>(served->client_rpc());
    if (rpc == nullptr) {
        return Error{Code::unavailable, fmt::format("app {} is not open here yet", name)};
    }
    return rpc->groups().find(group);
}

}  // namespace bsn::gateway::fisco
