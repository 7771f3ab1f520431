#pragma once
// Inside of the module: OpenSSL's form of a signature, r and s as big numbers.

#include "crypto/openssl.hpp"
#include "crypto/suite.hpp"

namespace bsn::crypto {

/// The most bytes of a signature's DER: two integers of 33 bytes and three headers.
inline constexpr std::size_t k_max_der = 72;

/// Room for one signature, filled again and again without allocating. One thread.
class SignatureRoom {
  public:
    SignatureRoom() : signature_(ECDSA_SIG_new()), r_(BN_new()), s_(BN_new()) {
        ensure(signature_ && r_ && s_ && ECDSA_SIG_set0(signature_.get(), r_, s_) == 1,
               "out of memory");
    }

    const ECDSA_SIG* fill(const Signature& signature) {
        ensure(BN_bin2bn(signature.data(), 32, r_) && BN_bin2bn(signature.data() + 32, 32, s_),
               "out of memory");
        return signature_.get();
    }

  private:
    EcdsaSigPtr signature_;
    BIGNUM* r_;  // owned by signature_
    BIGNUM* s_;  // owned by signature_
};

/// r then s. Both are less than a group order of 256 bits.
inline Signature to_signature(const BIGNUM* r, const BIGNUM* s) {
    Signature signature;
    ensure(BN_bn2binpad(r, signature.data(), 32) == 32 &&
               BN_bn2binpad(s, signature.data() + 32, 32) == 32,
           "signature beyond 64 bytes");
    return signature;
}

}  // namespace bsn::crypto
