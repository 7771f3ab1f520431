#include "crypto/recovery.hpp"

#include "crypto/private_key_access.hpp"

#include <fmt/format.h>
#include <secp256k1_recovery.h>

namespace bsn::crypto {
namespace {

Error bad_signature(std::string message) { return {Code::bad_signature, std::move(message)}; }

Status check_form(const RecoverableSignature& signature, HighS high_s) {
    const Curve& curve = curve_of(SuiteId::secp256k1);
    const ByteView r = signature.signature.view().first(32);
    const ByteView s = signature.signature.view().subspan(32);
    if (signature.recovery_id > 3) {
        return bad_signature(fmt::format("recovery id {}, 0 to 3 exist", signature.recovery_id));
    }
    if (!is_scalar(curve, r) || !is_scalar(curve, s)) {
        return bad_signature("r or s of the signature is zero or beyond the group order");
    }
    if (high_s == HighS::refuse && is_high(curve, s)) {
        return bad_signature(
            "s of the signature is high (EIP-2); send the group order less s and the other "
            "recovery id, which sign the same");
    }
    return {};
}

}  // namespace

Result<PublicKey> recover_signer(const Hash& digest, const RecoverableSignature& signature,
                                 HighS high_s) {
    BSN_CHECK(check_form(signature, high_s));
    secp256k1_ecdsa_recoverable_signature parsed;
    secp256k1_pubkey point;
    if (secp256k1_ecdsa_recoverable_signature_parse_compact(secp256k1_context_static, &parsed,
                                                            signature.signature.data(),
                                                            signature.recovery_id) != 1 ||
        secp256k1_ecdsa_recover(secp256k1_context_static, &point, &parsed, digest.data()) != 1) {
        return bad_signature("no key made this signature with this recovery id");
    }
    PublicKey key{SuiteId::secp256k1, {}};
    std::size_t size = key.bytes.size();
    ensure(secp256k1_ec_pubkey_serialize(secp256k1_context_static, key.bytes.data(), &size, &point,
                                         SECP256K1_EC_COMPRESSED) == 1 &&
               size == key.bytes.size(),
           "a compressed point is 33 bytes");
    return key;
}

RecoverableSignature sign_recoverable(const PrivateKey& key, const Hash& digest) {
    ensure(key.suite() == SuiteId::secp256k1, "keys are recovered of secp256k1 signatures only");
    secp256k1_ecdsa_recoverable_signature made;
    RecoverableSignature signature;
    int recovery_id = 0;
    ensure(secp256k1_ecdsa_sign_recoverable(secp256k1_signing_context(), &made, digest.data(),
                                            PrivateKeyAccess::scalar(key).data(), nullptr,
                                            nullptr) == 1 &&
               secp256k1_ecdsa_recoverable_signature_serialize_compact(
                   secp256k1_context_static, signature.signature.data(), &recovery_id, &made) == 1,
           "libsecp256k1 made no signature");
    signature.recovery_id = static_cast<std::uint8_t>(recovery_id);
    return signature;
}

Result<std::uint8_t> recovery_id_of(const Hash& digest, const Signature& signature,
                                    const PublicKey& key) {
    for (std::uint8_t id = 0; id < 4; ++id) {
        const auto signer = recover_signer(digest, {signature, id}, HighS::accept);
        if (signer && *signer == key) return id;
    }
    return bad_signature("signature does not match the digest and the public key");
}

}  // namespace bsn::crypto
