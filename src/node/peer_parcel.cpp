#include "node/peer_parcel.hpp"

namespace bsn::node {
namespace {

using ::bsn::peer::v1::Parcel;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

void put_all(const std::vector<ledger::Signature>& signatures, Texts* into) {
    for (const ledger::Signature& one : signatures) *into->Add() = to_text(one);
}

Result<std::vector<ledger::Signature>> signatures_of(const Texts& texts) {
    std::vector<ledger::Signature> signatures;
    for (const std::string& text : texts) {
        BSN_TRY(signature, ledger::Signature::from(as_bytes(text)));
        signatures.push_back(signature);
    }
    return signatures;
}

/// Fills the parcel's message of the same kind.
struct Filler {
    Parcel& parcel;

    void operator()(const ordering::BatchOffer& offer) const {
        parcel.mutable_offer()->set_core(to_text(offer.core));
        parcel.mutable_offer()->set_batch(to_text(*offer.batch));
    }
    void operator()(const ordering::AvailabilityVote& vote) const {
        auto* out = parcel.mutable_availability();
        out->set_core_hash(to_text(vote.core_hash));
        put_all(vote.signatures, out->mutable_signatures());
        out->set_refusal(vote.refusal);
    }
    void operator()(const ordering::HeaderVote& vote) const {
        auto* out = parcel.mutable_header();
        out->set_epoch(vote.epoch);
        out->set_height(vote.height);
        out->set_header(to_text(vote.header));
        put_all(vote.signatures, out->mutable_signatures());
        out->set_wants_answer(vote.wants_answer);
        for (const ledger::Certificate& one : vote.certificates) {
            out->add_certificates(to_text(one.encode()));
        }
    }
    void operator()(const ordering::BatchRequest& request) const {
        parcel.mutable_request()->set_digest(to_text(request.digest));
    }
    void operator()(const ordering::BatchAnswer& answer) const {
        parcel.mutable_answer()->set_digest(to_text(answer.digest));
        parcel.mutable_answer()->set_batch(to_text(*answer.batch));
    }
};

std::shared_ptr<const Bytes> batch_of(const std::string& text) {
    return std::make_shared<const Bytes>(to_bytes(text));
}

Result<ordering::Message> availability_of(::bsn::peer::v1::AvailabilityVote& in) {
    ordering::AvailabilityVote vote;
    BSN_TRY(core_hash, ledger::Hash::from(as_bytes(in.core_hash())));
    BSN_TRY(signatures, signatures_of(in.signatures()));
    vote.core_hash = core_hash;
    vote.signatures = std::move(signatures);
    vote.refusal = std::move(*in.mutable_refusal());
    return ordering::Message(std::move(vote));
}

Result<ordering::Message> header_vote_of(const ::bsn::peer::v1::HeaderVote& in) {
    ordering::HeaderVote vote;
    vote.epoch = in.epoch();
    vote.height = in.height();
    vote.wants_answer = in.wants_answer();
    BSN_TRY(header, ledger::Hash::from(as_bytes(in.header())));
    BSN_TRY(signatures, signatures_of(in.signatures()));
    vote.header = header;
    vote.signatures = std::move(signatures);
    for (const std::string& text : in.certificates()) {
        BSN_TRY(certificate, ledger::Certificate::decode(as_bytes(text)));
        vote.certificates.push_back(std::move(certificate));
    }
    return ordering::Message(std::move(vote));
}

Result<ordering::Message> message_of(Parcel& parcel) {
    switch (parcel.message_case()) {
        case Parcel::kOffer:
            return ordering::Message(ordering::BatchOffer{to_bytes(parcel.offer().core()),
                                                          batch_of(parcel.offer().batch())});
        case Parcel::kAvailability: return availability_of(*parcel.mutable_availability());
        case Parcel::kHeader: return header_vote_of(parcel.header());
        case Parcel::kRequest: {
            BSN_TRY(digest, ledger::Hash::from(as_bytes(parcel.request().digest())));
            return ordering::Message(ordering::BatchRequest{digest});
        }
        case Parcel::kAnswer: {
            BSN_TRY(digest, ledger::Hash::from(as_bytes(parcel.answer().digest())));
            return ordering::Message(
                ordering::BatchAnswer{digest, batch_of(parcel.answer().batch())});
        }
        case Parcel::MESSAGE_NOT_SET: break;
    }
    return Error{Code::invalid_argument, "a parcel without a message that this version knows"};
}

}  // namespace

Parcel to_parcel(const ledger::ChannelId& channel, const ordering::Message& message) {
    Parcel parcel;
    parcel.set_channel(to_text(channel));
    std::visit(Filler{parcel}, message);
    return parcel;
}

Result<ReceivedMessage> from_parcel(Parcel& parcel) {
    BSN_TRY(channel, ledger::ChannelId::from(as_bytes(parcel.channel())));
    BSN_TRY(message, message_of(parcel));
    return ReceivedMessage{channel, std::move(message)};
}

}  // namespace bsn::node
