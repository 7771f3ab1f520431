#include "crypto/ed25519.hpp"

#include "crypto/openssl.hpp"
#include "crypto/random.hpp"

namespace bsn::crypto {

Ed25519Key make_ed25519_key() {
    ErrorScope errors;
    Ed25519Key key;
    fill_random({key.seed.data(), key.seed.size()});
    EvpPkeyPtr evp(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.seed.data(), key.seed.size()));
    std::size_t size = key.public_key.size();
    const bool made =
        evp && EVP_PKEY_get_raw_public_key(evp.get(), key.public_key.data(), &size) == 1;
    ensure(made, "OpenSSL made no Ed25519 key");
    return key;
}

bool verify_ed25519(ByteView key, ByteView message, ByteView signature) {
    ErrorScope errors;
    EvpPkeyPtr evp(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
    EvpMdCtxPtr context(EVP_MD_CTX_new());
    return evp && context &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, evp.get()) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                            message.size()) == 1;
}

}  // namespace bsn::crypto
