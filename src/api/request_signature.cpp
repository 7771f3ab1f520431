#include "api/request_signature.hpp"

#include "api/header_fields.hpp"
#include "base/codec.hpp"

#include <fmt/format.h>

namespace bsn::api {
namespace {

constexpr std::string_view k_scheme = "BSN ";
constexpr std::size_t k_fields = 6;

constexpr HeaderForm k_form{"Authorization", Code::unauthenticated};

}  // namespace

Bytes request_statement(const RequestToSign& request, UnixMillis expires,
                        const ledger::Nonce& nonce) {
    Writer body(64 + request.method.size() + request.target.size());
    body.text(request.method);
    body.text(request.target);
    body.raw(crypto::hash(crypto::HashId::sha256, request.body));
    body.u64(expires);
    body.raw(nonce);
    return ledger::encode_statement(ledger::Purpose::request, request.network, request.channel, 0,
                                    body.view());
}

std::string sign_request(const RequestToSign& request, const ledger::ParticipantId& participant,
                         const crypto::PrivateKey& key, UnixMillis expires,
                         const ledger::Nonce& nonce) {
    return format_authorization({participant, key.public_key(), expires, nonce,
                                 key.sign(request_statement(request, expires, nonce))});
}

std::string format_authorization(const RequestSignature& signature) {
    return fmt::format("{}participant={},suite={},key={},expires={},nonce={},signature={}",
                       k_scheme, to_hex(signature.participant),
                       crypto::suite_name(signature.key.suite), to_hex(signature.key.bytes),
                       signature.expires, to_hex(signature.nonce), to_hex(signature.signature));
}

Result<RequestSignature> parse_authorization(std::string_view value) {
    if (!value.starts_with(k_scheme)) return k_form.malformed("it must begin with \"BSN \"");
    BSN_TRY(fields, HeaderFields::parse(k_form, value.substr(k_scheme.size()), k_fields));
    RequestSignature parsed;
    BSN_CHECK(fields.read_hex("participant", parsed.participant));
    BSN_TRY(suite, fields.text("suite"));
    auto known = crypto::suite_from_name(suite);
    if (!known) return k_form.malformed("suite must be secp256r1, secp256k1 or sm2");
    parsed.key.suite = *known;
    BSN_CHECK(fields.read_hex("key", parsed.key.bytes));
    BSN_CHECK(fields.read_number("expires", parsed.expires));
    BSN_CHECK(fields.read_hex("nonce", parsed.nonce));
    BSN_CHECK(fields.read_hex("signature", parsed.signature));
    return parsed;
}

}  // namespace bsn::api
