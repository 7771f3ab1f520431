// Measured on one core (AMD EPYC, OpenSSL 3.0.22) with a kept key: ECDSA_do_verify 44.8 µs,
// EVP_PKEY_verify with a kept context 45.1 µs and a DER encoding on top. Building the key costs
// 22 µs, hence the cache above us (13 µs of them for the square root that gives y).

#include "crypto/ecdsa_signature.hpp"
#include "crypto/schemes.hpp"

#include <openssl/obj_mac.h>

// EC_KEY is declared deprecated in OpenSSL 3, in favour of EVP_PKEY, which wraps it.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace bsn::crypto {
namespace {

/// A table takes as long to compute as it saves in about 800 verifications.
constexpr std::uint32_t k_uses_worth_a_table = 1'000;

EcKeyPtr new_key() {
    EcKeyPtr key(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1), &EC_KEY_free);
    ensure(key != nullptr, "OpenSSL lacks P-256");
    return key;
}

// n - s signs the same, so only the lower of the two counts.
void make_low(BIGNUM* s, const Signature& signature) {
    const Curve& curve = curve_of(SuiteId::secp256r1);
    if (!is_high(curve, ByteView(signature).subspan(32))) return;
    ensure(BN_sub(s, EC_GROUP_get0_order(curve.group), s) == 1, "out of memory");
}

}  // namespace

std::optional<P256PublicKey> P256PublicKey::parse(const PublicKeyBytes& bytes) {
    ErrorScope errors;
    EcKeyPtr key = new_key();
    if (EC_KEY_oct2key(key.get(), bytes.data(), bytes.size(), nullptr) != 1) return std::nullopt;
    return P256PublicKey(std::move(key), bytes);
}

bool P256PublicKey::verify(ByteView message, const Signature& signature) const {
    thread_local SignatureRoom room;
    ErrorScope errors;
    Hash digest = hash(HashId::sha256, message);
    if (auto table = table_.lock()) return table->verify(digest, signature);
    if (++uses_ == k_uses_worth_a_table) {
        uses_ = 0;  // a table that was refused, or is dropped later, is to be earned again
        if (P256Table::is_of_use()) {
            table_ = shared_p256_tables().table_of(bytes_, EC_KEY_get0_public_key(key_.get()));
        }
    }
    return ECDSA_do_verify(digest.data(), static_cast<int>(digest.size()), room.fill(signature),
                           key_.get()) == 1;
}

P256PrivateKey::P256PrivateKey(const PublicKey& public_key, const Scalar& scalar)
    : key_(new_key()) {
    BignumPtr number(BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), nullptr));
    ensure(number != nullptr && EC_KEY_set_private_key(key_.get(), number.get()) == 1 &&
               EC_KEY_oct2key(key_.get(), public_key.bytes.data(), public_key.bytes.size(),
                              nullptr) == 1,
           "OpenSSL took no P-256 key");
}

Signature P256PrivateKey::sign(ByteView message) const {
    Hash digest = hash(HashId::sha256, message);
    EcdsaSigPtr made(ECDSA_do_sign(digest.data(), static_cast<int>(digest.size()), key_.get()));
    ensure(made != nullptr, "OpenSSL made no P-256 signature");
    const BIGNUM* r = ECDSA_SIG_get0_r(made.get());
    BignumPtr s(BN_dup(ECDSA_SIG_get0_s(made.get())));
    ensure(s != nullptr, "out of memory");
    make_low(s.get(), to_signature(r, s.get()));
    return to_signature(r, s.get());
}

}  // namespace bsn::crypto
