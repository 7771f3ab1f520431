#include "support/fake_backend.hpp"

#include "crypto/hash.hpp"

namespace bsn::testing {
namespace {

template <typename Value>
Value hashed(std::string_view text) {
    return *Value::from(crypto::hash(crypto::HashId::sha256, as_bytes(text)));
}

std::shared_ptr<registry::App> make_app(std::string name, bool open) {
    auto app = std::make_shared<registry::App>();
    app->record.channel = FakeBackend::channel_of(name);
    app->record.name = std::move(name);
    app->record.description = "an app for tests";
    app->record.framework = "ledger";
    app->record.publisher = hashed<ledger::ParticipantId>("publisher");
    app->record.contracts = {{"kv", "kv", 1}};
    app->record.roles = {{"reader", false, {"kv.echo", "kv.whoami", "kv.bytes", "kv.wrong"}}};
    if (open) app->record.roles.push_back({"everybody", true, {"*"}});
    for (const char* city : {"node-0", "node-1", "node-2"}) {
        app->record.epoch.peers.push_back({hashed<ledger::NodeId>(city), city, "operator", {}});
    }
    return app;
}

bool is_member(const registry::App& app, const registry::Caller* caller) {
    if (caller == nullptr) return false;
    auto member = app.members.find(caller->participant);
    return member != app.members.end() &&
           member->second.state == registry::MembershipState::approved;
}

bool is_open(const registry::App& app) {
    for (const auto& role : app.record.roles) {
        if (role.is_public && role.functions == std::vector<std::string>{"*"}) return true;
    }
    return false;
}

}  // namespace

ledger::ChannelId FakeBackend::channel_of(std::string_view app) {
    return hashed<ledger::ChannelId>(app);
}

FakeBackend::FakeBackend(Executor& executor)
    : network_(hashed<ledger::NetworkId>("network")),
      view_(channel_of("system")),
      kv_(executor),
      open_(executor),
      system_(executor) {
    kv_.add_rpc();
    open_.add_rpc();
    apps_.emplace("kv", make_app("kv", false));
    apps_.emplace("open", make_app("open", true));
    apps_.emplace("elsewhere", make_app("elsewhere", true));
}

Result<framework::Chain*> FakeBackend::chain(std::string_view name) {
    if (name == "system") return &system_;
    auto found = app(name);
    if (!found) return Error{Code::not_found, "no such app"};
    if (found->record.name == "kv") return &kv_;
    if (found->record.name == "open") return &open_;
    return Error{Code::unavailable, "this node is not one of the app's; ask node-7"};
}

gateway::NodeStatus FakeBackend::status() const {
    std::lock_guard lock(mutex_);
    gateway::NodeStatus status;
    status.network = to_hex(network_);
    status.network_name = "test";
    status.node = std::string(64, 'a');
    status.name = "node-0";
    status.ordering = "embedded";
    status.chains.push_back({.app = "system", .state = "active", .height = 3});
    status.chains.push_back({.app = "kv", .state = "active", .alarm = alarm_, .height = 9});
    return status;
}

std::shared_ptr<const registry::App> FakeBackend::app(std::string_view name_or_channel) const {
    std::lock_guard lock(mutex_);
    for (const auto& [name, app] : apps_) {
        if (name == name_or_channel || to_hex(app->record.channel) == name_or_channel) return app;
    }
    return nullptr;
}

std::vector<std::shared_ptr<const registry::App>> FakeBackend::apps() const {
    std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const registry::App>> all;
    all.reserve(apps_.size());
    for (const auto& [name, app] : apps_) all.push_back(app);
    return all;
}

std::vector<registry::NodeRecord> FakeBackend::nodes() const {
    registry::NodeRecord node;
    node.id = hashed<ledger::NodeId>("node-0");
    node.name = "node-0";
    node.city = "Beijing";
    node.keys.resize(3);
    return {node};
}

std::optional<registry::ParticipantRecord> FakeBackend::participant(
    const ledger::ParticipantId& id) const {
    std::lock_guard lock(mutex_);
    auto found = participants_.find(id);
    if (found == participants_.end()) return std::nullopt;
    return found->second;
}

Status FakeBackend::may_call(const registry::App& app, const registry::Caller* caller,
                             std::string_view contract, std::string_view function) const {
    if (is_open(app)) return {};
    if (caller == nullptr) return Error{Code::unauthenticated, "say who asks"};
    if (!is_member(app, caller)) return Error{Code::forbidden, "not a member of this app"};
    std::string called = std::string(contract) + "." + std::string(function);
    for (const std::string& permitted : app.record.roles.front().functions) {
        if (permitted == called) return {};
    }
    return Error{Code::forbidden, "no role of yours permits " + called};
}

Status FakeBackend::may_read(const registry::App& app, const registry::Caller* caller) const {
    if (is_open(app) || is_member(app, caller)) return {};
    if (caller == nullptr) return Error{Code::unauthenticated, "say who asks"};
    return Error{Code::forbidden, "not a member of this app"};
}

void FakeBackend::set_alarm(std::string alarm) {
    std::lock_guard lock(mutex_);
    alarm_ = std::move(alarm);
}

void FakeBackend::add_participant(const registry::ParticipantRecord& record, bool member) {
    std::lock_guard lock(mutex_);
    participants_[record.id] = record;
    if (!member) return;
    auto app = std::make_shared<registry::App>(*apps_["kv"]);
    app->members[record.id] = {record.id, registry::MembershipState::approved, {"reader"}};
    apps_["kv"] = app;
}

void FakeBackend::change_participant(
    const ledger::ParticipantId& id,
    const std::function<void(registry::ParticipantRecord&)>& change) {
    std::lock_guard lock(mutex_);
    change(participants_.at(id));
}

void FakeBackend::change_app(const std::string& name,
                             const std::function<void(registry::App&)>& change) {
    std::lock_guard lock(mutex_);
    auto app = std::make_shared<registry::App>(*apps_.at(name));
    change(*app);
    apps_[name] = app;
}

void FakeBackend::remove_member(const ledger::ParticipantId& id) {
    std::lock_guard lock(mutex_);
    auto app = std::make_shared<registry::App>(*apps_["kv"]);
    app->members.at(id).state = registry::MembershipState::removed;
    apps_["kv"] = app;
}

}  // namespace bsn::testing
