#include "node/outside_apps.hpp"

#include "framework/ledger/permission_age.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::node {
namespace {

namespace network = framework::fisco_network;

bool is_open(const registry::AppRecord& app) {
    return std::any_of(app.roles.begin(), app.roles.end(), [](const ledger::RoleControl& role) {
        return role.is_public &&
               std::find(role.functions.begin(), role.functions.end(), "*") != role.functions.end();
    });
}

}  // namespace

Error not_here(const registry::AppRecord& app) {
    return {Code::unavailable, fmt::format("this city node does not serve the app {}; ask one of "
                                           "those that it names",
                                           app.name)};
}

Result<std::shared_ptr<const registry::App>> OutsideApps::find(ByteView channel) const {
    BSN_TRY(id, ledger::ChannelId::from(channel));
    auto app = view_.app(id);
    if (app && app->record.network) return app;
    return Error{Code::not_found, "there is no such app on a network outside"};
}

Result<network::NetworkSpec> OutsideApps::network_of(ByteView channel) const {
    BSN_TRY(app, find(channel));
    if (!app->record.epoch.index_of(own_)) return not_here(app->record);
    const registry::OutsideNetwork& said = *app->record.network;
    network::NetworkSpec spec;
    for (const std::string& text : said.endpoints) {
        BSN_TRY(url, framework::rpc::Url::parse(text));
        spec.endpoints.push_back(std::move(url));
    }
    spec.authority = said.authority;
    spec.trust = network::Trust::of(said, app->record.suite);
    return spec;
}

Status OutsideApps::may_write(ByteView channel, const crypto::PublicKey& signer) const {
    BSN_CHECK(framework::check_permission_age(view_.seen_at(), clock_.monotonic(), max_age_ms_));
    BSN_TRY(app, find(channel));
    if (app->record.state != ledger::AppState::active) {
        return Error{Code::suspended,
                     fmt::format("app {} is suspended: {}", app->record.name, app->record.reason)};
    }
    if (is_open(app->record)) return {};
    for (const auto& [id, member] : app->members) {
        if (member.state != registry::MembershipState::approved || member.roles.empty()) continue;
        auto participant = view_.participant(id);
        if (participant && !participant->revoked && participant->key == signer) return {};
    }
    return Error{Code::forbidden,
                 fmt::format("the signing key {} is no member's of app {}; join it first",
                             to_hex(signer.bytes), app->record.name)};
}

}  // namespace bsn::node
