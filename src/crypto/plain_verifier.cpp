#include "crypto/plain_verifier.hpp"

#include "crypto/curves.hpp"
#include "crypto/ecdsa_signature.hpp"

namespace bsn::crypto {
namespace {

bool verify_sm2(EVP_PKEY* key, ByteView message, ByteView der) {
    EvpMdCtxPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* of_key = nullptr;
    ensure(context != nullptr &&
               EVP_DigestVerifyInit(context.get(), &of_key, EVP_sm3(), nullptr, key) == 1 &&
               EVP_PKEY_CTX_set1_id(of_key, k_sm2_identity.data(), k_sm2_identity.size()) == 1,
           "SM2 verification");
    return EVP_DigestVerify(context.get(), der.data(), der.size(), message.data(),
                            message.size()) == 1;
}

}  // namespace

struct PlainVerifier::Impl {
    SuiteId suite;
    EvpPkeyPtr key;
    EvpPkeyCtxPtr context;
    SignatureRoom room;
};

PlainVerifier::PlainVerifier(const PublicKey& key)
    : impl_(std::make_unique<Impl>(Impl{key.suite, to_evp(key), nullptr, {}})) {
    ensure(impl_->key != nullptr, "no point of the curve");
    impl_->context.reset(EVP_PKEY_CTX_new(impl_->key.get(), nullptr));
    ensure(impl_->context != nullptr && EVP_PKEY_verify_init(impl_->context.get()) == 1,
           "verification by OpenSSL");
}

PlainVerifier::~PlainVerifier() = default;

bool PlainVerifier::verify(ByteView message, const Signature& signature) const {
    ErrorScope errors;
    std::array<std::uint8_t, k_max_der> room;
    std::uint8_t* end = room.data();
    int size = i2d_ECDSA_SIG(impl_->room.fill(signature), &end);
    ensure(size > 0, "DER of a signature");
    ByteView der(room.data(), static_cast<std::size_t>(size));
    if (impl_->suite == SuiteId::sm2) return verify_sm2(impl_->key.get(), message, der);
    Hash digest = hash(suite_hash(impl_->suite), message);
    return EVP_PKEY_verify(impl_->context.get(), der.data(), der.size(), digest.data(),
                           digest.size()) == 1;
}

}  // namespace bsn::crypto
