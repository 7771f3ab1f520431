#include "registry/view.hpp"

#include "peer/access_table.hpp"
#include "registry/records.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::registry {
namespace {

const MemberRecord* approved_member(const App& app, const Caller* caller) {
    if (caller == nullptr) return nullptr;
    auto found = app.members.find(caller->participant);
    if (found == app.members.end() || found->second.state != MembershipState::approved) {
        return nullptr;
    }
    return &found->second;
}

/// Where the record of a member's part in an app lies.
struct PartKey {
    ledger::ChannelId channel;
    ledger::ParticipantId member;
    ByteView rest;
};

/// Reads a key: tag, channel, member, and the rest.
Result<PartKey> part_of(ByteView key) {
    constexpr std::size_t k_ids = 1 + ledger::ChannelId::size() + ledger::ParticipantId::size();
    if (key.size() < k_ids) return Error{Code::corrupted, "a key of the permission chain is cut"};
    BSN_TRY(channel, ledger::ChannelId::from(key.subspan(1, ledger::ChannelId::size())));
    BSN_TRY(member, ledger::ParticipantId::from(
                        key.subspan(1 + ledger::ChannelId::size(), ledger::ParticipantId::size())));
    return PartKey{channel, member, key.subspan(k_ids)};
}

std::string role_list(const MemberRecord& member) {
    return fmt::format("{}", fmt::join(member.roles, ", "));
}

}  // namespace

std::string_view membership_state_name(MembershipState state) {
    switch (state) {
        case MembershipState::invited: return "invited";
        case MembershipState::requested: return "requested";
        case MembershipState::approved: return "approved";
        case MembershipState::removed: return "removed";
    }
    return "removed";
}

std::string_view key_mode_name(KeyMode mode) {
    return mode == KeyMode::upload ? "upload" : "trust";
}

std::string_view node_state_name(NodeState state) {
    switch (state) {
        case NodeState::admitted: return "admitted";
        case NodeState::active: return "active";
        case NodeState::left: return "left";
        case NodeState::revoked: return "revoked";
    }
    return "revoked";
}

std::shared_ptr<const App> View::app(std::string_view name_or_channel) const {
    std::shared_lock lock(mutex_);
    auto found = apps_.find(name_or_channel);
    if (found != apps_.end()) return found->second;
    auto channel = fixed_from_hex<ledger::ChannelId>(name_or_channel);
    if (!channel) return nullptr;
    auto by_channel = by_channel_.find(*channel);
    return by_channel == by_channel_.end() ? nullptr : by_channel->second;
}

std::shared_ptr<const App> View::app(const ledger::ChannelId& channel) const {
    std::shared_lock lock(mutex_);
    auto found = by_channel_.find(channel);
    return found == by_channel_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const App>> View::apps() const {
    std::shared_lock lock(mutex_);
    std::vector<std::shared_ptr<const App>> apps;
    apps.reserve(apps_.size());
    for (const auto& [name, app] : apps_) apps.push_back(app);
    return apps;
}

std::optional<NodeRecord> View::node(const ledger::NodeId& id) const {
    std::shared_lock lock(mutex_);
    auto found = nodes_.find(id);
    if (found == nodes_.end()) return std::nullopt;
    return found->second;
}

std::vector<NodeRecord> View::nodes() const {
    std::shared_lock lock(mutex_);
    std::vector<NodeRecord> nodes;
    for (const auto& [id, node] : nodes_) nodes.push_back(node);
    return nodes;
}

std::optional<FabricOrganisation> View::fabric_of(const ledger::NodeId& id,
                                                  std::string_view release) const {
    std::shared_lock lock(mutex_);
    auto found = fabric_.find({id, std::string(release)});
    if (found == fabric_.end()) return std::nullopt;
    return found->second;
}

std::shared_ptr<const ledger::EpochRecord> View::system_epoch() const {
    std::shared_lock lock(mutex_);
    return system_epoch_;
}

std::optional<ParticipantRecord> View::participant(const ledger::ParticipantId& id) const {
    std::shared_lock lock(mutex_);
    auto found = participants_.find(id);
    if (found == participants_.end()) return std::nullopt;
    return found->second;
}

bool View::may_publish(const ledger::ParticipantId& participant) const {
    std::shared_lock lock(mutex_);
    return publishers_.contains(participant);
}

std::optional<ledger::ParticipantId> View::user(std::string_view app,
                                                const ledger::ParticipantId& sponsor,
                                                std::string_view name) const {
    const std::shared_ptr<const App> known = this->app(app);
    if (!known) return std::nullopt;
    const auto users = known->users.find(sponsor);
    if (users == known->users.end()) return std::nullopt;
    const auto found = users->second.find(name);
    if (found == users->second.end()) return std::nullopt;
    return found->second;
}

Users View::users(std::string_view app, const ledger::ParticipantId& sponsor) const {
    const std::shared_ptr<const App> known = this->app(app);
    if (!known) return {};
    const auto users = known->users.find(sponsor);
    return users == known->users.end() ? Users{} : users->second;
}

std::optional<ledger::ParticipantId> View::sponsor_of(
    const ledger::ParticipantId& participant) const {
    std::shared_lock lock(mutex_);
    const auto found = sponsors_.find(participant);
    if (found == sponsors_.end()) return std::nullopt;
    return found->second;
}

std::optional<ledger::NodeId> View::custodian(std::string_view app,
                                              const ledger::ParticipantId& member) const {
    const std::shared_ptr<const App> known = this->app(app);
    if (!known) return std::nullopt;
    const auto found = known->custodians.find(member);
    if (found == known->custodians.end()) return std::nullopt;
    return found->second;
}

Seen View::seen_at() const {
    std::shared_lock lock(mutex_);
    return seen_;
}

void View::note_seen(const Seen& seen) {
    std::unique_lock lock(mutex_);
    seen_ = seen;
}

Status View::may_call(const App& app, const Caller* caller, std::string_view contract,
                      std::string_view function) const {
    const MemberRecord* member = approved_member(app, caller);
    for (const ledger::RoleControl& role : app.record.roles) {
        bool held = role.is_public ||
                    (member != nullptr && std::find(member->roles.begin(), member->roles.end(),
                                                    role.name) != member->roles.end());
        if (held && peer::role_permits(role, contract, function)) return {};
    }
    if (caller == nullptr) {
        return Error{Code::unauthenticated,
                     fmt::format("{}.{} of app {} is for its participants; sign the request",
                                 contract, function, app.record.name)};
    }
    if (member == nullptr) {
        return Error{Code::forbidden, fmt::format("participant {} is no member of app {}; join it "
                                                  "first",
                                                  to_hex(caller->participant), app.record.name)};
    }
    return Error{
        Code::forbidden,
        fmt::format("{}.{} of app {} is not permitted to the roles {} of participant {}", contract,
                    function, app.record.name, role_list(*member), to_hex(caller->participant))};
}

Status View::may_read(const App& app, const Caller* caller) const {
    if (approved_member(app, caller) != nullptr) return {};
    for (const ledger::RoleControl& role : app.record.roles) {
        const auto& functions = role.functions;
        if (role.is_public &&
            std::find(functions.begin(), functions.end(), "*") != functions.end()) {
            return {};
        }
    }
    if (caller == nullptr) {
        return Error{Code::unauthenticated,
                     fmt::format("app {} can be read by its participants; sign the request",
                                 app.record.name)};
    }
    return Error{Code::forbidden,
                 fmt::format("participant {} is no member of app {} and may not read it",
                             to_hex(caller->participant), app.record.name)};
}

void View::take(View& other) {
    std::scoped_lock lock(mutex_, other.mutex_);
    apps_ = std::move(other.apps_);
    by_channel_ = std::move(other.by_channel_);
    nodes_ = std::move(other.nodes_);
    fabric_ = std::move(other.fabric_);
    participants_ = std::move(other.participants_);
    publishers_ = std::move(other.publishers_);
    sponsors_ = std::move(other.sponsors_);
    system_epoch_ = std::move(other.system_epoch_);
    ++revision_;
}

Status View::load(const ledger::StateReader& state) {
    std::map<std::string, std::shared_ptr<const App>, std::less<>> apps;
    std::map<ledger::ChannelId, std::shared_ptr<const App>> by_channel;
    std::map<ledger::ChannelId, std::map<ledger::ParticipantId, MemberRecord>> members;
    std::map<ledger::NodeId, NodeRecord> nodes;
    std::map<std::pair<ledger::NodeId, std::string>, FabricOrganisation> fabric;
    std::map<ledger::ParticipantId, ParticipantRecord> participants;
    std::set<ledger::ParticipantId> publishers;
    std::map<ledger::ChannelId, std::map<ledger::ParticipantId, Users>> users;
    std::map<ledger::ParticipantId, ledger::ParticipantId> sponsors;
    std::map<ledger::ChannelId, std::map<ledger::ParticipantId, ledger::NodeId>> custodians;
    Status failure;
    auto scan = [&](char tag, auto&& take) -> Status {
        std::uint8_t prefix = static_cast<std::uint8_t>(tag);
        BSN_CHECK(state.scan(k_contract, {&prefix, 1}, {}, [&](ByteView key, ByteView value) {
            failure = take(key, value);
            return failure.ok();
        }));
        return failure;
    };
    BSN_CHECK(scan(k_node_tag, [&](ByteView, ByteView value) -> Status {
        BSN_TRY(node, decode_node(value));
        nodes[node.id] = node;
        return {};
    }));
    BSN_CHECK(scan(k_fabric_tag, [&](ByteView key, ByteView value) -> Status {
        BSN_TRY(node, ledger::NodeId::from(
                          key.subspan(1).first(std::min(key.size() - 1, ledger::NodeId::k_size))));
        BSN_TRY(organisation, decode_fabric_organisation(value));
        fabric[{node, organisation.release}] = std::move(organisation);
        return {};
    }));
    BSN_CHECK(scan(k_participant_tag, [&](ByteView, ByteView value) -> Status {
        BSN_TRY(stored, decode_participant(value));
        participants[stored.record.id] = stored.record;
        if (stored.may_publish) publishers.insert(stored.record.id);
        return {};
    }));
    BSN_CHECK(scan(k_member_tag, [&](ByteView key, ByteView value) -> Status {
        BSN_TRY(channel, ledger::ChannelId::from(key.subspan(1, ledger::ChannelId::size())));
        BSN_TRY(member, decode_member(value));
        members[channel][member.participant] = member;
        return {};
    }));
    BSN_CHECK(scan(k_user_tag, [&](ByteView key, ByteView value) -> Status {
        BSN_TRY(at, part_of(key));
        BSN_TRY(user, ledger::ParticipantId::from(value));
        users[at.channel][at.member][to_text(at.rest)] = user;
        sponsors[user] = at.member;
        return {};
    }));
    BSN_CHECK(scan(k_custodian_tag, [&](ByteView key, ByteView value) -> Status {
        BSN_TRY(at, part_of(key));
        BSN_TRY(node, ledger::NodeId::from(value));
        const auto known = nodes.find(node);
        if (known != nodes.end() && known->second.state == NodeState::active) {
            custodians[at.channel][at.member] = node;
        }
        return {};
    }));
    BSN_CHECK(scan(k_app_tag, [&](ByteView, ByteView value) -> Status {
        BSN_TRY(record, decode_app(value));
        auto app = std::make_shared<App>();
        app->members = std::move(members[record.channel]);
        app->users = std::move(users[record.channel]);
        app->custodians = std::move(custodians[record.channel]);
        std::erase_if(app->custodians,
                      [&](const auto& one) { return !record.epoch.index_of(one.second); });
        app->record = std::move(record);
        by_channel[app->record.channel] = app;
        apps[app->record.name] = app;
        return {};
    }));
    BSN_TRY(stored_settings, state.get(k_contract, settings_key()));
    if (stored_settings) {
        BSN_TRY(settings, decode_settings(*stored_settings));
        publishers.insert(settings.operators.begin(), settings.operators.end());
    }
    std::shared_ptr<const ledger::EpochRecord> system_epoch;
    BSN_TRY(stored_epoch, state.get(k_contract, system_epoch_key()));
    if (stored_epoch) {
        BSN_TRY(record, ledger::EpochRecord::decode(*stored_epoch));
        system_epoch = std::make_shared<const ledger::EpochRecord>(std::move(record));
    }
    std::unique_lock lock(mutex_);
    system_epoch_ = std::move(system_epoch);
    apps_ = std::move(apps);
    by_channel_ = std::move(by_channel);
    nodes_ = std::move(nodes);
    fabric_ = std::move(fabric);
    participants_ = std::move(participants);
    publishers_ = std::move(publishers);
    sponsors_ = std::move(sponsors);
    ++revision_;
    return {};
}

}  // namespace bsn::registry
