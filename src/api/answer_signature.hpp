#pragma once
// How an answer says which city node gives it to what: a signed statement in the header
// `BSN-Answer-Signature`, for those who ask for it by `BSN-Answer-Nonce`. Used by the server and by
// its clients (`docs/http-api.md`, "Signed answers").

#include "ledger/certificate.hpp"

#include <string>
#include <string_view>

namespace bsn::api {

inline constexpr std::string_view k_answer_nonce_header = "BSN-Answer-Nonce";
inline constexpr std::string_view k_answer_signature_header = "BSN-Answer-Signature";

/// What was asked, as far as an answer's signature is about it.
struct Question {
    ledger::Nonce nonce;  ///< random; of whoever asks
    std::string method;
    std::string target;          ///< path with query, exactly as sent
    crypto::Hash body;           ///< SHA-256
    crypto::Hash authorization;  ///< SHA-256 of the header's value; of nothing where there was none

    static Question of(const ledger::Nonce& nonce, std::string_view method, std::string_view target,
                       ByteView body, std::string_view authorization);
};

/// What was answered.
struct AnswerToSign {
    unsigned status = 0;
    std::string_view content_type;  ///< the header's value, exactly as sent
    ByteView body;
};

/// The header's content.
struct AnswerSignature {
    ledger::NodeId node;
    UnixMillis time = 0;          ///< of the node's clock
    crypto::Signature signature;  ///< by its secp256r1 key
};

/// The bytes that are signed.
Bytes answer_statement(const ledger::NetworkId& network, const Question& question,
                       const AnswerToSign& answer, UnixMillis time);

/// `node=…,time=…,signature=…`.
std::string format_answer_signature(const AnswerSignature& signature);
/// Reads a header value; each field must stand there once, in any order.
Result<AnswerSignature> parse_answer_signature(std::string_view value);

/// Whether a node with this key gave this answer to this question, by the header's word: else
/// `bad_signature`.
Status check_answer(const ledger::NetworkId& network, const Question& question,
                    const AnswerToSign& answer, const AnswerSignature& signature,
                    const crypto::PublicKey& key);

}  // namespace bsn::api
