#pragma once
// Inside of the module: what a private key is made of.

#include "crypto/private_key.hpp"
#include "crypto/schemes.hpp"

#include <variant>

namespace bsn::crypto {

struct PrivateKey::Impl {
    Impl(SuiteId suite, const Scalar& secret);
    ~Impl() { OPENSSL_cleanse(scalar.data(), scalar.size()); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    using Signer = std::variant<P256PrivateKey, Secp256k1PrivateKey, Sm2PrivateKey>;
    static Signer make_signer(const PublicKey& public_key, const Scalar& scalar);

    Scalar scalar;
    PublicKey public_key;
    Signer signer;
};

struct PrivateKeyAccess {
    /// The key of a scalar that is in range.
    static PrivateKey make(SuiteId suite, const Scalar& scalar) {
        return PrivateKey(std::make_unique<PrivateKey::Impl>(suite, scalar));
    }
    /// The same key for OpenSSL's formats and certificates.
    static EvpPkeyPtr to_evp(const PrivateKey& key) {
        return crypto::to_evp(key.impl_->public_key, key.impl_->scalar);
    }
    static const Scalar& scalar(const PrivateKey& key) { return key.impl_->scalar; }
};

}  // namespace bsn::crypto
