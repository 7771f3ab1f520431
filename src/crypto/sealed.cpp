#include "crypto/sealed.hpp"

#include "crypto/private_key_access.hpp"
#include "crypto/random.hpp"

#include <openssl/rand.h>

#include <algorithm>

namespace bsn::crypto {
namespace {

constexpr std::size_t k_nonce_bytes = 12;
constexpr std::size_t k_tag_bytes = 16;
static_assert(k_seal_overhead == k_nonce_bytes + k_tag_bytes);

using EvpCipherCtxPtr = std::unique_ptr<EVP_CIPHER_CTX, FreeWith<EVP_CIPHER_CTX_free>>;

EvpCipherCtxPtr new_context() {
    EvpCipherCtxPtr context(EVP_CIPHER_CTX_new());
    ensure(context != nullptr, "out of memory");
    return context;
}

Bytes seal_bytes(const SecretKey& by, ByteView plain, ByteView associated) {
    ErrorScope errors;
    Bytes sealed(k_seal_overhead + plain.size());
    fill_random({sealed.data(), k_nonce_bytes});
    EvpCipherCtxPtr context = new_context();
    int size = 0;
    std::uint8_t* text = sealed.data() + k_nonce_bytes;
    const bool done = EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr,
                                         by.view().data(), sealed.data()) == 1 &&
                      EVP_EncryptUpdate(context.get(), nullptr, &size, associated.data(),
                                        static_cast<int>(associated.size())) == 1 &&
                      EVP_EncryptUpdate(context.get(), text, &size, plain.data(),
                                        static_cast<int>(plain.size())) == 1 &&
                      EVP_EncryptFinal_ex(context.get(), text + plain.size(), &size) == 1 &&
                      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, k_tag_bytes,
                                          text + plain.size()) == 1;
    ensure(done, "OpenSSL sealed nothing");
    return sealed;
}

/// Opens into `plain`, which the caller wipes, and whose size must be that of the secret.
Status open_bytes(const SecretKey& by, ByteView sealed, ByteView associated,
                  std::span<std::uint8_t> plain) {
    ErrorScope errors;
    if (sealed.size() != k_seal_overhead + plain.size()) {
        return Error{Code::unauthenticated, "a sealed secret is not of the length that it has"};
    }
    Bytes tag = to_bytes(sealed.subspan(k_nonce_bytes + plain.size()));
    EvpCipherCtxPtr context = new_context();
    int size = 0;
    std::array<std::uint8_t, k_tag_bytes> rest;
    const bool done =
        EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, by.view().data(),
                           sealed.data()) == 1 &&
        EVP_DecryptUpdate(context.get(), nullptr, &size, associated.data(),
                          static_cast<int>(associated.size())) == 1 &&
        EVP_DecryptUpdate(context.get(), plain.data(), &size, sealed.data() + k_nonce_bytes,
                          static_cast<int>(plain.size())) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, k_tag_bytes, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(context.get(), rest.data(), &size) == 1;
    if (done) return {};
    OPENSSL_cleanse(plain.data(), plain.size());
    return Error{Code::unauthenticated,
                 "a sealed secret does not open: it was sealed by another key, or for something "
                 "else, or it was changed"};
}

}  // namespace

SecretKey SecretKey::generate() {
    SecretKey key;
    ensure(RAND_priv_bytes(key.bytes_.data(), static_cast<int>(k_size)) == 1,
           "the random number generator failed");
    return key;
}

Result<SecretKey> SecretKey::from(ByteView bytes) {
    if (bytes.size() != k_size) {
        return Error{Code::invalid_argument, "a secret key has 32 bytes"};
    }
    SecretKey key;
    std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
    return key;
}

SecretKey::~SecretKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) {
    OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
    if (this == &other) return *this;
    bytes_ = other.bytes_;
    OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
    return *this;
}

Bytes seal(const SecretKey& by, const SecretKey& secret, ByteView associated) {
    return seal_bytes(by, secret.view(), associated);
}

Bytes seal(const SecretKey& by, const PrivateKey& secret, ByteView associated) {
    return seal_bytes(by, PrivateKeyAccess::scalar(secret), associated);
}

Result<SecretKey> open_secret_key(const SecretKey& by, ByteView sealed, ByteView associated) {
    std::array<std::uint8_t, SecretKey::k_size> plain{};
    WipeAtEnd wiped(plain.data(), plain.size());
    BSN_CHECK(open_bytes(by, sealed, associated, plain));
    return SecretKey::from(plain);
}

Result<PrivateKey> open_private_key(const SecretKey& by, SuiteId suite, ByteView sealed,
                                    ByteView associated) {
    Scalar plain{};
    WipeAtEnd wiped(plain.data(), plain.size());
    BSN_CHECK(open_bytes(by, sealed, associated, plain));
    return PrivateKey::from_scalar(suite, plain);
}

void wipe(std::string& text) {
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

void wipe_memory(void* begin, std::size_t size) { OPENSSL_cleanse(begin, size); }

void wipe(Bytes& bytes) {
    OPENSSL_cleanse(bytes.data(), bytes.size());
    bytes.clear();
}

}  // namespace bsn::crypto
