// Members' users: participants with keys of their own, in an app for as long as their sponsor is.

#include "base/codec.hpp"
#include "crypto/certificate_request.hpp"
#include "registry/contract.hpp"
#include "registry/node_changes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::registry {
namespace {

constexpr std::size_t k_max_user_name = 64;
/// Of a member of an app: what changes the member rewrites them all in one transaction.
constexpr std::size_t k_max_users = 1000;

Status require_user_name(const std::string& name) {
    const bool printable = std::none_of(name.begin(), name.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
    if (printable && !name.empty() && name.size() <= k_max_user_name) return {};
    return refuse(fmt::format("the name of a user has 1 to {} bytes and no control characters",
                              k_max_user_name));
}

/// The users of a member, by name.
Result<std::vector<std::pair<std::string, ledger::ParticipantId>>> users_of(
    const Context& context, const AppRecord& app, const ledger::ParticipantId& sponsor) {
    std::vector<std::pair<std::string, ledger::ParticipantId>> users;
    const Bytes prefix = user_key(app.channel, sponsor, "");
    Status failure;
    BSN_CHECK(context.scan(prefix, {}, [&](ByteView key, ByteView value) {
        auto id = ledger::ParticipantId::from(value);
        if (!id) {
            failure = Error{Code::corrupted, id.error().message};
            return false;
        }
        users.emplace_back(to_text(key.subspan(prefix.size())), *id);
        return true;
    }));
    BSN_CHECK(failure);
    return users;
}

/// Whether the caller is the active city node of the app to which the member gave its users' keys.
Result<bool> is_custodian(const Context& context, const AppRecord& app,
                          const ledger::ParticipantId& member) {
    BSN_TRY(chosen, context.get(custodian_key(app.channel, member)));
    if (!chosen) return false;
    auto node = calling_node(context);
    if (!node && node.error().code != Code::contract_failed) return node.error();
    return node && node->state == NodeState::active && app.epoch.index_of(node->id) &&
           equal(*chosen, node->id);
}

Status require_sponsor_or_custodian(const Context& context, const AppRecord& app,
                                    const ledger::ParticipantId& sponsor) {
    if (context.call().caller == sponsor) return {};
    BSN_TRY(custodian, is_custodian(context, app, sponsor));
    if (custodian) return {};
    return refuse(
        fmt::format("only member {} of app {}, or the city node that it made its custodian there, "
                    "may do that",
                    to_hex(sponsor), app.name));
}

Result<MemberRecord> approved_member(const Context& context, const AppRecord& app,
                                     const ledger::ParticipantId& id) {
    BSN_TRY(member, find_member(context, app, id));
    if (member && member->state == MembershipState::approved) return std::move(*member);
    return refuse(fmt::format("participant {} is no member of app {}", to_hex(id), app.name));
}

/// A key for which somebody asked for a certificate, which proves that they have it.
Result<crypto::PublicKey> requested_key(const AppRecord& app,
                                        const std::vector<std::string>& arguments) {
    auto der = from_hex(arguments[5]);
    if (!der) return refuse("the certificate request is not hexadecimal digits");
    auto request = crypto::read_certificate_request(*der);
    if (!request) return refuse(request.error().message);
    const std::string wanted = user_certificate_name(arguments[2], app.name);
    if (request->common_name != wanted) {
        return refuse(fmt::format("the common name of the certificate request is '{}', not '{}'",
                                  request->common_name, wanted));
    }
    if (crypto::suite_name(request->key.suite) != arguments[3] ||
        to_hex(request->key.bytes) != arguments[4]) {
        return refuse("the certificate request is for another key");
    }
    return request->key;
}

/// The key of a user, after its proof.
Result<crypto::PublicKey> user_key_of(const Context& context, const AppRecord& app,
                                      const ledger::ParticipantId& sponsor,
                                      const std::vector<std::string>& arguments) {
    if (arguments[5].size() > 2 * crypto::Signature::size()) return requested_key(app, arguments);
    return proven_key(arguments[3], arguments[4], arguments[5], [&](const crypto::PublicKey& key) {
        return user_statement(context.call().network, app.channel, sponsor, arguments[2], key);
    });
}

/// Ends a user's membership and frees the name.
Status drop_user(Context& context, const AppRecord& app, const ledger::ParticipantId& sponsor,
                 const std::string& name, const ledger::ParticipantId& user) {
    context.erase(user_key(app.channel, sponsor, name));
    BSN_TRY(member, find_member(context, app, user));
    if (!member || member->state != MembershipState::approved) return {};
    member->state = MembershipState::removed;
    return put_member(context, app, *member);
}

}  // namespace

Bytes user_statement(const ledger::NetworkId& network, const ledger::ChannelId& app,
                     const ledger::ParticipantId& sponsor, std::string_view name,
                     const crypto::PublicKey& key) {
    Writer body;
    body.text("add_user");
    body.raw(app);
    body.raw(sponsor);
    body.text(name);
    body.u8(static_cast<std::uint8_t>(key.suite));
    body.raw(key.bytes);
    return ledger::encode_statement(ledger::Purpose::request, network,
                                    ledger::system_channel(network), 0, body.view());
}

std::string user_certificate_name(std::string_view name, std::string_view app) {
    return fmt::format("{}@{}", name, app);
}

Status refuse_user(const StoredParticipant& participant, std::string_view why) {
    if (!participant.record.sponsorship) return {};
    return refuse(fmt::format("participant {} is a user of {}: {}", to_hex(participant.record.id),
                              to_hex(participant.record.sponsorship->sponsor), why));
}

Status follow_sponsor(Context& context, const AppRecord& app, const MemberRecord& sponsor) {
    BSN_TRY(users, users_of(context, app, sponsor.participant));
    const bool stays = sponsor.state == MembershipState::approved;
    for (const auto& [name, id] : users) {
        if (stays) {
            BSN_CHECK(put_member(context, app, {id, MembershipState::approved, sponsor.roles}));
        } else {
            BSN_CHECK(drop_user(context, app, sponsor.participant, name, id));
        }
    }
    if (!stays) context.erase(custodian_key(app.channel, sponsor.participant));
    return {};
}

Status forget_user(Context& context, const ParticipantRecord& user) {
    if (!user.sponsorship) return {};
    const Bytes key = user_key(user.sponsorship->channel, user.sponsorship->sponsor, user.name);
    BSN_TRY(named, context.get(key));
    // The name may be another user's by now.
    if (named && equal(*named, user.id)) context.erase(key);
    return {};
}

Status move_custody(Context& context, const ledger::NodeId& from, const ledger::NodeId& to) {
    std::vector<Bytes> keys;
    const auto prefix = static_cast<std::uint8_t>(k_custodian_tag);
    BSN_CHECK(context.scan({&prefix, 1}, {}, [&](ByteView key, ByteView value) {
        if (equal(value, from)) keys.push_back(to_bytes(key));
        return true;
    }));
    for (const Bytes& key : keys) context.put(key, to_bytes(to.view()));
    return {};
}

Result<Bytes> set_custodian(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 2, 2));
    BSN_TRY(app, find_app(context, arguments[0]));
    BSN_TRY(participant, caller(context));
    BSN_CHECK(refuse_user(participant, "a user has no users"));
    BSN_CHECK(approved_member(context, app, participant.record.id));
    const Bytes key = custodian_key(app.channel, participant.record.id);
    if (arguments[1] == "none") {
        BSN_TRY(chosen, context.get(key));
        if (!chosen) return refuse(fmt::format("you have no custodian in app {}", app.name));
        context.erase(key);
        return Bytes{};
    }
    BSN_TRY(nodes, all_nodes(context));
    BSN_TRY(node, find_node(nodes, arguments[1]));
    if (node.state != NodeState::active || !app.epoch.index_of(node.id)) {
        return refuse(fmt::format("city node {} does not serve app {}; choose one of those that do",
                                  node.name, app.name));
    }
    context.put(key, to_bytes(node.id.view()));
    return Bytes{};
}

Result<Bytes> add_user(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 6, 6));
    BSN_TRY(app, find_app(context, arguments[0]));
    BSN_TRY(sponsor, find_participant(context, arguments[1]));
    const ledger::ParticipantId& sponsor_id = sponsor.record.id;
    BSN_CHECK(require_sponsor_or_custodian(context, app, sponsor_id));
    BSN_CHECK(refuse_user(sponsor, "a user has no users"));
    BSN_TRY(member, approved_member(context, app, sponsor_id));
    const std::string& name = arguments[2];
    BSN_CHECK(require_user_name(name));
    BSN_TRY(key, user_key_of(context, app, sponsor_id, arguments));
    BSN_TRY(users, users_of(context, app, sponsor_id));
    const bool taken =
        std::any_of(users.begin(), users.end(), [&](const auto& one) { return one.first == name; });
    if (taken) {
        return refuse(fmt::format("member {} has a user '{}' in app {} already", arguments[1], name,
                                  app.name));
    }
    if (users.size() >= k_max_users) {
        return refuse(fmt::format("a member has at most {} users in an app", k_max_users));
    }
    StoredParticipant user;
    user.record.id = ledger::participant_id_of(key);
    user.record.key = key;
    user.record.name = name;
    user.record.sponsorship = Sponsorship{sponsor_id, app.channel};
    BSN_CHECK(require_suite(app, user.record));
    BSN_TRY(known, context.get(participant_key(user.record.id)));
    BSN_TRY(node, key.suite == crypto::SuiteId::secp256r1
                      ? context.get(node_key(ledger::node_id_of(key.bytes)))
                      : Result<std::optional<Bytes>>(std::nullopt));
    // Or a user could be given the key of somebody who has other rights.
    if (known || node) {
        return refuse(
            fmt::format("participant {} is known already; a user's key is new to the network",
                        to_hex(user.record.id)));
    }
    put_participant(context, user);
    context.put(user_key(app.channel, sponsor_id, name), to_bytes(user.record.id.view()));
    BSN_CHECK(put_member(context, app, {user.record.id, MembershipState::approved, member.roles}));
    context.emit("user_added",
                 {to_bytes(app.channel.view()), to_bytes(sponsor_id.view()),
                  to_bytes(user.record.id.view())},
                 {});
    return to_bytes(to_hex(user.record.id));
}

Result<Bytes> remove_user(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 2, 3));
    BSN_TRY(app, find_app(context, arguments[0]));
    ledger::ParticipantId sponsor = context.call().caller;
    if (arguments.size() > 2) {
        auto given = fixed_from_hex<ledger::ParticipantId>(arguments[2]);
        if (!given) return refuse("the sponsor's id is not 64 hexadecimal digits");
        sponsor = *given;
    }
    BSN_CHECK(require_sponsor_or_custodian(context, app, sponsor));
    BSN_TRY(user, context.get(user_key(app.channel, sponsor, arguments[1])));
    if (!user) {
        return refuse(fmt::format("member {} has no user '{}' in app {}", to_hex(sponsor),
                                  arguments[1], app.name));
    }
    BSN_TRY(id, ledger::ParticipantId::from(*user));
    BSN_CHECK(drop_user(context, app, sponsor, arguments[1], id));
    context.emit("user_removed",
                 {to_bytes(app.channel.view()), to_bytes(sponsor.view()), to_bytes(id.view())}, {});
    return Bytes{};
}

}  // namespace bsn::registry
