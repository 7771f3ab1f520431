#include "framework/fabric/chaincode/proposal.hpp"

#include "base/codec.hpp"
#include "framework/fabric/client/relayed_call.hpp"

#include <common/common.pb.h>
#include <fmt/format.h>
#include <msp/identities.pb.h>
#include <peer/proposal.pb.h>

namespace bsn::framework::fabric {
namespace {

/// The end of the year 9999: later times have no text in ISO 8601.
constexpr std::int64_t k_last_second = 253'402'300'799;
constexpr std::int32_t k_nanos_of_second = 1'000'000'000;

template <typename Message>
Result<Message> parse(const std::string& bytes, std::string_view what) {
    Message message;
    if (message.ParseFromString(bytes)) return message;
    return Error{Code::invalid_argument, fmt::format("the proposal's {} cannot be read", what)};
}

Result<UnixMillis> millis_of(const google::protobuf::Timestamp& time) {
    const bool in_range = time.seconds() >= 0 && time.seconds() <= k_last_second &&
                          time.nanos() >= 0 && time.nanos() < k_nanos_of_second;
    if (!in_range) {
        return Error{Code::invalid_argument, "the proposal's time is not between 1970 and 9999"};
    }
    return static_cast<UnixMillis>(time.seconds()) * 1000 +
           static_cast<UnixMillis>(time.nanos()) / 1'000'000;
}

}  // namespace

Result<CallOrigin> origin_of(const protos::ChaincodeMessage& message) {
    BSN_TRY(proposal,
            parse<protos::Proposal>(message.proposal().proposal_bytes(), "outermost message"));
    BSN_TRY(header, parse<common::Header>(proposal.header(), "header"));
    BSN_TRY(channel, parse<common::ChannelHeader>(header.channel_header(), "channel header"));
    BSN_TRY(signature,
            parse<common::SignatureHeader>(header.signature_header(), "signature header"));
    // Of a call that a node relays, the caller is who has signed it first.
    const auto proposed = parse_proposal(message.proposal());
    const auto user = proposed ? relayed_for(*proposed) : std::nullopt;
    BSN_TRY(creator, parse<msp::SerializedIdentity>(user.value_or(signature.creator()), "creator"));

    CallOrigin origin;
    auto key = certified_key(creator.id_bytes());
    if (!key) return Error{Code::invalid_argument, key.error().within("the creator").message};
    origin.signer = *key;
    origin.caller = ledger::participant_id_of(*key);
    auto transaction = fixed_from_hex<ledger::TxId>(message.txid());
    if (!transaction) {
        return Error{Code::invalid_argument,
                     "the transaction's id is not of 64 hexadecimal digits"};
    }
    origin.transaction = *transaction;
    BSN_TRY(time, millis_of(channel.timestamp()));
    origin.time = time;

    Reader id(origin.transaction);
    origin.index = id.u32();
    origin.height = time * 1000 + id.u32() % 1000;
    return origin;
}

}  // namespace bsn::framework::fabric
