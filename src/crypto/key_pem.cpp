// Private keys as PKCS#8 PEM, such as the `openssl` tool reads and writes.

#include "crypto/private_key_access.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <algorithm>

namespace bsn::crypto {
namespace {

// 16 MiB and some 50 ms for each guess; the most that OpenSSL accepts when it reads a file again.
constexpr std::uint64_t k_scrypt_n = 1 << 14;
constexpr std::uint64_t k_scrypt_r = 8;
constexpr std::uint64_t k_scrypt_p = 1;

BioPtr memory_bio() {
    BioPtr bio(BIO_new(BIO_s_mem()));
    ensure(bio != nullptr, "out of memory");
    return bio;
}

/// What stands in PKCS#8 (RFC 5208) before the number of a key: lengths, the algorithm
/// id-ecPublicKey with its curve, and the beginning of ECPrivateKey (RFC 5915).
std::string_view before_scalar(SuiteId suite) {
    switch (suite) {
        case SuiteId::secp256r1:
            return "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420";
        case SuiteId::secp256k1:
            return "308184020100301006072a8648ce3d020106052b8104000a046d306b0201010420";
        case SuiteId::sm2: break;
    }
    return "308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420";
}

/// Made here and wiped: OpenSSL's own EVP_PKEY2PKCS8 leaves the key in memory that it frees.
Pkcs8Ptr to_pkcs8(const PrivateKey& key) {
    const Bytes before = *from_hex(before_scalar(key.suite()));
    constexpr std::array<std::uint8_t, 5> k_before_point{0xa1, 0x44, 0x03, 0x42, 0x00};
    const Scalar& scalar = PrivateKeyAccess::scalar(key);
    const auto point = expand_point(key.public_key());
    ensure(point.has_value(), "a private key has a public one");
    std::array<std::uint8_t, 160> der;
    WipeAtEnd wipe(der.data(), der.size());
    auto end = der.begin();
    end = std::copy(before.begin(), before.end(), end);
    end = std::copy(scalar.begin(), scalar.end(), end);
    end = std::copy(k_before_point.begin(), k_before_point.end(), end);
    end = std::copy(point->begin(), point->end(), end);
    const std::uint8_t* at = der.data();
    Pkcs8Ptr pkcs8(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, end - der.begin()));
    ensure(pkcs8 != nullptr && at == der.data() + (end - der.begin()),
           "OpenSSL does not read our PKCS#8 of a key");
    return pkcs8;
}

X509SigPtr encrypt(PKCS8_PRIV_KEY_INFO* pkcs8, std::string_view passphrase) {
    std::array<std::uint8_t, 16> salt;
    ensure(RAND_bytes(salt.data(), static_cast<int>(salt.size())) == 1,
           "the random number generator failed");
    X509_ALGOR* algorithm =
        PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt.data(), static_cast<int>(salt.size()),
                              nullptr, k_scrypt_n, k_scrypt_r, k_scrypt_p);
    ensure(algorithm != nullptr, "OpenSSL lacks scrypt");
    X509SigPtr encrypted(PKCS8_set0_pbe(passphrase.data(), static_cast<int>(passphrase.size()),
                                        pkcs8, algorithm));  // takes the algorithm
    ensure(encrypted != nullptr, "OpenSSL encrypted no key");
    return encrypted;
}

Error invalid(std::string message) { return {Code::invalid_argument, std::move(message)}; }

/// One block of PEM; its bytes are wiped.
struct PemBlock {
    std::string type;
    std::uint8_t* data = nullptr;
    long size = 0;

    PemBlock() = default;
    ~PemBlock() { OPENSSL_clear_free(data, static_cast<std::size_t>(size)); }
    PemBlock(const PemBlock&) = delete;
    PemBlock& operator=(const PemBlock&) = delete;

    bool read(std::string_view pem) {
        BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
        char* name = nullptr;
        char* header = nullptr;
        if (PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1) return false;
        type = name;
        OPENSSL_free(name);
        OPENSSL_free(header);
        return true;
    }
};

Result<Pkcs8Ptr> decrypt(const PemBlock& block, std::string_view passphrase) {
    const std::uint8_t* at = block.data;
    X509SigPtr encrypted(d2i_X509_SIG(nullptr, &at, block.size));
    if (!encrypted) return invalid("the encrypted private key is damaged: not PKCS#8");
    if (passphrase.empty()) {
        return Error{Code::unauthenticated, "the private key is encrypted; give its passphrase"};
    }
    Pkcs8Ptr pkcs8(
        PKCS8_decrypt(encrypted.get(), passphrase.data(), static_cast<int>(passphrase.size())));
    if (!pkcs8) {
        return Error{Code::unauthenticated,
                     "the passphrase does not open the private key (or the key is damaged)"};
    }
    return pkcs8;
}

Result<Pkcs8Ptr> read_pkcs8(std::string_view pem, std::string_view passphrase) {
    PemBlock block;
    if (!block.read(pem)) return invalid("not a PEM text with a private key");
    if (block.type == PEM_STRING_PKCS8) return decrypt(block, passphrase);
    if (block.type != PEM_STRING_PKCS8INF) {
        return invalid(
            fmt::format("PEM holds \"{}\", not a PKCS#8 private key; `openssl pkcs8 "
                        "-topk8` converts other private keys",
                        block.type));
    }
    const std::uint8_t* at = block.data;
    Pkcs8Ptr pkcs8(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, block.size));
    if (!pkcs8) return invalid("the private key is damaged: not PKCS#8");
    return pkcs8;
}

std::optional<SuiteId> suite_of(const EVP_PKEY* key) {
    std::array<char, 64> name{};
    std::size_t length = 0;
    if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &length) != 1) return std::nullopt;
    for (SuiteId suite : {SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2}) {
        if (std::string_view(name.data(), length) == curve_of(suite).openssl_name) return suite;
    }
    return std::nullopt;
}

}  // namespace

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem, std::string_view passphrase) {
    ErrorScope errors;
    BSN_TRY(pkcs8, read_pkcs8(pem, passphrase));
    EvpPkeyPtr evp(EVP_PKCS82PKEY(pkcs8.get()));
    if (!evp) return invalid("the private key is of no kind that is known: " + errors.reason());
    auto suite = suite_of(evp.get());
    if (!suite) return invalid("the private key is of no suite: not secp256r1, secp256k1 or sm2");
    BIGNUM* number = nullptr;
    bool got = EVP_PKEY_get_bn_param(evp.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1;
    BignumPtr owner(number);
    Scalar scalar;
    WipeAtEnd wipe(scalar.data(), scalar.size());
    if (!got || BN_bn2binpad(number, scalar.data(), scalar.size()) != 32) {
        return invalid("the private key is damaged: no scalar of 32 bytes");
    }
    return from_scalar(*suite, scalar);
}

std::string PrivateKey::to_pem(std::string_view passphrase) const {
    Pkcs8Ptr pkcs8 = to_pkcs8(*this);
    BioPtr bio = memory_bio();
    if (passphrase.empty()) {
        ensure(PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio.get(), pkcs8.get()) == 1, "PEM of a key");
    } else {
        X509SigPtr encrypted = encrypt(pkcs8.get(), passphrase);
        ensure(PEM_write_bio_PKCS8(bio.get(), encrypted.get()) == 1, "PEM of a key");
    }
    return bio_text(bio.get());
}

}  // namespace bsn::crypto
