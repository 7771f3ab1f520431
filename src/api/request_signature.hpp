#pragma once
// How a request says who asks: a signed statement in the `Authorization` header. Used by the server
// and by its clients (`docs/http-api.md`, "Who asks").

#include "ledger/certificate.hpp"

#include <string>
#include <string_view>

namespace bsn::api {

/// How far ahead a request's expiry may lie, in milliseconds.
inline constexpr UnixMillis k_max_request_life = 120'000;

/// What a request signature is about.
struct RequestToSign {
    ledger::NetworkId network;
    ledger::ChannelId channel;  ///< of the app; zero for calls that name none
    std::string_view method;    ///< `GET`, `POST`
    std::string_view target;    ///< path with query, exactly as sent
    ByteView body;
};

/// The header's content.
struct RequestSignature {
    ledger::ParticipantId participant;
    crypto::PublicKey key;
    UnixMillis expires = 0;
    ledger::Nonce nonce;  ///< random; once only
    crypto::Signature signature;
};

/// The bytes that are signed.
Bytes request_statement(const RequestToSign& request, UnixMillis expires,
                        const ledger::Nonce& nonce);

/// Signs a request: the value of its `Authorization` header.
std::string sign_request(const RequestToSign& request, const ledger::ParticipantId& participant,
                         const crypto::PrivateKey& key, UnixMillis expires,
                         const ledger::Nonce& nonce);

/// `BSN participant=…,suite=…,key=…,expires=…,nonce=…,signature=…`.
std::string format_authorization(const RequestSignature& signature);
/// Reads a header value; each field must stand there once, in any order.
Result<RequestSignature> parse_authorization(std::string_view value);

}  // namespace bsn::api
