#include "framework/fabric/client/seek.hpp"

#include "crypto/random.hpp"
#include "framework/fabric/client/timestamp.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace bsn::framework::fabric {

orderer::SeekInfo seek_from(std::uint64_t height) {
    orderer::SeekInfo seek;
    seek.mutable_start()->mutable_specified()->set_number(height);
    seek.mutable_stop()->mutable_specified()->set_number(std::numeric_limits<std::uint64_t>::max());
    seek.set_behavior(orderer::SeekInfo::BLOCK_UNTIL_READY);
    return seek;
}

orderer::SeekInfo seek_one(std::optional<std::uint64_t> height) {
    orderer::SeekInfo seek;
    if (height) {
        seek.mutable_start()->mutable_specified()->set_number(*height);
    } else {
        seek.mutable_start()->mutable_newest();
    }
    *seek.mutable_stop() = seek.start();
    seek.set_behavior(orderer::SeekInfo::FAIL_IF_NOT_READY);
    // An orderer that has lost its leader still has its old blocks.
    seek.set_error_response(orderer::SeekInfo::BEST_EFFORT);
    return seek;
}

common::Envelope seek_envelope(const std::string& channel, const orderer::SeekInfo& seek,
                               const Identity& identity, const std::string& tls_certificate_hash) {
    common::ChannelHeader channel_header;
    channel_header.set_type(common::DELIVER_SEEK_INFO);
    channel_header.set_channel_id(channel);
    channel_header.set_tls_cert_hash(tls_certificate_hash);
    set_timestamp(*channel_header.mutable_timestamp(), SystemClock().now());
    std::array<std::uint8_t, 24> nonce;
    crypto::fill_random(nonce);
    common::SignatureHeader signature_header;
    signature_header.set_creator(identity.serialized());
    signature_header.set_nonce(to_text(nonce));
    common::Payload payload;
    payload.mutable_header()->set_channel_header(channel_header.SerializeAsString());
    payload.mutable_header()->set_signature_header(signature_header.SerializeAsString());
    payload.set_data(seek.SerializeAsString());
    common::Envelope envelope;
    envelope.set_payload(payload.SerializeAsString());
    envelope.set_signature(identity.sign(envelope.payload()));
    return envelope;
}

Error error_of(common::Status status, const std::string& channel) {
    switch (status) {
        case common::NOT_FOUND:
            return {Code::not_found, fmt::format("channel {} or the block is not there", channel)};
        case common::FORBIDDEN:
            return {Code::forbidden, fmt::format("the identity may not read channel {}, or its "
                                                 "certificate has expired or was revoked",
                                                 channel)};
        case common::BAD_REQUEST:
            return {Code::invalid_argument, fmt::format("channel {}: bad request; with mutual TLS, "
                                                        "is the certificate of TLS the right one?",
                                                        channel)};
        default:
            return {Code::unavailable, fmt::format("channel {}: no blocks: status {}", channel,
                                                   common::Status_Name(status))};
    }
}

}  // namespace bsn::framework::fabric
