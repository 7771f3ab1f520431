#include "cli/commands/fabric_readiness.hpp"

#include "cli/commands/framework.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

namespace bsn::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds k_patience{90};
constexpr std::chrono::seconds k_build_patience{900};  ///< where packages are built
constexpr std::chrono::milliseconds k_look{200};

namespace fabric = framework::fabric;

/// The first of the nodes that has not announced this version; empty: all have.
std::string missing_organisation(const Json& nodes, const std::vector<std::string>& wanted,
                                 std::string_view version) {
    for (const Json& node : nodes.value("nodes", Json::array())) {
        const std::string name = text_of(node, "name");
        const bool is_wanted = wanted.empty()
                                   ? text_of(node, "state") == "active"
                                   : std::find(wanted.begin(), wanted.end(), name) != wanted.end();
        const Json offers = node.value("fabric", Json::object());
        if (is_wanted && !offers.contains(std::string(version))) return name;
    }
    return "";
}

struct ChannelState {
    bool known = false;
    std::string step;  ///< that is not done yet; empty: the channel is open
    std::string alarm;
};

ChannelState state_of(const Json& status, const std::string& app) {
    for (const Json& chain : status.value("chains", Json::array())) {
        if (text_of(chain, "app") != app) continue;
        return {true, text_of(chain, "step"), text_of(chain, "alarm")};
    }
    return {};
}

/// Whether waiting longer does not help: a package that is no good, or may not run there.
bool is_final(const std::string& alarm) {
    return alarm.find("the package cannot be") != std::string::npos ||
           alarm.find("runs no packages") != std::string::npos;
}

}  // namespace

std::string fabric_version(const Json& fabric) {
    const std::string version = text_of(fabric, "version");
    return version.empty() ? std::string(fabric::k_release_lines.front().name) : version;
}

Status prepare_fabric(Context& context, const std::vector<std::string>& nodes,
                      const std::string& version) {
    const auto* line =
        std::find_if(fabric::k_release_lines.begin(), fabric::k_release_lines.end(),
                     [&](const fabric::ReleaseLine& one) { return one.name == version; });
    // One that is unknown is for the permission chain to refuse.
    if (line == fabric::k_release_lines.end()) return {};
    BSN_TRY(api, context.client(Context::Signing::no));
    std::error_code ignored;
    if (std::filesystem::exists(context.home().network_folder(), ignored)) {
        BSN_CHECK(installed_fabric(context, *line));
    }
    const auto end = SteadyClock::now() + k_patience;
    for (bool told = false;; std::this_thread::sleep_for(k_look)) {
        BSN_TRY(known, api->call_json({.target = "/v1/nodes"}));
        const std::string missing = missing_organisation(known, nodes, version);
        if (missing.empty()) return {};
        if (SteadyClock::now() > end) {
            return Error{
                Code::unavailable,
                fmt::format(
                    "city node {} offers no Fabric {} yet; whoever runs it installs it with "
                    "`bsn framework install fabric --version {}`, and `bsn status` tells "
                    "why if that is done",
                    missing, version, version)};
        }
        if (!std::exchange(told, true)) {
            context.out().text(
                fmt::format("Waiting until all city nodes offer Hyperledger Fabric {}.", version));
        }
    }
}

Status await_contract(Context& context, const std::string& app, const std::string& contract,
                      std::uint64_t version) {
    BSN_TRY(api, context.client(Context::Signing::no));
    const auto end = SteadyClock::now() + k_patience;
    const auto knows = [&](const Json& record) {
        for (const Json& one : record.value("contracts", Json::array())) {
            if (text_of(one, "name") == contract) return number_of(one, "version") >= version;
        }
        return false;
    };
    for (std::size_t node = 0; node < api->endpoints().size(); ++node) {
        for (;; std::this_thread::sleep_for(k_look)) {
            BSN_TRY(record, api->get_from(node, "/v1/apps/" + app, 5'000));
            if (knows(record)) break;
            if (SteadyClock::now() > end) {
                return Error{Code::unavailable,
                             fmt::format("the permission chain has it, and {} has not heard of it "
                                         "yet; `bsn status` tells why",
                                         api->endpoints()[node].url())};
            }
        }
    }
    return await_channel(context, app, false);
}

Status await_channel(Context& context, const std::string& app, bool packages) {
    BSN_TRY(api, context.client(Context::Signing::no));
    BSN_TRY(record, api->call_json({.target = "/v1/apps/" + app}));
    std::set<std::string> members;
    for (const Json& node : record.value("nodes", Json::array())) {
        members.insert(text_of(node, "name"));
    }
    const auto end = SteadyClock::now() + (packages ? k_build_patience : k_patience);
    for (std::size_t node = 0; node < api->endpoints().size(); ++node) {
        for (std::string told;; std::this_thread::sleep_for(k_look)) {
            BSN_TRY(status, api->get_from(node, "/v1/status", 5'000));
            if (!members.contains(text_of(status, "name"))) break;
            const ChannelState state = state_of(status, app);
            if (state.known && state.step.empty()) break;
            if (SteadyClock::now() > end || is_final(state.alarm)) {
                return Error{
                    Code::unavailable,
                    fmt::format("the permission chain has it, and the channel of {} is not "
                                "ready on {} yet: {}{}{}; `bsn app show {}` tells how "
                                "far it is",
                                app, text_of(status, "name"), state.step,
                                state.alarm.empty() ? "" : "; ", state.alarm, app)};
            }
            if (state.step == told) continue;
            told = state.step;
            context.out().text(fmt::format("{}: {}", text_of(status, "name"), told));
        }
    }
    return {};
}

}  // namespace bsn::cli
