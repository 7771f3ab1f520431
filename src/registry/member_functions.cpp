// Participants' parts in apps.

#include "registry/functions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::registry {

Status require_suite(const AppRecord& app, const ParticipantRecord& participant) {
    if (participant.key.suite == app.suite) return {};
    return refuse(fmt::format(
        "app {} uses suite {}, the participant's key is of {}; join with a key "
        "of the app's suite",
        app.name, crypto::suite_name(app.suite), crypto::suite_name(participant.key.suite)));
}

Result<Bytes> invite(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 3, 3));
    BSN_TRY(app, own_app(context, arguments[0]));
    auto id = fixed_from_hex<ledger::ParticipantId>(arguments[1]);
    if (!id) return refuse("the participant id is not 64 hexadecimal digits");
    BSN_TRY(roles, parse_roles(app, arguments[2]));
    BSN_TRY(member, find_member(context, app, *id));
    if (member && member->state == MembershipState::approved) {
        return refuse(
            fmt::format("participant {} is a member of app {} already", arguments[1], app.name));
    }
    BSN_CHECK(put_member(context, app, {*id, MembershipState::invited, roles}));
    return Bytes{};
}

Result<Bytes> join_app(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 2, 2));
    BSN_TRY(app, find_app(context, arguments[0]));
    BSN_TRY(participant, caller(context));
    BSN_CHECK(refuse_user(participant, "a user joins no app"));
    BSN_CHECK(require_suite(app, participant.record));
    BSN_TRY(roles, parse_roles(app, arguments[1]));
    BSN_TRY(member, find_member(context, app, participant.record.id));
    MembershipState state = MembershipState::requested;
    if (member && member->state == MembershipState::approved) {
        bool has_all = true;
        for (const std::string& role : roles) {
            has_all = has_all && std::find(member->roles.begin(), member->roles.end(), role) !=
                                     member->roles.end();
        }
        if (has_all) {
            return refuse(
                fmt::format("you are a member of app {} with these roles already", app.name));
        }
        return refuse(
            fmt::format("you are a member of app {} already; its publisher can give you "
                        "further roles",
                        app.name));
    }
    if (member && member->state == MembershipState::invited) {
        state = MembershipState::approved;
        roles = member->roles;
    } else if (!app.open_to_join) {
        return refuse(fmt::format("app {} takes members by invitation only", app.name));
    }
    BSN_CHECK(put_member(context, app, {participant.record.id, state, roles}));
    context.emit("member_" + std::string(membership_state_name(state)),
                 {to_bytes(app.channel.view()), to_bytes(participant.record.id.view())}, {});
    return to_bytes(membership_state_name(state));
}

Result<Bytes> approve(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 2, 3));
    BSN_TRY(app, own_app(context, arguments[0]));
    BSN_TRY(participant, find_participant(context, arguments[1]));
    BSN_CHECK(require_suite(app, participant.record));
    BSN_CHECK(refuse_user(participant, "a user has the roles of their sponsor"));
    if (participant.record.revoked) {
        return refuse(fmt::format("participant {} is revoked", arguments[1]));
    }
    BSN_TRY(member, find_member(context, app, participant.record.id));
    if (!member || member->state == MembershipState::removed) {
        return refuse(
            fmt::format("participant {} has not asked to join app {}", arguments[1], app.name));
    }
    if (member->state == MembershipState::invited) {
        return refuse(fmt::format("participant {} is invited and has not joined app {} yet",
                                  arguments[1], app.name));
    }
    if (arguments.size() > 2) {
        BSN_TRY(roles, parse_roles(app, arguments[2]));
        member->roles = roles;
    } else if (member->state == MembershipState::approved) {
        return refuse(
            fmt::format("participant {} is a member of app {} already", arguments[1], app.name));
    }
    member->state = MembershipState::approved;
    BSN_CHECK(put_member(context, app, *member));
    BSN_CHECK(follow_sponsor(context, app, *member));
    return Bytes{};
}

Result<Bytes> remove_member(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 2, 2));
    BSN_TRY(app, own_app(context, arguments[0]));
    auto id = fixed_from_hex<ledger::ParticipantId>(arguments[1]);
    if (!id) return refuse("the participant id is not 64 hexadecimal digits");
    BSN_TRY(member, find_member(context, app, *id));
    if (!member || member->state == MembershipState::removed) {
        return refuse(fmt::format("participant {} is no member of app {}", arguments[1], app.name));
    }
    const bool was_approved = member->state == MembershipState::approved;
    member->state = MembershipState::removed;
    BSN_CHECK(put_member(context, app, *member));
    if (!was_approved) return Bytes{};
    BSN_CHECK(follow_sponsor(context, app, *member));
    BSN_TRY(participant, find_participant(context, arguments[1]));
    BSN_CHECK(forget_user(context, participant.record));
    return Bytes{};
}

}  // namespace bsn::registry
