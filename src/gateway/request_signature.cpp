#include "gateway/request_signature.hpp"

#include "base/codec.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>

namespace bsn::gateway {
namespace {

constexpr std::string_view k_scheme = "BSN ";
constexpr std::size_t k_fields = 6;

Error malformed(std::string_view why) {
    return {Code::unauthenticated, fmt::format("the Authorization header is malformed: {}", why)};
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

using Fields = std::map<std::string_view, std::string_view>;

Result<Fields> split_fields(std::string_view text) {
    Fields fields;
    while (!text.empty()) {
        std::string_view field = trim(text.substr(0, text.find(',')));
        std::size_t comma = text.find(',');
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
        std::size_t equals = field.find('=');
        if (equals == std::string_view::npos) return malformed("a field is name=value");
        if (!fields.emplace(field.substr(0, equals), field.substr(equals + 1)).second) {
            return malformed("a field stands there twice");
        }
        if (fields.size() > k_fields) return malformed("there are too many fields");
    }
    return fields;
}

template <typename Value>
Status read_hex(const Fields& fields, std::string_view name, Value& value) {
    auto field = fields.find(name);
    if (field == fields.end()) return malformed(fmt::format("{} is missing", name));
    auto parsed = fixed_from_hex<Value>(field->second);
    if (!parsed) {
        return malformed(fmt::format("{} must be {} hexadecimal digits", name, 2 * Value::k_size));
    }
    value = *parsed;
    return {};
}

Status read_number(const Fields& fields, std::string_view name, UnixMillis& value) {
    auto field = fields.find(name);
    if (field == fields.end()) return malformed(fmt::format("{} is missing", name));
    const char* end = field->second.data() + field->second.size();
    auto [at, error] = std::from_chars(field->second.data(), end, value);
    if (error != std::errc{} || at != end) {
        return malformed(fmt::format("{} must be a number of milliseconds", name));
    }
    return {};
}

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
    if (!value.starts_with(k_scheme)) return malformed("it must begin with \"BSN \"");
    BSN_TRY(fields, split_fields(value.substr(k_scheme.size())));
    RequestSignature parsed;
    BSN_CHECK(read_hex(fields, "participant", parsed.participant));
    auto suite = fields.find("suite");
    if (suite == fields.end()) return malformed("suite is missing");
    auto known = crypto::suite_from_name(suite->second);
    if (!known) return malformed("suite must be secp256r1, secp256k1 or sm2");
    parsed.key.suite = *known;
    BSN_CHECK(read_hex(fields, "key", parsed.key.bytes));
    BSN_CHECK(read_number(fields, "expires", parsed.expires));
    BSN_CHECK(read_hex(fields, "nonce", parsed.nonce));
    BSN_CHECK(read_hex(fields, "signature", parsed.signature));
    return parsed;
}

}  // namespace bsn::gateway
