#include "crypto/suite.hpp"

#include "crypto/private_key.hpp"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/err.h>

#include <algorithm>
#include <thread>

namespace bsn::crypto {
namespace {

constexpr std::string_view k_p256_order =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
constexpr std::string_view k_secp256k1_order =
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
constexpr std::string_view k_sm2_order =
    "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";

template <typename Value>
Value from_text(std::string_view hex) {
    return *fixed_from_hex<Value>(hex);
}

Signature signature_of(std::string_view r, std::string_view s) {
    return from_text<Signature>(std::string(r) + std::string(s));
}

std::string r_of(const Signature& signature) { return to_hex(signature.view().first(32)); }
std::string s_of(const Signature& signature) { return to_hex(signature.view().subspan(32)); }

// a - b for big numbers in hexadecimal.
std::string subtract(std::string_view a, std::string_view b) {
    BIGNUM* x = nullptr;
    BIGNUM* y = nullptr;
    BN_hex2bn(&x, std::string(a).c_str());
    BN_hex2bn(&y, std::string(b).c_str());
    BN_sub(x, x, y);
    Bytes bytes(32);
    BN_bn2binpad(x, bytes.data(), 32);
    BN_free(x);
    BN_free(y);
    return to_hex(bytes);
}

void expect_bad(const PublicKey& key, ByteView message, const Signature& signature,
                std::string_view words) {
    Status verdict = verify(key, message, signature);
    ASSERT_FALSE(verdict.ok());
    EXPECT_EQ(verdict.error().code, Code::bad_signature);
    EXPECT_NE(verdict.error().message.find(words), std::string::npos) << verdict.error().message;
}

TEST(Suite, has_a_name_a_number_and_a_hash) {
    EXPECT_EQ(suite_name(SuiteId::secp256r1), "secp256r1");
    EXPECT_EQ(suite_name(SuiteId::secp256k1), "secp256k1");
    EXPECT_EQ(suite_name(SuiteId::sm2), "sm2");
    EXPECT_EQ(suite_from_name("sm2"), SuiteId::sm2);
    EXPECT_EQ(suite_from_name("SM2"), std::nullopt);
    EXPECT_EQ(suite_from_name(""), std::nullopt);
    EXPECT_EQ(suite_from_number(2), SuiteId::secp256k1);
    EXPECT_EQ(suite_from_number(0), std::nullopt);
    EXPECT_EQ(suite_from_number(4), std::nullopt);
    EXPECT_EQ(suite_hash(SuiteId::secp256r1), HashId::sha256);
    EXPECT_EQ(suite_hash(SuiteId::secp256k1), HashId::keccak256);
    EXPECT_EQ(suite_hash(SuiteId::sm2), HashId::sm3);
}

// RFC 6979 A.2.5: P-256, SHA-256, message "sample".
constexpr std::string_view k_rfc6979_r =
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
constexpr std::string_view k_rfc6979_s =
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
const PublicKey k_rfc6979_key{
    SuiteId::secp256r1, from_text<PublicKeyBytes>(
                            "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6")};

TEST(Verify, rfc_6979_signature_with_its_s_made_low) {
    Signature low = signature_of(k_rfc6979_r, subtract(k_p256_order, k_rfc6979_s));
    EXPECT_TRUE(verify(k_rfc6979_key, as_bytes("sample"), low).ok());
    expect_bad(k_rfc6979_key, as_bytes("Sample"), low, "does not match");
}

TEST(Verify, rfc_6979_signature_as_printed_has_a_high_s) {
    expect_bad(k_rfc6979_key, as_bytes("sample"), signature_of(k_rfc6979_r, k_rfc6979_s), "high");
}

// EIP-155's example: the transaction's bytes, hashed by Keccak-256 and signed by RFC 6979.
TEST(Verify, eip_155_signature_of_secp256k1) {
    Bytes message = *from_hex(
        "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a7640000"
        "80018080");
    Signature signature =
        signature_of("28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276",
                     "67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
    auto key = PrivateKey::from_scalar(SuiteId::secp256k1, Bytes(32, 0x46));
    ASSERT_TRUE(key.ok());
    EXPECT_TRUE(verify(key->public_key(), message, signature).ok());
    EXPECT_EQ(key->sign(message), signature);
}

// GB/T 32918.5, annex A: the recommended curve, identity 1234567812345678.
TEST(Verify, gbt_32918_signature_of_sm2) {
    Signature signature =
        signature_of("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3",
                     "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa");
    auto key = PrivateKey::from_scalar(
        SuiteId::sm2,
        *from_hex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"));
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(to_hex(key->public_key().bytes),
              "0309f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020");
    EXPECT_TRUE(verify(key->public_key(), as_bytes("message digest"), signature).ok());
    expect_bad(key->public_key(), as_bytes("message digests"), signature, "does not match");
}

TEST(Verify, leaves_no_errors_behind_for_tls) {
    Signature low = signature_of(k_rfc6979_r, subtract(k_p256_order, k_rfc6979_s));
    for (SuiteId suite : {SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2}) {
        PrivateKey key = PrivateKey::generate(suite);
        EXPECT_FALSE(verify(key.public_key(), as_bytes("sample"), low).ok());
        PublicKey no_point{suite, {}};
        EXPECT_FALSE(verify(no_point, as_bytes("sample"), low).ok());
        EXPECT_FALSE(check_public_key(no_point).ok());
        EXPECT_EQ(ERR_peek_error(), 0U);
    }
}

class EverySuite : public testing::TestWithParam<SuiteId> {
  protected:
    std::string_view order() const {
        if (GetParam() == SuiteId::secp256r1) return k_p256_order;
        return GetParam() == SuiteId::secp256k1 ? k_secp256k1_order : k_sm2_order;
    }

    PrivateKey key_ = PrivateKey::generate(GetParam());
    Bytes message_ = to_bytes("one evidence, deposited once");
    Signature signature_ = key_.sign(message_);
};

INSTANTIATE_TEST_SUITE_P(Suites, EverySuite,
                         testing::Values(SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2),
                         [](const auto& suite) { return std::string(suite_name(suite.param)); });

TEST_P(EverySuite, verifies_what_was_signed) {
    EXPECT_TRUE(check_public_key(key_.public_key()).ok());
    for (std::size_t size : {0U, 1U, 31U, 32U, 64U, 300U, 100'000U}) {
        Bytes message(size, 0xa5);
        EXPECT_TRUE(verify(key_.public_key(), message, key_.sign(message)).ok()) << size;
    }
}

TEST_P(EverySuite, refuses_any_changed_byte_of_message_or_signature) {
    for (std::size_t at = 0; at < message_.size(); ++at) {
        Bytes changed = message_;
        changed[at] ^= 1;
        expect_bad(key_.public_key(), changed, signature_, "does not match");
    }
    for (std::size_t at = 0; at < signature_.size(); ++at) {
        Signature changed = signature_;
        changed.data()[at] ^= 1;
        EXPECT_FALSE(verify(key_.public_key(), message_, changed).ok()) << at;
    }
    // A refusal leaves the kept key as it was.
    EXPECT_TRUE(verify(key_.public_key(), message_, signature_).ok());
}

TEST_P(EverySuite, refuses_another_key) {
    PrivateKey other = PrivateKey::generate(GetParam());
    expect_bad(other.public_key(), message_, signature_, "does not match");
    PublicKey mirrored = key_.public_key();
    mirrored.bytes.data()[0] ^= 1;  // the other of the two points with this x
    ASSERT_TRUE(check_public_key(mirrored).ok());
    expect_bad(mirrored, message_, signature_, "does not match");
}

TEST_P(EverySuite, refuses_r_or_s_that_is_zero_or_beyond_the_order) {
    std::string zero(64, '0');
    std::string highest(64, 'f');
    std::string r = r_of(signature_);
    std::string s = s_of(signature_);
    for (std::string_view bad : {std::string_view(zero), order(), std::string_view(highest)}) {
        expect_bad(key_.public_key(), message_, signature_of(bad, s), "zero or beyond");
        expect_bad(key_.public_key(), message_, signature_of(r, bad), "zero or beyond");
    }
}

TEST_P(EverySuite, ecdsa_signs_with_a_low_s_and_refuses_the_high_one) {
    for (int i = 0; i < 32; ++i) {
        Bytes message{static_cast<std::uint8_t>(i)};
        Signature low = key_.sign(message);
        ASSERT_TRUE(verify(key_.public_key(), message, low).ok());
        Signature mirrored = signature_of(r_of(low), subtract(order(), s_of(low)));
        expect_bad(key_.public_key(), message, mirrored,
                   GetParam() == SuiteId::sm2 ? "does not match" : "high");
    }
}

TEST_P(EverySuite, refuses_keys_that_are_no_point) {
    // Half of all x have no point; the first byte must be 2 or 3; x must be below the field's
    // prime.
    int without_point = 0;
    for (std::uint8_t last = 0; last < 64; ++last) {
        PublicKey key = key_.public_key();
        key.bytes.data()[32] = last;
        if (check_public_key(key).ok()) continue;
        ++without_point;
        EXPECT_EQ(check_public_key(key).error().code, Code::invalid_argument);
        expect_bad(key, message_, signature_, "not a point");
    }
    EXPECT_GT(without_point, 10);
    EXPECT_LT(without_point, 54);
    for (std::uint8_t first : {0, 1, 4, 6, 0xff}) {
        PublicKey key = key_.public_key();
        key.bytes.data()[0] = first;
        EXPECT_FALSE(check_public_key(key).ok()) << int{first};
    }
    PublicKey beyond{GetParam(), from_text<PublicKeyBytes>("02" + std::string(64, 'f'))};
    EXPECT_FALSE(check_public_key(beyond).ok());
    EXPECT_FALSE(check_public_key(PublicKey{GetParam(), {}}).ok());
}

TEST_P(EverySuite, keys_of_the_same_bytes_in_other_suites_are_other_keys) {
    // The cache must not hand out the key of another suite.
    ASSERT_TRUE(verify(key_.public_key(), message_, signature_).ok());
    for (SuiteId other : {SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2}) {
        if (other == GetParam()) continue;
        EXPECT_FALSE(verify(PublicKey{other, key_.public_key().bytes}, message_, signature_).ok());
    }
}

TEST_P(EverySuite, any_thread_signs_and_verifies) {
    std::array<int, 4> verified{};
    std::vector<std::thread> threads;
    threads.reserve(verified.size());
    for (int& count : verified) {
        threads.emplace_back([&] {
            for (int i = 0; i < 20; ++i) {
                bool kept = verify(key_.public_key(), message_, signature_).ok();
                bool fresh = verify(key_.public_key(), message_, key_.sign(message_)).ok();
                count += kept && fresh ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(verified, (std::array{20, 20, 20, 20}));
}

TEST(Verify, with_more_keys_than_the_cache_holds) {
    struct Signed {
        PublicKey key;
        Signature signature;
    };
    std::vector<Signed> all;
    all.reserve(1100);
    for (int i = 0; i < 1100; ++i) {
        PrivateKey key = PrivateKey::generate(SuiteId::secp256k1);
        all.push_back({key.public_key(), key.sign(as_bytes("message"))});
    }
    for (int round = 0; round < 2; ++round) {
        for (const Signed& one : all) {
            ASSERT_TRUE(verify(one.key, as_bytes("message"), one.signature).ok());
        }
    }
    expect_bad(all[0].key, as_bytes("message"), all[1].signature, "does not match");
}

}  // namespace
}  // namespace bsn::crypto
