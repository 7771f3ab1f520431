#include "crypto/implementations.hpp"

#include "crypto/private_key.hpp"
#include "crypto/sm2/arithmetic.hpp"

#include <gtest/gtest.h>

namespace bsn::crypto {
namespace {

class Implementations : public testing::TestWithParam<SuiteId> {};

TEST_P(Implementations, sign_what_they_verify) {
    for (Implementation implementation : implementations_of(GetParam())) {
        SCOPED_TRACE(std::string(implementation_name(implementation)));
        const auto key = generate_key(GetParam(), implementation);
        const auto stranger = generate_key(GetParam(), implementation);
        for (int i = 0; i < 20; ++i) {  // SM2 has a table for the key at the end
            const Bytes message = to_bytes("message " + std::to_string(i));
            const Signature signature = key->sign(message);
            Signature changed = signature;
            changed.data()[i * 3] ^= 1;
            EXPECT_TRUE(key->verify(message, signature));
            EXPECT_TRUE(key->verify_anew(message, signature));
            EXPECT_FALSE(key->verify(message, changed));
            EXPECT_FALSE(key->verify_anew(message, changed));
            EXPECT_FALSE(stranger->verify(message, signature));
        }
    }
}

TEST(ChoiceOfSm2, is_of_keys_that_are_parsed_later) {
    const sm2::Arithmetic& before = sm2::arithmetic();
    const Bytes message = to_bytes("message");
    const PrivateKey old_key = PrivateKey::generate(SuiteId::sm2);
    EXPECT_TRUE(verify(old_key.public_key(), message, old_key.sign(message)).ok());
    for (const auto& [name, meant] : {std::pair{"openssl", &sm2::openssl_arithmetic()},
                                      {"portable", &sm2::portable_arithmetic()},
                                      {"ours", &sm2::fastest_arithmetic()}}) {
        ASSERT_TRUE(choose_sm2(name).ok());
        EXPECT_EQ(&sm2::arithmetic(), meant);
        const PrivateKey key = PrivateKey::generate(SuiteId::sm2);
        for (int i = 0; i < 20; ++i) {
            EXPECT_TRUE(verify(key.public_key(), message, key.sign(message)).ok());
            EXPECT_TRUE(verify(old_key.public_key(), message, old_key.sign(message)).ok());
        }
    }
    const Status refused = choose_sm2("abacus");
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().message.find("ours, portable or openssl"), std::string::npos);
    EXPECT_EQ(&sm2::arithmetic(), &sm2::fastest_arithmetic()) << "as it was";
    sm2::choose_arithmetic(before);
}

INSTANTIATE_TEST_SUITE_P(Suites, Implementations,
                         testing::Values(SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2),
                         [](const auto& suite) { return std::string(suite_name(suite.param)); });

}  // namespace
}  // namespace bsn::crypto
