#include "crypto/implementations.hpp"

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

INSTANTIATE_TEST_SUITE_P(Suites, Implementations,
                         testing::Values(SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2),
                         [](const auto& suite) { return std::string(suite_name(suite.param)); });

}  // namespace
}  // namespace bsn::crypto
