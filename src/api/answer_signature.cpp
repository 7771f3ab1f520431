#include "api/answer_signature.hpp"

#include "api/header_fields.hpp"
#include "base/codec.hpp"

#include <fmt/format.h>

namespace bsn::api {
namespace {

constexpr std::size_t k_fields = 3;
constexpr HeaderForm k_form{k_answer_signature_header, Code::bad_signature};

}  // namespace

Question Question::of(const ledger::Nonce& nonce, std::string_view method, std::string_view target,
                      ByteView body, std::string_view authorization) {
    return {nonce, std::string(method), std::string(target),
            crypto::hash(crypto::HashId::sha256, body),
            crypto::hash(crypto::HashId::sha256, as_bytes(authorization))};
}

Bytes answer_statement(const ledger::NetworkId& network, const Question& question,
                       const AnswerToSign& answer, UnixMillis time) {
    Writer body(160 + question.target.size());
    body.raw(question.nonce);
    body.text(question.method);
    body.text(question.target);
    body.raw(question.body);
    body.raw(question.authorization);
    body.u16(static_cast<std::uint16_t>(answer.status));
    body.text(answer.content_type);
    body.raw(crypto::hash(crypto::HashId::sha256, answer.body));
    body.u64(time);
    return ledger::encode_statement(ledger::Purpose::answer, network, {}, 0, body.view());
}

std::string format_answer_signature(const AnswerSignature& signature) {
    return fmt::format("node={},time={},signature={}", to_hex(signature.node), signature.time,
                       to_hex(signature.signature));
}

Result<AnswerSignature> parse_answer_signature(std::string_view value) {
    BSN_TRY(fields, HeaderFields::parse(k_form, value, k_fields));
    AnswerSignature parsed;
    BSN_CHECK(fields.read_hex("node", parsed.node));
    BSN_CHECK(fields.read_number("time", parsed.time));
    BSN_CHECK(fields.read_hex("signature", parsed.signature));
    return parsed;
}

Status check_answer(const ledger::NetworkId& network, const Question& question,
                    const AnswerToSign& answer, const AnswerSignature& signature,
                    const crypto::PublicKey& key) {
    if (ledger::node_id_of(key.bytes) != signature.node) {
        return Error{Code::bad_signature, "the answer is signed by another node than it names"};
    }
    Status right = crypto::verify(key, answer_statement(network, question, answer, signature.time),
                                  signature.signature);
    if (right) return right;
    return Error{
        Code::bad_signature,
        "the node's signature does not match this answer (network, question, status, type, "
        "body, time): " +
            right.error().message};
}

}  // namespace bsn::api
