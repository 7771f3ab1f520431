#include "gateway/published/mac.hpp"

#include "crypto/der_signature.hpp"

#include <algorithm>

namespace bsn::gateway::published {
namespace {

/// Of how many entries every order is tried: 24 orders of four.
constexpr std::size_t k_max_permuted = 4;

Status refused(Error error) { return std::move(error).within("mac"); }

}  // namespace

int algorithm_of(crypto::SuiteId suite) {
    switch (suite) {
        case crypto::SuiteId::sm2: return 1;
        case crypto::SuiteId::secp256r1: return 2;
        case crypto::SuiteId::secp256k1: break;
    }
    return 3;
}

std::string make_mac(const crypto::PrivateKey& key, std::string_view text) {
    using crypto::HashId;
    crypto::Signature signature;
    switch (key.suite()) {
        case crypto::SuiteId::secp256r1: signature = key.sign(as_bytes(text)); break;
        case crypto::SuiteId::secp256k1:
            signature = crypto::sign_digest(key, crypto::hash(HashId::sha256, as_bytes(text)));
            break;
        case crypto::SuiteId::sm2:
            signature = key.sign(crypto::hash(HashId::sm3, as_bytes(text)));
            break;
    }
    return to_base64(crypto::to_der(signature));
}

Status verify_mac(const crypto::PublicKey& key, std::string_view text, std::string_view mac) {
    using crypto::HashId;
    auto der = from_base64(mac);
    if (!der) return refused({Code::bad_signature, der.error().message});
    auto signature = crypto::signature_from_der(*der);
    if (!signature) return refused(signature.error());
    Status status;
    switch (key.suite) {
        case crypto::SuiteId::secp256r1:
            status = crypto::verify(key, as_bytes(text), *signature);
            break;
        case crypto::SuiteId::secp256k1:
            status = crypto::verify_digest(key, crypto::hash(HashId::sha256, as_bytes(text)),
                                           *signature);
            break;
        case crypto::SuiteId::sm2:
            status = crypto::verify(key, crypto::hash(HashId::sm3, as_bytes(text)), *signature);
            break;
    }
    return status ? status : refused(status.error());
}

Status verify_mac(const crypto::PublicKey& key, const Inquiry& inquiry) {
    if (inquiry.mac.empty()) {
        return Error{Code::unauthenticated, "the request has no mac; sign it with the access key"};
    }
    Status status = verify_mac(key, signed_text(inquiry), inquiry.mac);
    if (status) return status;
    Inquiry other = inquiry;
    for (FieldValue& value : other.values) {
        auto* map = std::get_if<TextMap>(&value);
        if (map == nullptr || map->size() < 2 || map->size() > k_max_permuted) continue;
        std::sort(map->begin(), map->end());
        do {
            if (verify_mac(key, signed_text(other), inquiry.mac)) return {};
        } while (std::next_permutation(map->begin(), map->end()));
    }
    return status;
}

}  // namespace bsn::gateway::published
