#include "framework/fabric/client/proof.hpp"

#include "base/codec.hpp"
#include "framework/fabric/client/channel_config.hpp"
#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/proposal_builder.hpp"

#include <fmt/ranges.h>
#include <peer/chaincode.pb.h>
#include <peer/transaction.pb.h>

#include <algorithm>

namespace bsn::framework::fabric {
namespace {

constexpr std::uint8_t k_version = 1;
constexpr std::string_view k_query_chaincode = "qscc";
constexpr std::size_t k_max_hash = 64;

Error bad(std::string message) { return {Code::bad_signature, std::move(message)}; }

std::string read_text(Reader& reader, std::size_t most = Proof::k_max_size) {
    return to_text(reader.bytes(most));
}

/// The hash of a proposal as endorsers write it into their answers: without what is transient.
std::string proposal_hash(const common::Header& header, const std::string& payload,
                          crypto::HashId hash) {
    return to_text(crypto::hash(hash, {as_bytes(header.channel_header()),
                                       as_bytes(header.signature_header()), as_bytes(payload)}));
}

/// That the proposal asks for this transaction of this channel; its hash.
Result<std::string> check_question(const Proof& proof, const ChannelTrust& trust,
                                   const std::string& transaction_id) {
    BSN_TRY(proposal, read_message<protos::Proposal>(proof.proposal, "question to the peers"));
    BSN_TRY(header, read_message<common::Header>(proposal.header(), "question's header"));
    BSN_TRY(channel, read_message<common::ChannelHeader>(header.channel_header(),
                                                         "question's channel header"));
    BSN_TRY(payload, read_message<protos::ChaincodeProposalPayload>(proposal.payload(),
                                                                    "question's payload"));
    BSN_TRY(invocation, read_message<protos::ChaincodeInvocationSpec>(payload.input(),
                                                                      "question's invocation"));
    const protos::ChaincodeSpec& asked = invocation.chaincode_spec();
    const auto arguments = attestation_arguments(trust.channel, transaction_id);
    const bool right = channel.channel_id() == trust.channel &&
                       asked.chaincode_id().name() == k_query_chaincode &&
                       std::equal(arguments.begin(), arguments.end(), asked.input().args().begin(),
                                  asked.input().args().end());
    if (!right) return bad("the peers were not asked for this transaction of this channel");
    payload.clear_transientmap();
    return proposal_hash(header, payload.SerializeAsString(), trust.hash);
}

/// That these bytes, which peers signed, say that the envelope is valid.
Status check_answer(const std::string& response_payload, const std::string& question_hash,
                    const common::Envelope& envelope) {
    BSN_TRY(response,
            read_message<protos::ProposalResponsePayload>(response_payload, "answer of a peer"));
    if (response.proposal_hash() != question_hash) {
        return bad("a peer's answer is to another question");
    }
    BSN_TRY(action, read_message<protos::ChaincodeAction>(response.extension(),
                                                          "answer of a peer's chaincode"));
    if (action.chaincode_id().name() != k_query_chaincode || action.response().status() != 200) {
        return bad("a peer's answer is not that of its ledger");
    }
    BSN_TRY(told, read_message<protos::ProcessedTransaction>(action.response().payload(),
                                                             "transaction that a peer tells of"));
    if (told.transactionenvelope().payload() != envelope.payload() ||
        told.transactionenvelope().signature() != envelope.signature()) {
        return bad("a peer tells of another transaction");
    }
    if (told.validationcode() == protos::VALID) return {};
    return bad(fmt::format("a peer says that the transaction is not valid: code {}",
                           told.validationcode()));
}

/// The organisations whose peers signed for the transaction.
Result<std::set<std::string>> attested_by(const Proof& proof, const ChannelTrust& trust,
                                          const common::Envelope& envelope,
                                          const std::string& transaction_id) {
    BSN_TRY(question, check_question(proof, trust, transaction_id));
    const Membership members(trust.members);
    std::set<std::string> organizations;
    for (const Attestation& one : proof.attestations) {
        BSN_CHECK(check_answer(one.response_payload, question, envelope));
        for (const protos::Endorsement& endorsement : one.endorsements) {
            auto peer =
                members.check(endorsement.endorser(), one.response_payload + endorsement.endorser(),
                              endorsement.signature());
            if (!peer) return bad(peer.error().within("a peer's signature").message);
            BSN_TRY(certified, read_identity(endorsement.endorser()));
            if (!members.may_act_as(certified.msp_id, **peer, Role::peer)) {
                return bad(fmt::format("a signer of {} is no peer", certified.msp_id));
            }
            organizations.insert(certified.msp_id);
        }
    }
    return organizations;
}

std::string too_few(const ChannelTrust& trust, const std::set<std::string>& organizations) {
    return fmt::format(
        "peers of {} of {} organisations vouch for the transaction ({}); by the "
        "channel's policy Endorsement {} are needed",
        organizations.size(), trust.members.size(),
        organizations.empty() ? "none" : fmt::format("{}", fmt::join(organizations, ", ")),
        trust.endorsement.text());
}

std::string describe(const ChannelTrust& trust, std::size_t orderers, std::size_t organizations) {
    return fmt::format(
        "{} orderer{} of the Fabric channel {} signed the block, and peers of {} of "
        "its {} organisations say that the transaction is valid, as of the "
        "configuration in block {}",
        orderers, orderers == 1 ? "" : "s", trust.channel, organizations, trust.members.size(),
        trust.height);
}

UnixMillis latest_time(const std::vector<std::string>& envelopes) {
    UnixMillis time = 0;
    for (const std::string& bytes : envelopes) {
        if (auto view = read_envelope(as_bytes(bytes))) time = std::max(time, view->time);
    }
    return time;
}

}  // namespace

std::vector<std::string> attestation_arguments(const std::string& channel,
                                               const std::string& transaction_id) {
    return {"GetTransactionByID", channel, transaction_id};
}

Bytes Proof::encode() const {
    Writer writer;
    writer.u8(k_version);
    writer.u64(header.number());
    writer.bytes(as_bytes(header.previous_hash()));
    writer.bytes(as_bytes(header.data_hash()));
    writer.bytes(as_bytes(signatures));
    writer.u32(static_cast<std::uint32_t>(envelopes.size()));
    for (const std::string& one : envelopes) writer.bytes(as_bytes(one));
    writer.u32(index);
    writer.bytes(as_bytes(proposal));
    writer.u16(static_cast<std::uint16_t>(attestations.size()));
    for (const Attestation& one : attestations) {
        writer.bytes(as_bytes(one.response_payload));
        writer.u16(static_cast<std::uint16_t>(one.endorsements.size()));
        for (const protos::Endorsement& endorsement : one.endorsements) {
            writer.bytes(as_bytes(endorsement.endorser()));
            writer.bytes(as_bytes(endorsement.signature()));
        }
    }
    return writer.take();
}

Result<Proof> Proof::decode(ByteView bytes) {
    if (bytes.size() > k_max_size) return Error{Code::too_large, "a proof of more than 100 MiB"};
    Reader reader(bytes);
    if (reader.u8() != k_version) reader.fail(Code::unsupported_version, "unknown version");
    Proof proof;
    proof.header.set_number(reader.u64());
    proof.header.set_previous_hash(read_text(reader, k_max_hash));
    proof.header.set_data_hash(read_text(reader, k_max_hash));
    proof.signatures = read_text(reader);
    const std::size_t count = reader.count32(4);
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        proof.envelopes.push_back(read_text(reader));
    }
    proof.index = reader.u32();
    proof.proposal = read_text(reader);
    const std::size_t groups = reader.count16(6);
    for (std::size_t i = 0; i < groups && !reader.failed(); ++i) {
        Attestation& group = proof.attestations.emplace_back();
        group.response_payload = read_text(reader);
        const std::size_t endorsements = reader.count16(8);
        for (std::size_t j = 0; j < endorsements && !reader.failed(); ++j) {
            protos::Endorsement& endorsement = group.endorsements.emplace_back();
            endorsement.set_endorser(read_text(reader));
            endorsement.set_signature(read_text(reader));
        }
    }
    BSN_CHECK(reader.finish("proof of a Fabric transaction"));
    if (proof.index < proof.envelopes.size()) return proof;
    return Error{Code::invalid_argument, "proof of a Fabric transaction: it is not in its block"};
}

Result<Proof> make_proof(const CheckedBlock& block, std::size_t index,
                         const protos::Proposal& proposal, const std::vector<PeerAnswer>& answers,
                         const ChannelTrust& trust) {
    Proof proof;
    proof.header = block.block.header();
    if (block.block.metadata().metadata_size() > common::SIGNATURES) {
        proof.signatures = block.block.metadata().metadata(common::SIGNATURES);
    }
    proof.envelopes.assign(block.block.data().data().begin(), block.block.data().data().end());
    proof.index = static_cast<std::uint32_t>(index);
    proof.proposal = proposal.SerializeAsString();
    BSN_TRY(envelope, read_message<common::Envelope>(proof.envelopes[index], "envelope"));
    const std::string& transaction_id = block.transactions[index].transaction_id;
    std::string why = "no peer answered";
    std::set<std::string> organizations;
    for (const PeerAnswer& answer : answers) {
        if (auto good = check_response(answer); !good) {
            why = good.error().within(answer.peer).message;
            continue;
        }
        Proof alone = proof;
        alone.attestations = {{answer.response.payload(), {answer.response.endorsement()}}};
        auto attested = attested_by(alone, trust, envelope, transaction_id);
        if (!attested) {
            why = attested.error().within(answer.peer).message;
            continue;
        }
        organizations.merge(*attested);
        auto group = std::find_if(proof.attestations.begin(), proof.attestations.end(),
                                  [&](const Attestation& one) {
                                      return one.response_payload == answer.response.payload();
                                  });
        if (group == proof.attestations.end()) {
            proof.attestations.push_back(std::move(alone.attestations.front()));
        } else {
            group->endorsements.push_back(answer.response.endorsement());
        }
    }
    if (trust.endorsement.enough(organizations)) return proof;
    return Error{Code::unavailable, too_few(trust, organizations) + ": " + why};
}

Result<Verified> verify_proof(ByteView proof_bytes, ByteView trusted_state) {
    BSN_TRY(trust, ChannelTrust::from_json(as_text(trusted_state)));
    BSN_TRY(proof, Proof::decode(proof_bytes));
    BSN_TRY(orderers, OrdererCheck(trust).check(proof.header, proof.signatures));
    common::BlockData data;
    for (const std::string& one : proof.envelopes) data.add_data(one);
    if (!equal(data_hash(data, trust.hash), as_bytes(proof.header.data_hash()))) {
        return bad("the envelopes are not those of the block");
    }
    BSN_TRY(envelope, read_message<common::Envelope>(proof.envelopes[proof.index], "envelope"));
    BSN_TRY(view, read_envelope(envelope));
    if (view.type != common::ENDORSER_TRANSACTION) return bad("the envelope is no transaction");
    if (view.channel != trust.channel) {
        return Error{Code::wrong_channel, fmt::format("the transaction is for channel {}, not {}",
                                                      view.channel, trust.channel)};
    }
    BSN_CHECK(check_creator(envelope, view, trust.hash));
    BSN_TRY(organizations, attested_by(proof, trust, envelope, view.transaction_id));
    if (!trust.endorsement.enough(organizations)) return bad(too_few(trust, organizations));
    Verified verified;
    verified.transaction = transaction_view(view);
    verified.transaction.height = proof.header.number();
    verified.transaction.index = proof.index;
    verified.transaction.time = latest_time(proof.envelopes);
    verified.transaction.success = true;
    verified.transaction.raw = to_bytes(proof.envelopes[proof.index]);
    verified.trust = describe(trust, orderers, organizations.size());
    return verified;
}

Result<Bytes> update_trust(ByteView trusted_state, ByteView configuration_block) {
    BSN_TRY(trust, ChannelTrust::from_json(as_text(trusted_state)));
    BSN_TRY(block, read_message<common::Block>(configuration_block, "configuration block"));
    if (block.header().number() <= trust.height) {
        return Error{Code::invalid_argument,
                     fmt::format("block {} is not after block {}, from which the trust is",
                                 block.header().number(), trust.height)};
    }
    if (block.metadata().metadata_size() <= common::SIGNATURES) {
        return bad("the configuration block has no signatures");
    }
    BSN_CHECK(
        OrdererCheck(trust).check(block.header(), block.metadata().metadata(common::SIGNATURES)));
    BSN_CHECK(check_data(block, trust.hash));
    BSN_TRY(config, read_channel_config(block));
    if (config.trust.channel != trust.channel) {
        return Error{Code::wrong_channel, "the configuration is of another channel"};
    }
    return to_bytes(config.trust.to_json());
}

}  // namespace bsn::framework::fabric
