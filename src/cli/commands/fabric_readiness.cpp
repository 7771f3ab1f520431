#include "cli/commands/fabric_readiness.hpp"

#include "cli/commands/framework.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace bsn::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds k_patience{90};
constexpr std::chrono::seconds k_build_patience{900};  ///< where packages are built
constexpr std::chrono::milliseconds k_look{200};

/// The first of the nodes that has announced nothing; empty: all have.
std::string missing_organisation(const Json& nodes, const std::vector<std::string>& wanted) {
    for (const Json& node : nodes.value("nodes", Json::array())) {
        const std::string name = text_of(node, "name");
        const bool is_wanted = wanted.empty()
                                   ? text_of(node, "state") == "active"
                                   : std::find(wanted.begin(), wanted.end(), name) != wanted.end();
        if (is_wanted && !node.contains("fabric")) return name;
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

Status prepare_fabric(Context& context, const std::vector<std::string>& nodes) {
    BSN_TRY(api, context.client(Context::Signing::no));
    std::error_code ignored;
    if (std::filesystem::exists(context.home().network_folder(), ignored)) {
        BSN_CHECK(installed_fabric(context, framework::fabric::k_release_lines.front()));
    }
    const auto end = SteadyClock::now() + k_patience;
    for (bool told = false;; std::this_thread::sleep_for(k_look)) {
        BSN_TRY(known, api->call_json({.target = "/v1/nodes"}));
        const std::string missing = missing_organisation(known, nodes);
        if (missing.empty()) return {};
        if (SteadyClock::now() > end) {
            return Error{
                Code::unavailable,
                fmt::format("city node {} offers no Fabric yet; whoever runs it installs it with "
                            "`bsn framework install fabric`, and `bsn status` tells why if that is "
                            "done",
                            missing)};
        }
        if (!std::exchange(told, true)) {
            context.out().text("Waiting until all city nodes offer Hyperledger Fabric.");
        }
    }
}

Status await_channel(Context& context, const std::string& app, bool packages) {
    BSN_TRY(api, context.client(Context::Signing::no));
    const auto end = SteadyClock::now() + (packages ? k_build_patience : k_patience);
    for (std::size_t node = 0; node < api->endpoints().size(); ++node) {
        for (std::string told;; std::this_thread::sleep_for(k_look)) {
            BSN_TRY(status, api->get_from(node, "/v1/status", 5'000));
            const ChannelState state = state_of(status, app);
            if (state.known && state.step.empty()) break;
            if (SteadyClock::now() > end || is_final(state.alarm)) {
                return Error{Code::unavailable,
                             fmt::format("{} is published, and its channel is not open on {} yet: "
                                         "{}{}{}; `bsn app show {}` tells how far it is",
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
