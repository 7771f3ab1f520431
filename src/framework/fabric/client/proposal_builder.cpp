#include "framework/fabric/client/proposal_builder.hpp"

#include "crypto/random.hpp"
#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/relayed_call.hpp"
#include "framework/fabric/client/timestamp.hpp"

#include <common/common.pb.h>
#include <peer/chaincode.pb.h>

#include <array>

namespace bsn::framework::fabric {
namespace {

constexpr std::size_t k_nonce_size = 24;

std::string random_nonce() {
    std::array<std::uint8_t, k_nonce_size> bytes;
    crypto::fill_random(bytes);
    return to_text(bytes);
}

std::string channel_header(const ProposalSpec& spec, const std::string& transaction_id) {
    protos::ChaincodeHeaderExtension extension;
    extension.mutable_chaincode_id()->set_name(spec.chaincode);
    common::ChannelHeader header;
    header.set_type(common::ENDORSER_TRANSACTION);
    set_timestamp(*header.mutable_timestamp(), spec.time);
    header.set_channel_id(spec.channel);
    header.set_tx_id(transaction_id);
    header.set_extension(extension.SerializeAsString());
    header.set_tls_cert_hash(spec.tls_certificate_hash);
    return header.SerializeAsString();
}

std::string proposal_payload(const ProposalSpec& spec) {
    protos::ChaincodeInvocationSpec invocation;
    protos::ChaincodeSpec& chaincode = *invocation.mutable_chaincode_spec();
    chaincode.mutable_chaincode_id()->set_name(spec.chaincode);
    for (const std::string& argument : spec.arguments) {
        chaincode.mutable_input()->add_args(argument);
    }
    chaincode.mutable_input()->mutable_decorations()->insert(spec.decorations.begin(),
                                                             spec.decorations.end());
    protos::ChaincodeProposalPayload payload;
    payload.set_input(invocation.SerializeAsString());
    payload.mutable_transientmap()->insert(spec.transient.begin(), spec.transient.end());
    return payload.SerializeAsString();
}

Error bad(std::string message) { return {Code::bad_signature, std::move(message)}; }

}  // namespace

std::string transaction_id_of(std::string_view nonce, std::string_view creator,
                              crypto::HashId hash) {
    return to_hex(crypto::hash(hash, {as_bytes(nonce), as_bytes(creator)}));
}

BuiltProposal build_proposal(const ProposalSpec& spec, const std::string& creator) {
    common::SignatureHeader signature;
    signature.set_creator(creator);
    signature.set_nonce(spec.nonce.empty() ? random_nonce() : spec.nonce);
    BuiltProposal built;
    built.transaction_id = transaction_id_of(signature.nonce(), creator, spec.hash);
    common::Header header;
    header.set_channel_header(channel_header(spec, built.transaction_id));
    header.set_signature_header(signature.SerializeAsString());
    built.proposal.set_header(header.SerializeAsString());
    built.proposal.set_payload(proposal_payload(spec));
    return built;
}

protos::SignedProposal BuiltProposal::sign(const Identity& creator) const {
    protos::SignedProposal signed_proposal;
    signed_proposal.set_proposal_bytes(proposal.SerializeAsString());
    signed_proposal.set_signature(creator.sign(signed_proposal.proposal_bytes()));
    return signed_proposal;
}

Result<ProposalView> parse_proposal(const protos::SignedProposal& signed_proposal) {
    BSN_TRY(proposal, read_message<protos::Proposal>(signed_proposal.proposal_bytes(), "proposal"));
    BSN_TRY(header, read_message<common::Header>(proposal.header(), "proposal's header"));
    BSN_TRY(channel, read_message<common::ChannelHeader>(header.channel_header(),
                                                         "proposal's channel header"));
    BSN_TRY(signature, read_message<common::SignatureHeader>(header.signature_header(),
                                                             "proposal's signature header"));
    BSN_TRY(payload, read_message<protos::ChaincodeProposalPayload>(proposal.payload(),
                                                                    "proposal's payload"));
    BSN_TRY(invocation, read_message<protos::ChaincodeInvocationSpec>(payload.input(),
                                                                      "proposal's invocation"));
    if (channel.type() != common::ENDORSER_TRANSACTION) {
        return Error{Code::invalid_argument, "the proposal is not for an endorser's transaction"};
    }
    ProposalView view;
    view.channel = channel.channel_id();
    view.transaction_id = channel.tx_id();
    view.creator = signature.creator();
    view.nonce = signature.nonce();
    BSN_TRY(time, millis_of(channel.timestamp()));
    view.time = time;
    const protos::ChaincodeSpec& chaincode = invocation.chaincode_spec();
    view.chaincode = chaincode.chaincode_id().name();
    view.arguments.assign(chaincode.input().args().begin(), chaincode.input().args().end());
    view.has_transient = !payload.transientmap().empty();
    view.relayed_proposal = relayed_proposal_in(chaincode.input());
    return view;
}

Result<ProposalView> read_proposal(const protos::SignedProposal& signed_proposal,
                                   crypto::HashId hash) {
    BSN_TRY(view, parse_proposal(signed_proposal));
    if (view.nonce.empty() ||
        view.transaction_id != transaction_id_of(view.nonce, view.creator, hash)) {
        return bad("the proposal's transaction id is not the hash of its nonce and creator");
    }
    BSN_TRY(creator, read_identity(view.creator));
    if (auto good = check_signature(creator.certificate, signed_proposal.proposal_bytes(),
                                    signed_proposal.signature());
        !good) {
        return bad("the proposal is not signed by its creator: " + good.error().message);
    }
    return view;
}

}  // namespace bsn::framework::fabric
