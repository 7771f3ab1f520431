#include "crypto/der_signature.hpp"

#include "crypto/curves.hpp"
#include "crypto/recovery.hpp"

#include <secp256k1.h>

namespace bsn::crypto {
namespace {

constexpr std::uint8_t k_sequence = 0x30;
constexpr std::uint8_t k_integer = 0x02;
constexpr std::size_t k_number = 32;

void put_integer(Bytes& out, ByteView number) {
    while (number.size() > 1 && number.front() == 0) number = number.subspan(1);
    const bool padded = number.front() >= 0x80;  // it would be read as a negative one
    out.push_back(k_integer);
    out.push_back(static_cast<std::uint8_t>(number.size() + (padded ? 1 : 0)));
    if (padded) out.push_back(0);
    for (std::uint8_t byte : number) out.push_back(byte);
}

/// Reads an integer from the front of `der` into 32 bytes.
bool take_integer(ByteView& der, std::uint8_t* number) {
    if (der.size() < 3 || der[0] != k_integer) return false;
    const std::size_t size = der[1];
    if (size == 0 || size > k_number + 1 || der.size() < 2 + size) return false;
    ByteView value = der.subspan(2, size);
    der = der.subspan(2 + size);
    if (value.front() >= 0x80) return false;
    if (value.front() == 0 && size > 1) {
        if (value[1] < 0x80) return false;
        value = value.subspan(1);
    }
    if (value.size() > k_number) return false;
    number += k_number - value.size();
    for (std::uint8_t byte : value) *number++ = byte;
    return true;
}

}  // namespace

Bytes to_der(const Signature& signature) {
    Bytes der(2);
    put_integer(der, signature.view().first(k_number));
    put_integer(der, signature.view().subspan(k_number));
    der[0] = k_sequence;
    der[1] = static_cast<std::uint8_t>(der.size() - 2);
    return der;
}

Result<Signature> signature_from_der(ByteView der) {
    Signature signature;
    const bool framed = der.size() >= 2 && der[0] == k_sequence && der[1] == der.size() - 2;
    ByteView numbers = der.subspan(framed ? 2 : 0);
    if (!framed || !take_integer(numbers, signature.data()) ||
        !take_integer(numbers, signature.data() + k_number) || !numbers.empty()) {
        return Error{Code::bad_signature, "the signature is not the DER of two numbers r and s"};
    }
    return signature;
}

Signature sign_digest(const PrivateKey& key, const Hash& digest) {
    return sign_recoverable(key, digest).signature;
}

Status verify_digest(const PublicKey& key, const Hash& digest, const Signature& signature) {
    ensure(key.suite == SuiteId::secp256k1, "digests are verified of secp256k1 only");
    if (is_high(curve_of(key.suite), signature.view().subspan(k_number))) {
        return Error{Code::bad_signature,
                     "s of the signature is high; send the group order less s instead"};
    }
    secp256k1_pubkey point;
    secp256k1_ecdsa_signature parsed;
    if (secp256k1_ec_pubkey_parse(secp256k1_context_static, &point, key.bytes.data(),
                                  key.bytes.size()) == 1 &&
        secp256k1_ecdsa_signature_parse_compact(secp256k1_context_static, &parsed,
                                                signature.data()) == 1 &&
        secp256k1_ecdsa_verify(secp256k1_context_static, &parsed, digest.data(), &point) == 1) {
        return {};
    }
    return Error{Code::bad_signature, "signature does not match the digest and the public key"};
}

}  // namespace bsn::crypto
