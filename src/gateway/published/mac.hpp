#pragma once
// The signature of requests and answers ("mac"): base64 of DER, over a text.
//
//     secp256r1, secp256k1   ECDSA over SHA-256 of the text, s low
//     SM2                    SM2 with SM3 over the SM3 of the text: it is hashed twice

#include "crypto/private_key.hpp"
#include "gateway/published/request.hpp"

namespace bsn::gateway::published {

/// The protocol's number of a suite (`algorithmType`).
int algorithm_of(crypto::SuiteId suite);

std::string make_mac(const crypto::PrivateKey& key, std::string_view text);
/// `bad_signature` if the mac is malformed, its s is high, or it is not of this key and text.
Status verify_mac(const crypto::PublicKey& key, std::string_view text, std::string_view mac);

/// Verifies a request. Some SDKs sign the entries of `transientData` in another order than they
/// send: of up to four entries every order is tried. `unauthenticated` without a mac.
Status verify_mac(const crypto::PublicKey& key, const Inquiry& inquiry);

}  // namespace bsn::gateway::published
