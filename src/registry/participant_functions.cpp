// Participants and their keys.

#include "base/codec.hpp"
#include "registry/contract.hpp"
#include "registry/functions.hpp"

#include <fmt/format.h>

namespace bsn::registry {
namespace {

constexpr std::size_t k_max_participant_name = 128;

/// The new key of a change, if its owner has signed for it.
Result<crypto::PublicKey> new_key(const Context& context, const ParticipantRecord& participant,
                                  const std::string& suite_text, const std::string& key_hex,
                                  const std::string& proof_hex) {
    auto suite = crypto::suite_from_name(suite_text);
    if (suite && *suite != participant.key.suite) {
        return refuse(
            "the new key must be of the same suite as the old one, which the "
            "participant's apps use");
    }
    return proven_key(suite_text, key_hex, proof_hex, [&](const crypto::PublicKey& key) {
        return key_change_statement(context.call().network, participant.id, key);
    });
}

/// Tells the channels of all the participant's apps about their key or their removal.
Status tell_apps(Context& context, const ParticipantRecord& participant) {
    std::vector<std::string> names;
    Bytes prefix = membership_key(participant.id, "");
    BSN_CHECK(context.scan(prefix, {}, [&](ByteView key, ByteView) {
        names.push_back(to_text(key.subspan(prefix.size())));
        return true;
    }));
    for (const std::string& name : names) {
        BSN_TRY(app, find_app(context, name));
        BSN_TRY(member, find_member(context, app, participant.id));
        if (!member || member->state != MembershipState::approved) continue;
        if (participant.revoked) member->state = MembershipState::removed;
        BSN_CHECK(put_member(context, app, *member));
        if (participant.revoked) BSN_CHECK(follow_sponsor(context, app, *member));
    }
    if (participant.revoked) BSN_CHECK(forget_user(context, participant));
    return {};
}

Status change_key(Context& context, StoredParticipant participant,
                  const std::vector<std::string>& key_arguments) {
    BSN_TRY(key, new_key(context, participant.record, key_arguments[0], key_arguments[1],
                         key_arguments[2]));
    participant.record.key = key;
    put_participant(context, participant);
    context.emit("key_changed", {to_bytes(participant.record.id.view())},
                 to_bytes(key.bytes.view()));
    return tell_apps(context, participant.record);
}

}  // namespace

Result<crypto::PublicKey> proven_key(
    const std::string& suite_text, const std::string& key_hex, const std::string& proof_hex,
    const std::function<Bytes(const crypto::PublicKey&)>& statement_of) {
    auto suite = crypto::suite_from_name(suite_text);
    if (!suite) return refuse(fmt::format("unknown suite '{}'", suite_text));
    auto bytes = fixed_from_hex<crypto::PublicKeyBytes>(key_hex);
    if (!bytes) return refuse("the new key is not 66 hexadecimal digits");
    auto proof = fixed_from_hex<crypto::Signature>(proof_hex);
    if (!proof) return refuse("the proof is not 128 hexadecimal digits");
    crypto::PublicKey key{*suite, *bytes};
    if (Status valid = crypto::verify(key, statement_of(key), *proof); !valid) {
        return refuse("the proof is not a signature by the new key over this change: " +
                      valid.error().message);
    }
    return key;
}

Bytes key_change_statement(const ledger::NetworkId& network,
                           const ledger::ParticipantId& participant,
                           const crypto::PublicKey& new_key) {
    Writer body;
    body.text("rotate_key");
    body.raw(participant);
    body.u8(static_cast<std::uint8_t>(new_key.suite));
    body.raw(new_key.bytes);
    return ledger::encode_statement(ledger::Purpose::request, network,
                                    ledger::system_channel(network), 0, body.view());
}

Result<Bytes> register_participant(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 1, 1));
    if (arguments[0].empty() || arguments[0].size() > k_max_participant_name) {
        return refuse(fmt::format("a name has 1 to {} bytes", k_max_participant_name));
    }
    BSN_TRY(participant, caller(context));
    BSN_CHECK(refuse_user(participant, "a user has the name that their sponsor gave them"));
    participant.record.name = arguments[0];
    put_participant(context, participant);
    return Bytes{};
}

Result<Bytes> set_publisher(Context& context) {
    BSN_CHECK(require_operator(context));
    BSN_TRY(arguments, text_arguments(context, 2, 2));
    if (arguments[1] != "yes" && arguments[1] != "no") {
        return refuse("the second argument is yes or no");
    }
    BSN_TRY(participant, find_participant(context, arguments[0]));
    participant.may_publish = arguments[1] == "yes";
    put_participant(context, participant);
    return Bytes{};
}

Result<Bytes> rotate_key(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 3, 3));
    BSN_TRY(participant, caller(context));
    BSN_CHECK(change_key(context, participant, arguments));
    return Bytes{};
}

Result<Bytes> recover_key(Context& context) {
    BSN_CHECK(require_operator(context));
    BSN_TRY(arguments, text_arguments(context, 4, 4));
    BSN_TRY(participant, find_participant(context, arguments[0]));
    BSN_TRY(agreed, enough_agree(context));
    if (!agreed) return to_bytes(k_agreed);
    BSN_CHECK(change_key(context, participant, {arguments.begin() + 1, arguments.end()}));
    return Bytes{};
}

Result<Bytes> revoke_participant(Context& context) {
    BSN_CHECK(require_operator(context));
    BSN_TRY(arguments, text_arguments(context, 1, 1));
    BSN_TRY(participant, find_participant(context, arguments[0]));
    if (participant.record.revoked) return refuse("the participant is revoked already");
    BSN_TRY(agreed, enough_agree(context));
    if (!agreed) return to_bytes(k_agreed);
    participant.record.revoked = true;
    put_participant(context, participant);
    context.emit("participant_revoked", {to_bytes(participant.record.id.view())}, {});
    BSN_CHECK(tell_apps(context, participant.record));
    return Bytes{};
}

}  // namespace bsn::registry
