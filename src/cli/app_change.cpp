#include "cli/app_change.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace bsn::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto k_patience = std::chrono::seconds(3);
constexpr std::uint64_t k_probe_ms = 1'000;
constexpr auto k_poll = std::chrono::milliseconds(20);
constexpr std::string_view k_approved = "approved";
constexpr std::size_t k_most_apps = 100;

}  // namespace

AppWatch::AppWatch(NodeClient& api, std::string app) : api_(api), app_(std::move(app)) {
    for (std::size_t i = 0; i < api_.endpoints().size(); ++i) before_.push_back(certified_at(i));
}

std::optional<ledger::Height> AppWatch::certified_at(std::size_t node) const {
    auto status = api_.get_from(node, "/v1/status", k_probe_ms);
    if (!status || !status->is_object()) return std::nullopt;
    for (const Json& chain : status->value("chains", Json::array())) {
        bool same = text_of(chain, "app") == app_ || text_of(chain, "channel") == app_;
        if (same) return number_of(chain, "certified");
    }
    return std::nullopt;
}

void AppWatch::wait() const {
    auto end = SteadyClock::now() + k_patience;
    for (std::size_t i = 0; i < before_.size(); ++i) {
        while (before_[i] && SteadyClock::now() < end) {
            auto now = certified_at(i);
            if (!now || *now > *before_[i]) break;
            std::this_thread::sleep_for(k_poll);
        }
    }
}

Result<SubmitAnswer> change_app(Context& context, const std::string& app,
                                const std::string& function, std::vector<Bytes> arguments) {
    BSN_TRY(api, context.client(Context::Signing::yes));
    AppWatch watch(*api, app);
    BSN_TRY(answer, context.transact("system", {"registry", function, std::move(arguments)}));
    bool concerns_chain =
        function != "invite" && (function != "join_app" || as_text(answer.result) == k_approved);
    if (concerns_chain) watch.wait();
    return std::move(answer);
}

std::vector<AppWatch> watch_own_apps(NodeClient& api) {
    std::vector<AppWatch> watches;
    auto apps = api.call_json({.target = "/v1/apps"});
    if (!apps || !apps->is_object()) return watches;
    for (const Json& app : apps->value("apps", Json::array())) {
        if (watches.size() == k_most_apps) break;
        std::string name = text_of(app, "name");
        auto record = api.app_record(name);
        if (!record || !record->contains("membership")) continue;
        if (text_of((*record)["membership"], "state") == k_approved)
            watches.emplace_back(api, name);
    }
    return watches;
}

void wait_until_known(NodeClient& api, const std::string& app) {
    auto end = SteadyClock::now() + k_patience;
    for (std::size_t i = 0; i < api.endpoints().size(); ++i) {
        while (SteadyClock::now() < end) {
            auto known = api.get_from(i, "/v1/apps/" + url_encoded(app), k_probe_ms);
            if (known || known.error().code != Code::not_found) break;
            std::this_thread::sleep_for(k_poll);
        }
    }
}

}  // namespace bsn::cli
