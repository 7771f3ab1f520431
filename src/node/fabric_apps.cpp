#include "node/fabric_apps.hpp"

#include "framework/ledger/permission_age.hpp"
#include "framework/node_signer.hpp"
#include "node/outside_apps.hpp"
#include "registry/records.hpp"

#include <fmt/format.h>

#include <future>

namespace bsn::node {
namespace {

namespace fabric = framework::fabric;

constexpr std::uint64_t k_answer_ms = 10'000;
constexpr std::chrono::milliseconds k_look{50};

}  // namespace

std::map<Bytes, fabric::AppPlan> FabricApps::apps() const {
    std::map<Bytes, fabric::AppPlan> apps;
    for (const auto& app : view_.apps()) {
        const registry::AppRecord& record = app->record;
        if (!record.fabric || !record.epoch.index_of(identity_.id())) continue;
        fabric::AppPlan plan;
        plan.channel.name = fabric::channel_name(record.channel);
        plan.channel.channel = *record.fabric;
        plan.channel.created = record.created;
        plan.contracts = record.contracts;
        apps.emplace(to_bytes(record.channel.view()), std::move(plan));
    }
    return apps;
}

bool FabricApps::may_announce() const {
    const auto node = view_.node(identity_.id());
    return node && node->state == registry::NodeState::active;
}

std::optional<registry::FabricOrganisation> FabricApps::announced(std::string_view release) const {
    return view_.fabric_of(identity_.id(), release);
}

Status FabricApps::announce(const registry::FabricOrganisation& organisation) {
    const framework::NodeSigner signer(identity_);
    BSN_TRY(transaction, system_->make_transaction({std::string(registry::k_contract),
                                                    "announce_fabric",
                                                    {to_bytes(registry::to_json(organisation))},
                                                    {},
                                                    &signer}));
    // Shared, since the chain may let go of the callback after it has been called.
    auto promise = std::make_shared<std::promise<Status>>();
    auto answered = promise->get_future();
    system_->submit({std::move(transaction)}, k_answer_ms,
                    [promise](std::vector<Result<framework::TransactionView>> answers) {
                        const auto& answer = answers.at(0);
                        Status status;
                        if (!answer) {
                            status = answer.error();
                        } else if (!answer->success) {
                            status = Error{Code::contract_failed, answer->error};
                        }
                        promise->set_value(std::move(status));
                    });
    while (answered.wait_for(k_look) != std::future_status::ready) {
        if (closed_) return Error{Code::unavailable, "the node stops"};
    }
    return answered.get();
}

Result<std::shared_ptr<const registry::App>> FabricApps::active_app(ByteView channel) const {
    BSN_CHECK(framework::check_permission_age(view_.seen_at(), clock_.monotonic(), max_age_ms_));
    BSN_TRY(id, ledger::ChannelId::from(channel));
    auto app = view_.app(id);
    if (!app) return Error{Code::not_found, "there is no such app"};
    if (app->record.state == ledger::AppState::active) return app;
    return Error{Code::suspended,
                 fmt::format("app {} is suspended: {}", app->record.name, app->record.reason)};
}

std::optional<registry::Caller> FabricApps::member_with(const registry::App& app,
                                                        const crypto::PublicKey& key) const {
    for (const auto& [participant, member] : app.members) {
        if (member.state != registry::MembershipState::approved) continue;
        const auto record = view_.participant(participant);
        if (record && !record->revoked && record->key == key) {
            return registry::Caller{participant, key};
        }
    }
    return std::nullopt;
}

Status FabricApps::may_call(ByteView channel, const crypto::PublicKey& signer,
                            const std::string& contract, const std::string& function) const {
    BSN_TRY(app, active_app(channel));
    const auto caller = member_with(*app, signer);
    if (caller) return view_.may_call(*app, &*caller, contract, function);
    // Others' channels may be open to whoever is on them.
    if (app->record.fabric_network && view_.may_call(*app, nullptr, contract, function)) return {};
    return Error{Code::forbidden,
                 fmt::format("the signing key {} is no member's of app {}; join it first",
                             to_hex(signer.bytes), app->record.name)};
}

Result<fabric::JoinedApp> FabricApps::joined(ByteView channel) const {
    BSN_TRY(id, ledger::ChannelId::from(channel));
    const auto app = view_.app(id);
    if (!app || !app->record.fabric_network) {
        return Error{Code::not_found, "there is no such app on a network of Fabric outside"};
    }
    if (!app->record.epoch.index_of(identity_.id())) return not_here(app->record);
    return fabric::JoinedApp{app->record.name, *app->record.fabric_network};
}

}  // namespace bsn::node
