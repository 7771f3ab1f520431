#include "crypto/private_key.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>

namespace bsn::crypto {
namespace {

class PrivateKeyOf : public testing::TestWithParam<SuiteId> {
  protected:
    PrivateKey key_ = PrivateKey::generate(GetParam());

    // The same private key signs for the same public key.
    void expect_same(const Result<PrivateKey>& other) const {
        ASSERT_TRUE(other.ok()) << other.error().message;
        EXPECT_EQ(other->suite(), GetParam());
        EXPECT_EQ(other->public_key(), key_.public_key());
        EXPECT_TRUE(verify(key_.public_key(), as_bytes("m"), other->sign(as_bytes("m"))).ok());
    }
};

INSTANTIATE_TEST_SUITE_P(Suites, PrivateKeyOf,
                         testing::Values(SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2),
                         [](const auto& suite) { return std::string(suite_name(suite.param)); });

TEST_P(PrivateKeyOf, every_draw_is_another_key) {
    EXPECT_NE(PrivateKey::generate(GetParam()).public_key(), key_.public_key());
    EXPECT_EQ(key_.suite(), GetParam());
    EXPECT_EQ(key_.public_key().suite, GetParam());
}

TEST_P(PrivateKeyOf, scalar_one_is_the_generator) {
    Bytes one(32);
    one[31] = 1;
    auto key = PrivateKey::from_scalar(GetParam(), one);
    ASSERT_TRUE(key.ok());
    std::string x = to_hex(key->public_key().bytes.view().subspan(1));
    switch (GetParam()) {
        case SuiteId::secp256r1:
            EXPECT_EQ(x, "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
            break;
        case SuiteId::secp256k1:
            EXPECT_EQ(x, "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
            break;
        case SuiteId::sm2:
            EXPECT_EQ(x, "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7");
            break;
    }
}

TEST_P(PrivateKeyOf, scalars_out_of_range_are_refused) {
    for (const Bytes& bad : {Bytes(32), Bytes(32, 0xff), Bytes(31, 1), Bytes(33, 1), Bytes()}) {
        auto key = PrivateKey::from_scalar(GetParam(), bad);
        ASSERT_FALSE(key.ok());
        EXPECT_EQ(key.error().code, Code::invalid_argument);
    }
}

TEST_P(PrivateKeyOf, moves) {
    PublicKey before = key_.public_key();
    PrivateKey moved = std::move(key_);
    EXPECT_EQ(moved.public_key(), before);
    moved = PrivateKey::generate(GetParam());
    EXPECT_NE(moved.public_key(), before);
    key_ = std::move(moved);
}

TEST_P(PrivateKeyOf, survives_pem) {
    std::string pem = key_.to_pem("");
    EXPECT_TRUE(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    expect_same(PrivateKey::from_pem(pem, ""));
    expect_same(PrivateKey::from_pem(pem, "not needed"));
}

TEST_P(PrivateKeyOf, survives_encrypted_pem) {
    std::string pem = key_.to_pem("correct horse");
    EXPECT_TRUE(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    expect_same(PrivateKey::from_pem(pem, "correct horse"));
    EXPECT_NE(key_.to_pem("correct horse"), pem) << "salt and initialisation vector are random";
}

TEST_P(PrivateKeyOf, encrypted_pem_needs_its_passphrase) {
    std::string pem = key_.to_pem("correct horse");
    for (std::string_view wrong : {"", "Correct horse", "correct horse "}) {
        auto key = PrivateKey::from_pem(pem, wrong);
        ASSERT_FALSE(key.ok()) << wrong;
        EXPECT_EQ(key.error().code, Code::unauthenticated);
        EXPECT_NE(key.error().message.find("passphrase"), std::string::npos);
    }
    EXPECT_EQ(ERR_peek_error(), 0U) << "errors left behind would confuse TLS";
}

// What `openssl pkey` does with the file.
TEST_P(PrivateKeyOf, openssl_reads_our_pem) {
    for (std::string passphrase : {"", "secret"}) {
        std::string pem = key_.to_pem(passphrase);
        BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
        EVP_PKEY* read = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, passphrase.data());
        BIO_free(bio);
        ASSERT_NE(read, nullptr);
        EXPECT_STREQ(EVP_PKEY_get0_type_name(read), GetParam() == SuiteId::sm2 ? "SM2" : "EC");
        std::array<std::uint8_t, 65> point{};
        std::size_t size = 0;
        ASSERT_EQ(EVP_PKEY_get_octet_string_param(read, OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                                  point.size(), &size),
                  1);
        EXPECT_EQ(to_hex(ByteView(point).subspan(1, 32)),
                  to_hex(key_.public_key().bytes.view().subspan(1)));
        EVP_PKEY_free(read);
    }
}

// SM2 as OpenSSL does it by itself, identity and all, agrees with our shorter way.
TEST(Sm2, openssl_verifies_our_signatures_and_we_verify_its) {
    PrivateKey key = PrivateKey::generate(SuiteId::sm2);
    std::string pem = key.to_pem("");
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    EVP_PKEY* evp = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    std::string_view message = "message of any length";
    EVP_PKEY_CTX* with_identity = EVP_PKEY_CTX_new(evp, nullptr);
    EVP_PKEY_CTX_set1_id(with_identity, "1234567812345678", 16);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_MD_CTX_set_pkey_ctx(context, with_identity);
    Bytes der(80);
    std::size_t size = der.size();
    ASSERT_EQ(EVP_DigestSignInit(context, nullptr, EVP_sm3(), nullptr, evp), 1);
    ASSERT_EQ(EVP_DigestSign(context, der.data(), &size, as_bytes(message).data(), message.size()),
              1);

    const std::uint8_t* at = der.data();
    ECDSA_SIG* theirs = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size));
    Signature signature;
    BN_bn2binpad(ECDSA_SIG_get0_r(theirs), signature.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(theirs), signature.data() + 32, 32);
    EXPECT_TRUE(verify(key.public_key(), as_bytes(message), signature).ok());

    Signature ours = key.sign(as_bytes(message));
    BIGNUM* r = BN_bin2bn(ours.data(), 32, nullptr);
    BIGNUM* s = BN_bin2bn(ours.data() + 32, 32, nullptr);
    ECDSA_SIG_set0(theirs, r, s);
    std::uint8_t* end = der.data();
    size = static_cast<std::size_t>(i2d_ECDSA_SIG(theirs, &end));
    ASSERT_EQ(EVP_DigestVerifyInit(context, nullptr, EVP_sm3(), nullptr, evp), 1);
    EXPECT_EQ(EVP_DigestVerify(context, der.data(), size, as_bytes(message).data(), message.size()),
              1);
    ECDSA_SIG_free(theirs);
    EVP_MD_CTX_free(context);
    EVP_PKEY_CTX_free(with_identity);
    EVP_PKEY_free(evp);
}

TEST(Pem, that_is_no_private_key_of_a_suite_is_refused) {
    // Nothing, text, cut-off and damaged keys, the older format of keys, another kind of key.
    PrivateKey key = PrivateKey::generate(SuiteId::secp256r1);
    std::string pem = key.to_pem("");
    std::string sealed = key.to_pem("secret");
    std::string cut = "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n";
    std::string sec1 = "-----BEGIN EC PRIVATE KEY-----\nMIGHAgEA\n-----END EC PRIVATE KEY-----\n";
    std::string ed25519 =
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
        "-----END PRIVATE KEY-----\n";
    std::string damaged = sealed;
    damaged.replace(damaged.find('\n') + 1, 4, "AAAA");
    for (const std::string& bad :
         {std::string(), std::string("hello"), pem.substr(0, 80), cut, sec1, ed25519, damaged}) {
        auto read = PrivateKey::from_pem(bad, "secret");
        ASSERT_FALSE(read.ok()) << bad;
        EXPECT_EQ(read.error().code, Code::invalid_argument) << read.error().message;
    }
    EXPECT_NE(PrivateKey::from_pem(sec1, "").error().message.find("openssl pkcs8"),
              std::string::npos);
    EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace bsn::crypto
