#include "crypto/private_key.hpp"

#include "crypto/private_key_access.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>

namespace bsn::crypto {

PrivateKey::Impl::Signer PrivateKey::Impl::make_signer(const PublicKey& public_key,
                                                       const Scalar& scalar) {
    switch (public_key.suite) {
        case SuiteId::secp256r1:
            return Signer(std::in_place_type<P256PrivateKey>, public_key, scalar);
        case SuiteId::secp256k1:
            return Signer(std::in_place_type<Secp256k1PrivateKey>, public_key, scalar);
        case SuiteId::sm2: return Signer(std::in_place_type<Sm2PrivateKey>, public_key, scalar);
    }
    throw InvariantViolation("suite without a number of ours");
}

PrivateKey::Impl::Impl(SuiteId suite, const Scalar& secret)
    : scalar(secret),
      public_key(public_key_of(suite, secret)),
      signer(make_signer(public_key, secret)) {}

PrivateKey::PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PrivateKey::~PrivateKey() = default;
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;

PrivateKey PrivateKey::generate(SuiteId suite) {
    Scalar scalar;
    WipeAtEnd wipe(scalar.data(), scalar.size());
    do {  // another draw is needed about once in 2^32, depending on the curve
        ensure(RAND_priv_bytes(scalar.data(), static_cast<int>(scalar.size())) == 1,
               "the random number generator failed");
    } while (!is_private_scalar(suite, scalar));
    return PrivateKeyAccess::make(suite, scalar);
}

Result<PrivateKey> PrivateKey::from_scalar(SuiteId suite, ByteView scalar) {
    if (!is_private_scalar(suite, scalar)) {
        return Error{Code::invalid_argument,
                     fmt::format("a private key of {} is 32 bytes, between 1 and the group order "
                                 "less {}",
                                 suite_name(suite), suite == SuiteId::sm2 ? "two" : "one")};
    }
    Scalar copy;
    WipeAtEnd wipe(copy.data(), copy.size());
    std::copy(scalar.begin(), scalar.end(), copy.begin());
    return PrivateKeyAccess::make(suite, copy);
}

SuiteId PrivateKey::suite() const { return impl_->public_key.suite; }

const PublicKey& PrivateKey::public_key() const { return impl_->public_key; }

Signature PrivateKey::sign(ByteView message) const {
    return std::visit([message](const auto& signer) { return signer.sign(message); },
                      impl_->signer);
}

}  // namespace bsn::crypto
