#pragma once
// Inside of the module: OpenSSL's objects with an owner, and its error queue kept clean.

#include "base/result.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace bsn::crypto {

/// Deletes by one of OpenSSL's functions.
template <auto Free>
struct FreeWith {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};

using BignumPtr = std::unique_ptr<BIGNUM, FreeWith<BN_clear_free>>;
using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using EcPointPtr = std::unique_ptr<EC_POINT, FreeWith<EC_POINT_clear_free>>;
using EcdsaSigPtr = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;
using EvpMdCtxPtr = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using EvpPkeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using EvpPkeyCtxPtr = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using Pkcs8Ptr = std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreeWith<PKCS8_PRIV_KEY_INFO_free>>;
using X509SigPtr = std::unique_ptr<X509_SIG, FreeWith<X509_SIG_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;

/// What OpenSSL puts into the thread's error queue within this scope is gone after it: errors left
/// there would be taken for a failure of the next TLS operation of the thread.
class ErrorScope {
  public:
    ErrorScope() { ERR_set_mark(); }
    ~ErrorScope() { ERR_pop_to_mark(); }
    ErrorScope(const ErrorScope&) = delete;
    ErrorScope& operator=(const ErrorScope&) = delete;

    /// OpenSSL's words for the last error.
    static std::string reason() {
        const char* text = ERR_reason_error_string(ERR_peek_last_error());
        return text == nullptr ? "unknown reason" : text;
    }
};

/// Memory that is wiped when its scope ends.
class WipeAtEnd {
  public:
    WipeAtEnd(void* memory, std::size_t size) : memory_(memory), size_(size) {}
    ~WipeAtEnd() { OPENSSL_cleanse(memory_, size_); }
    WipeAtEnd(const WipeAtEnd&) = delete;
    WipeAtEnd& operator=(const WipeAtEnd&) = delete;

  private:
    void* memory_;
    std::size_t size_;
};

/// All that was written to a memory BIO.
inline std::string bio_text(BIO* bio) {
    char* data = nullptr;
    auto size = static_cast<std::size_t>(BIO_get_mem_data(bio, &data));
    return {data, size};
}

}  // namespace bsn::crypto
