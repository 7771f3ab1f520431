#include "framework/fabric/client/transaction.hpp"

#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/proposal_builder.hpp"
#include "framework/fabric/client/relayed_call.hpp"
#include "framework/fabric/client/timestamp.hpp"

#include <peer/chaincode.pb.h>
#include <peer/chaincode_event.pb.h>
#include <peer/transaction.pb.h>

namespace bsn::framework::fabric {
namespace {

/// From here on a chaincode's status is a refusal.
constexpr std::int32_t k_first_refusal = 400;
/// What a peer says of a contract's process that takes no connection.
constexpr std::string_view k_not_there = "could not launch chaincode";

/// And of a contract that gave no answer, before why.
constexpr std::string_view k_not_executed = "error in simulation: failed to execute transaction";
constexpr std::string_view k_too_long = "timeout expired while executing transaction";
/// The end of it, if a former call of the same transaction has not been answered.
constexpr std::string_view k_still_executed = " exists";

/// What is wrong if a refusal is the peer's own, since its contract gave no answer.
std::optional<Error> contract_absent(const PeerAnswer& answer) {
    const std::string& message = answer.response.response().message();
    const auto absent = [&](std::string_view how) {
        return Error{Code::unavailable, fmt::format("peer {} {}: {}", answer.peer, how, message)};
    };
    if (message.find(k_not_there) != std::string::npos) {
        return absent("does not reach the contract, which may be starting");
    }
    if (message.starts_with(k_not_executed) &&
        (message.ends_with(k_too_long) || message.ends_with(k_still_executed))) {
        return absent("waits for the contract, which may hang");
    }
    return std::nullopt;
}

Error invalid(std::string message) { return {Code::invalid_argument, std::move(message)}; }

Status read_event(const std::string& bytes, EnvelopeView& view) {
    if (bytes.empty()) return {};
    BSN_TRY(event, read_message<protos::ChaincodeEvent>(bytes, "chaincode event"));
    view.event = {event.chaincode_id(), event.event_name(), event.payload()};
    return {};
}

Status read_action(const protos::TransactionAction& action, EnvelopeView& view) {
    BSN_TRY(payload, read_message<protos::ChaincodeActionPayload>(action.payload(), "action"));
    BSN_TRY(proposal, read_message<protos::ChaincodeProposalPayload>(
                          payload.chaincode_proposal_payload(), "proposal's payload"));
    BSN_TRY(invocation, read_message<protos::ChaincodeInvocationSpec>(proposal.input(),
                                                                      "chaincode invocation"));
    const protos::ChaincodeSpec& chaincode = invocation.chaincode_spec();
    view.chaincode = chaincode.chaincode_id().name();
    view.arguments.assign(chaincode.input().args().begin(), chaincode.input().args().end());
    view.relayed_proposal = relayed_proposal_in(chaincode.input());
    view.response_payload = payload.action().proposal_response_payload();
    view.endorsements.assign(payload.action().endorsements().begin(),
                             payload.action().endorsements().end());
    BSN_TRY(response, read_message<protos::ProposalResponsePayload>(view.response_payload,
                                                                    "endorsed response"));
    BSN_TRY(executed, read_message<protos::ChaincodeAction>(response.extension(),
                                                            "endorsed chaincode action"));
    view.status = executed.response().status();
    view.message = executed.response().message();
    view.result = executed.response().payload();
    return read_event(executed.events(), view);
}

}  // namespace

Status check_response(const PeerAnswer& answer) {
    const protos::Response& response = answer.response.response();
    if (response.status() >= k_first_refusal) {
        if (auto absent = contract_absent(answer)) return std::move(*absent);
        return Error{Code::contract_failed,
                     response.message().empty()
                         ? fmt::format("the chaincode refuses with status {}", response.status())
                         : response.message()};
    }
    if (answer.response.payload().empty() || !answer.response.has_endorsement()) {
        return Error{Code::unavailable,
                     fmt::format("peer {} did not endorse: {}", answer.peer, response.message())};
    }
    return {};
}

Status check_endorsement(const std::string& response_payload,
                         const protos::Endorsement& endorsement) {
    BSN_TRY(endorser, read_identity(endorsement.endorser()));
    return check_signature(endorser.certificate, response_payload + endorsement.endorser(),
                           endorsement.signature());
}

Result<std::string> transaction_payload(const protos::Proposal& proposal,
                                        const std::vector<PeerAnswer>& answers) {
    if (answers.empty()) return invalid("a transaction needs the endorsement of a peer");
    std::string differing;
    for (const PeerAnswer& answer : answers) {
        BSN_CHECK(check_response(answer));
        if (answer.response.payload() == answers.front().response.payload()) continue;
        differing += (differing.empty() ? "" : ", ") + answer.peer;
    }
    if (!differing.empty()) {
        return Error{Code::unavailable,
                     fmt::format("peers answer differently to the same call: {} and {}; the "
                                 "chaincode does not behave the same everywhere, or the peers are "
                                 "not at the same block: try again",
                                 answers.front().peer, differing)};
    }
    BSN_TRY(header, read_message<common::Header>(proposal.header(), "proposal's header"));
    BSN_TRY(proposed, read_message<protos::ChaincodeProposalPayload>(proposal.payload(),
                                                                     "proposal's payload"));
    proposed.clear_transientmap();

    protos::ChaincodeActionPayload action;
    action.set_chaincode_proposal_payload(proposed.SerializeAsString());
    protos::ChaincodeEndorsedAction& endorsed = *action.mutable_action();
    endorsed.set_proposal_response_payload(answers.front().response.payload());
    for (const PeerAnswer& answer : answers) {
        *endorsed.add_endorsements() = answer.response.endorsement();
    }
    protos::Transaction transaction;
    protos::TransactionAction& only = *transaction.add_actions();
    only.set_header(header.signature_header());
    only.set_payload(action.SerializeAsString());
    common::Payload payload;
    *payload.mutable_header() = header;
    payload.set_data(transaction.SerializeAsString());
    return payload.SerializeAsString();
}

common::Envelope sign_payload(std::string payload, const Identity& creator) {
    common::Envelope envelope;
    envelope.set_signature(creator.sign(payload));
    envelope.set_payload(std::move(payload));
    return envelope;
}

Result<EnvelopeView> read_envelope(const common::Envelope& envelope) {
    BSN_TRY(payload, read_message<common::Payload>(envelope.payload(), "envelope's payload"));
    BSN_TRY(channel, read_message<common::ChannelHeader>(payload.header().channel_header(),
                                                         "channel header"));
    BSN_TRY(signature, read_message<common::SignatureHeader>(payload.header().signature_header(),
                                                             "signature header"));
    EnvelopeView view;
    view.type = static_cast<common::HeaderType>(channel.type());
    view.channel = channel.channel_id();
    view.transaction_id = channel.tx_id();
    if (channel.has_timestamp()) {
        BSN_TRY(time, millis_of(channel.timestamp()));
        view.time = time;
    }
    view.creator = signature.creator();
    view.nonce = signature.nonce();
    if (view.type != common::ENDORSER_TRANSACTION) return view;
    BSN_TRY(transaction, read_message<protos::Transaction>(payload.data(), "transaction"));
    if (transaction.actions_size() != 1) {
        return invalid(fmt::format("the transaction has {} actions; Fabric takes one",
                                   transaction.actions_size()));
    }
    BSN_CHECK(read_action(transaction.actions(0), view));
    return view;
}

Result<EnvelopeView> read_envelope(ByteView envelope) {
    BSN_TRY(read, read_message<common::Envelope>(envelope, "envelope"));
    return read_envelope(read);
}

Status check_creator(const common::Envelope& envelope, const EnvelopeView& view,
                     crypto::HashId hash) {
    if (view.type == common::ENDORSER_TRANSACTION &&
        (view.nonce.empty() ||
         view.transaction_id != transaction_id_of(view.nonce, view.creator, hash))) {
        return Error{Code::bad_signature,
                     "the transaction's id is not the hash of its nonce and creator"};
    }
    BSN_TRY(creator, read_identity(view.creator));
    auto good = check_signature(creator.certificate, envelope.payload(), envelope.signature());
    if (good) return {};
    return Error{Code::bad_signature, good.error().within("the creator's signature").message};
}

}  // namespace bsn::framework::fabric
