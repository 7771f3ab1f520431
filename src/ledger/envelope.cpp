#include "ledger/envelope.hpp"

#include "ledger/fields.hpp"

#include <fmt/format.h>

namespace bsn::ledger {
namespace {

constexpr std::uint8_t k_version = 1;
constexpr std::size_t k_fixed_core_bytes = 2 + 1 + 32 + 8 + 32 + 8 + 1 + 32 + 4 + 4 + 8 + 4;
constexpr std::size_t k_tick_body_bytes = 8;
constexpr std::size_t k_void_body_bytes = 1 + 8 + 32;

EnvelopeKind read_kind(Reader& reader) {
    const std::uint8_t number = reader.u8();
    switch (static_cast<EnvelopeKind>(number)) {
        case EnvelopeKind::batch:
        case EnvelopeKind::carried:
        case EnvelopeKind::void_batch:
        case EnvelopeKind::tick: return static_cast<EnvelopeKind>(number);
    }
    reader.fail(Code::unsupported_version, fmt::format("envelope kind {} is unknown", number));
    return {};
}

void write_core(Writer& writer, const Envelope& envelope) {
    writer.u8(format::k_envelope);
    writer.u8(k_version);
    writer.u8(number_of(envelope.kind));
    writer.raw(envelope.channel);
    writer.u64(envelope.epoch);
    writer.raw(envelope.proposer);
    writer.u64(envelope.sequence);
    writer.u8(number_of(envelope.digest_hash));
    writer.raw(envelope.digest);
    writer.u32(envelope.count);
    writer.u32(envelope.bytes);
    writer.u64(envelope.valid_until_order_height);
    writer.bytes(envelope.body);
}

/// What each kind of envelope holds, and leaves out.
std::string_view wrong_form(const Envelope& envelope) {
    if (envelope.valid_until_order_height == 0) return "valid until ordering height 0";
    const bool counted = envelope.count > 0 && envelope.bytes > 0;
    switch (envelope.kind) {
        case EnvelopeKind::batch:
            if (!counted) return "names a batch of no transactions or bytes";
            if (!envelope.body.empty()) return "carries bytes that only name a batch";
            break;
        case EnvelopeKind::carried:
            if (!counted) return "carries a batch of no transactions or bytes";
            if (envelope.body.size() != envelope.bytes) return "the batch has another size";
            if (crypto::hash(envelope.digest_hash, envelope.body) != envelope.digest) {
                return "the batch has another digest";
            }
            break;
        case EnvelopeKind::tick:
            if (envelope.body.size() != k_tick_body_bytes) return "a tick's body is a height";
            if (envelope.count != 0 || envelope.bytes != 0 || !envelope.digest.is_zero()) {
                return "a tick has no batch";
            }
            break;
        case EnvelopeKind::void_batch:
            if (envelope.body.size() != k_void_body_bytes) {
                return "a void vote's body is a stance, a height and a hash";
            }
            if (envelope.body[0] != 1 && envelope.body[0] != 2) {
                return "a void vote promises (1) or withdraws (2)";
            }
            if (envelope.count != 0 || envelope.bytes != 0 || !envelope.digest.is_zero()) {
                return "a void vote has no batch";
            }
            break;
    }
    return {};
}

Status check_batch_certificates(const Envelope& envelope, const EpochRecord& epoch,
                                ByteView statement, std::uint64_t order_height) {
    if (envelope.availability.size() != epoch.suites.size()) {
        return Error{Code::bad_signature,
                     fmt::format("{} availability certificates, epoch {} asks for {}",
                                 envelope.availability.size(), epoch.epoch, epoch.suites.size())};
    }
    for (std::size_t i = 0; i < epoch.suites.size(); ++i) {
        if (envelope.availability[i].suite != epoch.suites[i]) {
            return Error{Code::wrong_suite, fmt::format("availability certificate {} must be in {}",
                                                        i, crypto::suite_name(epoch.suites[i]))};
        }
    }
    for (const Certificate& certificate : envelope.availability) {
        BSN_CHECK(check_certificate(certificate, epoch, statement, order_height));
    }
    return {};
}

Status check_proposer_signature(const Envelope& envelope, const EpochRecord& epoch,
                                ByteView statement, std::uint64_t order_height) {
    const auto proposer = epoch.index_of(envelope.proposer);
    if (!proposer) {
        return Error{Code::forbidden,
                     fmt::format("the proposer is no peer of epoch {}", epoch.epoch)};
    }
    if (envelope.availability.size() != 1 || envelope.availability[0].signatures.size() != 1) {
        return Error{Code::bad_signature, "exactly one signature, by the proposer, is needed"};
    }
    const Certificate& own = envelope.availability[0];
    if (own.suite != epoch.suites.at(0)) {
        return Error{Code::wrong_suite, fmt::format("the proposer must sign in {}",
                                                    crypto::suite_name(epoch.suites[0]))};
    }
    if (own.signatures[0].peer != *proposer) {
        return Error{Code::bad_signature, "signed by another peer than the proposer"};
    }
    return check_peer_signature(own.signatures[0], own.suite, epoch, statement, order_height);
}

}  // namespace

Bytes Envelope::encode_core() const {
    Writer writer(k_fixed_core_bytes + body.size());
    write_core(writer, *this);
    return writer.take();
}

Bytes Envelope::encode() const {
    Writer writer(k_fixed_core_bytes + body.size() + 256);
    write_core(writer, *this);
    writer.u8(count_u8(availability.size()));
    for (const Certificate& certificate : availability) writer.bytes(certificate.encode());
    return writer.take();
}

Result<Envelope> Envelope::decode(ByteView bytes) {
    Reader reader(bytes);
    reader.format(format::k_envelope, k_version, "envelope");
    Envelope envelope;
    envelope.kind = read_kind(reader);
    envelope.channel = reader.fixed<ChannelId>();
    envelope.epoch = reader.u64();
    envelope.proposer = reader.fixed<NodeId>();
    envelope.sequence = reader.u64();
    envelope.digest_hash = read_hash_id(reader);
    envelope.digest = reader.fixed<Hash>();
    envelope.count = reader.u32();
    envelope.bytes = reader.u32();
    envelope.valid_until_order_height = reader.u64();
    envelope.body = to_bytes(reader.bytes());
    const std::size_t certificates = reader.u8();
    for (std::size_t i = 0; i < certificates; ++i) {
        const ByteView encoded = reader.bytes();
        if (reader.failed()) break;
        BSN_TRY(certificate, Certificate::decode(encoded));
        envelope.availability.push_back(std::move(certificate));
    }
    BSN_CHECK(reader.finish("envelope"));
    if (auto wrong = wrong_form(envelope); !wrong.empty()) {
        return Error{Code::invalid_argument, fmt::format("envelope: {}", wrong)};
    }
    return envelope;
}

Status check_availability(const Envelope& envelope, const EpochRecord& epoch,
                          const NetworkId& network, std::uint64_t order_height) {
    if (envelope.channel != epoch.channel) {
        return Error{Code::wrong_channel, "envelope of another channel than the epoch's"};
    }
    if (envelope.epoch != epoch.epoch) {
        return Error{Code::unavailable, fmt::format("envelope of epoch {}, the channel is in {}",
                                                    envelope.epoch, epoch.epoch)};
    }
    const Purpose purpose =
        envelope.kind == EnvelopeKind::void_batch ? Purpose::void_batch : Purpose::availability;
    const Bytes statement = encode_statement(purpose, network, envelope.channel, envelope.epoch,
                                             envelope.encode_core());
    return envelope.kind == EnvelopeKind::batch
               ? check_batch_certificates(envelope, epoch, statement, order_height)
               : check_proposer_signature(envelope, epoch, statement, order_height);
}

}  // namespace bsn::ledger
