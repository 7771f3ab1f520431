#include "crypto/implementations.hpp"

#include "crypto/ecdsa_signature.hpp"
#include "crypto/plain_verifier.hpp"
#include "crypto/private_key_access.hpp"

#include <fmt/format.h>

#include <array>

namespace bsn::crypto {
namespace {

template <typename Key>
bool verifies_anew(const PublicKey& key, ByteView message, const Signature& signature) {
    const auto parsed = Key::parse(key.bytes);
    return parsed && parsed->verify(message, signature);
}

class OurKey : public ImplementedKey {
  public:
    explicit OurKey(SuiteId suite) : key_(PrivateKey::generate(suite)) {}
    Signature sign(ByteView message) const override { return key_.sign(message); }
    bool verify(ByteView message, const Signature& signature) const override {
        return crypto::verify(key_.public_key(), message, signature).ok();
    }
    bool verify_anew(ByteView message, const Signature& signature) const override {
        const PublicKey& key = key_.public_key();
        switch (key.suite) {
            case SuiteId::secp256r1: return verifies_anew<P256PublicKey>(key, message, signature);
            case SuiteId::secp256k1:
                return verifies_anew<Secp256k1PublicKey>(key, message, signature);
            case SuiteId::sm2: return verifies_anew<Sm2PublicKey>(key, message, signature);
        }
        return false;
    }

  private:
    PrivateKey key_;
};

class PortableSm2Key : public ImplementedKey {
  public:
    PortableSm2Key()
        : pair_(PrivateKey::generate(SuiteId::sm2)),
          private_(pair_.public_key(), PrivateKeyAccess::scalar(pair_), sm2::portable_arithmetic()),
          public_(*Sm2PublicKey::parse(pair_.public_key().bytes, sm2::portable_arithmetic())) {}
    Signature sign(ByteView message) const override { return private_.sign(message); }
    bool verify(ByteView message, const Signature& signature) const override {
        return public_.verify(message, signature);
    }
    bool verify_anew(ByteView message, const Signature& signature) const override {
        const auto parsed =
            Sm2PublicKey::parse(pair_.public_key().bytes, sm2::portable_arithmetic());
        return parsed && parsed->verify(message, signature);
    }

  private:
    PrivateKey pair_;
    Sm2PrivateKey private_;
    Sm2PublicKey public_;
};

/// By the functions for signatures of any kind, EVP_PKEY_sign and EVP_DigestSign.
class OpensslKey : public ImplementedKey {
  public:
    explicit OpensslKey(SuiteId suite)
        : pair_(PrivateKey::generate(suite)),
          key_(PrivateKeyAccess::to_evp(pair_)),
          context_(EVP_PKEY_CTX_new(key_.get(), nullptr)),
          verifier_(pair_.public_key()) {
        ensure(context_ != nullptr && EVP_PKEY_sign_init(context_.get()) == 1,
               "signing by OpenSSL");
    }

    Signature sign(ByteView message) const override {
        std::array<std::uint8_t, k_max_der> der;
        std::size_t size = der.size();
        if (pair_.suite() == SuiteId::sm2) {
            EvpMdCtxPtr context(EVP_MD_CTX_new());
            EVP_PKEY_CTX* of_key = nullptr;
            ensure(context != nullptr &&
                       EVP_DigestSignInit(context.get(), &of_key, EVP_sm3(), nullptr, key_.get()) ==
                           1 &&
                       EVP_PKEY_CTX_set1_id(of_key, k_sm2_identity.data(), k_sm2_identity.size()) ==
                           1 &&
                       EVP_DigestSign(context.get(), der.data(), &size, message.data(),
                                      message.size()) == 1,
                   "OpenSSL made no SM2 signature");
        } else {
            const Hash digest = hash(suite_hash(pair_.suite()), message);
            ensure(
                EVP_PKEY_sign(context_.get(), der.data(), &size, digest.data(), digest.size()) == 1,
                "OpenSSL made no signature");
        }
        const std::uint8_t* begin = der.data();
        EcdsaSigPtr made(d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(size)));
        ensure(made != nullptr, "DER of a signature");
        return to_signature(ECDSA_SIG_get0_r(made.get()), ECDSA_SIG_get0_s(made.get()));
    }

    bool verify(ByteView message, const Signature& signature) const override {
        return verifier_.verify(message, signature);
    }
    bool verify_anew(ByteView message, const Signature& signature) const override {
        return PlainVerifier(pair_.public_key()).verify(message, signature);
    }

  private:
    PrivateKey pair_;
    EvpPkeyPtr key_;
    EvpPkeyCtxPtr context_;
    PlainVerifier verifier_;
};

}  // namespace

std::string_view implementation_name(Implementation implementation) {
    switch (implementation) {
        case Implementation::ours: return "ours";
        case Implementation::portable: return "portable";
        case Implementation::openssl: return "openssl";
    }
    throw InvariantViolation("implementation without a name");
}

std::span<const Implementation> implementations_of(SuiteId suite) {
    static constexpr std::array k_two{Implementation::ours, Implementation::openssl};
    static constexpr std::array k_three{Implementation::ours, Implementation::portable,
                                        Implementation::openssl};
    return suite == SuiteId::sm2 ? std::span<const Implementation>(k_three) : k_two;
}

Status choose_sm2(std::string_view name) {
    if (name == implementation_name(Implementation::ours)) {
        sm2::choose_arithmetic(sm2::fastest_arithmetic());
    } else if (name == implementation_name(Implementation::portable)) {
        sm2::choose_arithmetic(sm2::portable_arithmetic());
    } else if (name == implementation_name(Implementation::openssl)) {
        sm2::choose_arithmetic(sm2::openssl_arithmetic());
    } else {
        return Error{
            Code::invalid_argument,
            fmt::format("SM2 is not computed by \"{}\", but by ours, portable or openssl", name)};
    }
    return {};
}

std::unique_ptr<ImplementedKey> generate_key(SuiteId suite, Implementation implementation) {
    switch (implementation) {
        case Implementation::ours: return std::make_unique<OurKey>(suite);
        case Implementation::openssl: return std::make_unique<OpensslKey>(suite);
        case Implementation::portable:
            ensure(suite == SuiteId::sm2, "only SM2 has a portable implementation of ours");
            return std::make_unique<PortableSm2Key>();
    }
    throw InvariantViolation("implementation without a key");
}

}  // namespace bsn::crypto
