#include "registry/functions.hpp"

#include "base/codec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::registry {
namespace {

/// All records under a tag, decoded.
template <typename Record>
Result<std::vector<Record>> all_of(const Context& context, char tag,
                                   Result<Record> (*decode)(ByteView)) {
    std::vector<Record> records;
    Status failure;
    auto prefix = static_cast<std::uint8_t>(tag);
    BSN_CHECK(context.scan({&prefix, 1}, {}, [&](ByteView, ByteView value) {
        auto record = decode(value);
        if (!record) {
            failure = Error{Code::corrupted, record.error().message};
            return false;
        }
        records.push_back(std::move(*record));
        return true;
    }));
    BSN_CHECK(failure);
    return records;
}

Result<std::optional<StoredParticipant>> stored_participant(const Context& context,
                                                            const ledger::ParticipantId& id) {
    BSN_TRY(value, context.get(participant_key(id)));
    if (!value) return std::optional<StoredParticipant>{};
    BSN_TRY(participant, decode_participant(*value));
    return std::optional(std::move(participant));
}

}  // namespace

Result<std::vector<std::string>> text_arguments(const Context& context, std::size_t least,
                                                std::size_t most) {
    const auto& arguments = context.call().arguments;
    if (arguments.size() < least || arguments.size() > most) {
        return refuse(fmt::format("{} takes {} to {} arguments, got {}", context.call().function,
                                  least, most, arguments.size()));
    }
    std::vector<std::string> texts;
    for (const Bytes& argument : arguments) {
        if (!is_utf8(as_text(argument))) {
            return refuse(fmt::format("argument {} is not UTF-8", texts.size() + 1));
        }
        texts.push_back(to_text(argument));
    }
    return texts;
}

Result<StoredParticipant> caller(Context& context) {
    BSN_TRY(known, stored_participant(context, context.call().caller));
    if (known) return std::move(*known);
    StoredParticipant fresh;
    fresh.record.id = context.call().caller;
    fresh.record.key = context.call().signer;
    put_participant(context, fresh);
    return fresh;
}

Result<StoredParticipant> find_participant(const Context& context, const std::string& hex) {
    auto id = fixed_from_hex<ledger::ParticipantId>(hex);
    if (!id) {
        return refuse(fmt::format("'{}' is no participant id (64 hexadecimal digits)", hex));
    }
    BSN_TRY(known, stored_participant(context, *id));
    if (!known) {
        return refuse(
            fmt::format("participant {} is not known; they register by joining an app", hex));
    }
    return std::move(*known);
}

void put_participant(Context& context, const StoredParticipant& participant) {
    context.put(participant_key(participant.record.id),
                encode(participant.record, participant.may_publish));
}

Result<Settings> settings(const Context& context) {
    BSN_TRY(value, context.get(settings_key()));
    if (!value) return Error{Code::corrupted, "the network's settings are missing"};
    return decode_settings(*value);
}

Result<bool> is_operator(const Context& context) {
    BSN_TRY(all, settings(context));
    const auto& operators = all.operators;
    return std::find(operators.begin(), operators.end(), context.call().caller) != operators.end();
}

Status require_operator(const Context& context) {
    BSN_TRY(allowed, is_operator(context));
    if (!allowed) {
        return refuse(fmt::format("{} is for operators of the network", context.call().function));
    }
    return {};
}

Result<AppRecord> find_app(const Context& context, const std::string& name) {
    BSN_TRY(value, context.get(app_key(name)));
    if (!value) return refuse(fmt::format("there is no app '{}'", name));
    return decode_app(*value);
}

Result<AppRecord> own_app(const Context& context, const std::string& name) {
    BSN_TRY(app, find_app(context, name));
    if (app.publisher != context.call().caller) {
        return refuse(fmt::format("only its publisher {} may do that to app {}",
                                  to_hex(app.publisher), name));
    }
    return std::move(app);
}

void put_app(Context& context, const AppRecord& app) {
    context.put(app_key(app.name), encode(app));
}

Result<std::optional<MemberRecord>> find_member(const Context& context, const AppRecord& app,
                                                const ledger::ParticipantId& participant) {
    BSN_TRY(value, context.get(member_key(app.channel, &participant)));
    if (!value) return std::optional<MemberRecord>{};
    BSN_TRY(member, decode_member(*value));
    return std::optional(std::move(member));
}

Status put_member(Context& context, const AppRecord& app, const MemberRecord& member) {
    BSN_TRY(before, find_member(context, app, member.participant));
    context.put(member_key(app.channel, &member.participant), encode(member));
    context.put(membership_key(member.participant, app.name), {});
    bool was = before && before->state == MembershipState::approved;
    bool is = member.state == MembershipState::approved;
    if (!was && !is) return {};
    BSN_TRY(participant, find_participant(context, to_hex(member.participant)));
    context.decide(app.channel, ledger::MemberControl{
                                    member.participant, participant.record.key,
                                    is ? ledger::MemberState::active : ledger::MemberState::removed,
                                    member.roles});
    return {};
}

Result<std::vector<std::string>> parse_roles(const AppRecord& app, const std::string& text) {
    std::vector<std::string> names;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        std::size_t end = std::min(text.find(',', begin), text.size());
        std::string name = text.substr(begin, end - begin);
        begin = end + 1;
        auto role = std::find_if(app.roles.begin(), app.roles.end(),
                                 [&](const auto& one) { return one.name == name; });
        if (role == app.roles.end()) {
            std::vector<std::string> known;
            for (const auto& one : app.roles) known.push_back(one.name);
            return refuse(fmt::format("app {} has no role '{}'; its roles are {}", app.name, name,
                                      fmt::join(known, ", ")));
        }
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
}

Result<bool> enough_agree(Context& context) {
    BSN_TRY(all, settings(context));
    Writer change;
    change.text(context.call().function);
    for (const Bytes& argument : context.call().arguments) change.bytes(argument);
    Bytes key = approval_key(crypto::hash(crypto::HashId::sha256, change.view()));
    BSN_TRY(stored, context.get(key));
    std::vector<ledger::ParticipantId> agreed;
    if (stored) {
        BSN_TRY(decoded, decode_settings(*stored));
        agreed = decoded.operators;
    }
    const ledger::ParticipantId& operator_id = context.call().caller;
    if (std::find(agreed.begin(), agreed.end(), operator_id) != agreed.end()) {
        return refuse("you have agreed to this change already; other operators have to");
    }
    agreed.push_back(operator_id);
    if (agreed.size() >= all.approvals) {
        context.erase(key);
        return true;
    }
    context.put(key, encode(Settings{all.approvals, agreed}));
    return false;
}

Result<std::vector<NodeRecord>> all_nodes(const Context& context) {
    return all_of<NodeRecord>(context, k_node_tag, decode_node);
}

Result<std::vector<AppRecord>> all_apps(const Context& context) {
    return all_of<AppRecord>(context, k_app_tag, decode_app);
}

}  // namespace bsn::registry
