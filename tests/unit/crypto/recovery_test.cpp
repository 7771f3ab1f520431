#include "crypto/recovery.hpp"

#include "crypto/curves.hpp"
#include "crypto/public_point.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bsn::crypto {
namespace {

const Hash k_digest = hash(HashId::keccak256, as_bytes("what is signed"));

PrivateKey key_of(std::uint8_t last_byte, SuiteId suite = SuiteId::secp256k1) {
    Bytes scalar(32, 0);
    scalar[31] = last_byte;
    return std::move(PrivateKey::from_scalar(suite, scalar)).value();
}

RecoverableSignature with_high_s(RecoverableSignature signature) {
    const Curve& curve = curve_of(SuiteId::secp256k1);
    std::uint8_t* s = signature.signature.data() + 32;
    int borrow = 0;
    for (int i = 31; i >= 0; --i) {
        const int difference = curve.order[static_cast<std::size_t>(i)] - s[i] - borrow;
        borrow = difference < 0 ? 1 : 0;
        s[i] = static_cast<std::uint8_t>(difference + 256 * borrow);
    }
    signature.recovery_id ^= 1;
    return signature;
}

TEST(Recovery, finds_the_key_that_signed) {
    for (std::uint8_t number = 1; number < 40; ++number) {
        const PrivateKey key = key_of(number);
        const RecoverableSignature signature = sign_recoverable(key, k_digest);
        const auto signer = recover_signer(k_digest, signature);
        ASSERT_TRUE(signer.ok()) << signer.error().message;
        EXPECT_EQ(*signer, key.public_key());
        EXPECT_EQ(recovery_id_of(k_digest, signature.signature, key.public_key()).value(),
                  signature.recovery_id);
    }
}

TEST(Recovery, signs_as_the_suite_does) {
    const PrivateKey key = key_of(5);
    const Bytes message = to_bytes("message");
    EXPECT_EQ(sign_recoverable(key, hash(HashId::keccak256, message)).signature, key.sign(message));
}

// From the precompiled contract ecrecover, as Ethereum's clients test it: a high s is its business.
TEST(Recovery, known_answer_with_a_high_s) {
    const auto digest =
        *fixed_from_hex<Hash>("18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c");
    const RecoverableSignature signature{
        *fixed_from_hex<Signature>(
            "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f"
            "eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549"),
        1};
    const auto refused = recover_signer(digest, signature);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::bad_signature);
    EXPECT_NE(refused.error().message.find("EIP-2"), std::string::npos);
    const auto signer = recover_signer(digest, signature, HighS::accept);
    ASSERT_TRUE(signer.ok()) << signer.error().message;
    EXPECT_EQ(to_hex(hash(HashId::keccak256, public_point_of(*signer).value()).view().last(20)),
              "a94f5374fce5edbc8e2a8697c15331677e6ebf0b");
}

TEST(Recovery, a_mirrored_signature_is_of_the_same_key_and_refused) {
    const PrivateKey key = key_of(9);
    const RecoverableSignature mirrored = with_high_s(sign_recoverable(key, k_digest));
    EXPECT_EQ(recover_signer(k_digest, mirrored).error().code, Code::bad_signature);
    EXPECT_EQ(recover_signer(k_digest, mirrored, HighS::accept).value(), key.public_key());
    EXPECT_EQ(recovery_id_of(k_digest, mirrored.signature, key.public_key()).value(),
              mirrored.recovery_id);
}

TEST(Recovery, refuses_what_no_key_made) {
    const RecoverableSignature good = sign_recoverable(key_of(1), k_digest);
    RecoverableSignature bad = good;
    bad.recovery_id = 4;
    EXPECT_NE(recover_signer(k_digest, bad).error().message.find("recovery id 4"),
              std::string::npos);
    bad = good;
    bad.recovery_id = 2;  // r and the group order do not fit under the field's prime together
    EXPECT_EQ(recover_signer(k_digest, bad).error().code, Code::bad_signature);
    for (const std::size_t part : {0U, 32U}) {
        bad = good;
        std::fill_n(bad.signature.data() + part, 32, std::uint8_t{0});
        EXPECT_NE(recover_signer(k_digest, bad).error().message.find("zero"), std::string::npos);
        std::fill_n(bad.signature.data() + part, 32, std::uint8_t{0xff});
        EXPECT_NE(recover_signer(k_digest, bad).error().message.find("group order"),
                  std::string::npos);
    }
    EXPECT_EQ(recovery_id_of(k_digest, good.signature, key_of(2).public_key()).error().code,
              Code::bad_signature);
}

TEST(Recovery, of_another_digest_is_another_key) {
    const PrivateKey key = key_of(3);
    const auto signer =
        recover_signer(hash(HashId::keccak256, as_bytes("other")), sign_recoverable(key, k_digest));
    EXPECT_TRUE(!signer.ok() || *signer != key.public_key());
}

TEST(PublicPoint, expands_and_compresses_keys_of_each_suite) {
    for (const SuiteId suite : {SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2}) {
        for (std::uint8_t number = 1; number < 20; ++number) {
            const PublicKey key = key_of(number, suite).public_key();
            const auto point = public_point_of(key);
            ASSERT_TRUE(point.ok()) << point.error().message;
            EXPECT_TRUE(equal(point->view().first(32), key.bytes.view().subspan(1)));
            EXPECT_EQ(public_key_of_point(suite, *point).value(), key);
        }
    }
}

// SEC 2: the generator of secp256k1.
TEST(PublicPoint, known_answer) {
    EXPECT_EQ(to_hex(public_point_of(key_of(1).public_key()).value()),
              "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
              "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8");
}

TEST(PublicPoint, refuses_what_is_no_point) {
    for (const SuiteId suite : {SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2}) {
        PublicPoint point = public_point_of(key_of(7, suite).public_key()).value();
        point.data()[63] ^= 1;
        EXPECT_EQ(public_key_of_point(suite, point).error().code, Code::invalid_argument);
        EXPECT_EQ(public_key_of_point(suite, {}).error().code, Code::invalid_argument);
        EXPECT_EQ(public_point_of({suite, {}}).error().code, Code::invalid_argument);
    }
}

}  // namespace
}  // namespace bsn::crypto
