#include "crypto/plain_verifier.hpp"

#include "crypto/private_key.hpp"

#include <gtest/gtest.h>

namespace bsn::crypto {
namespace {

class PlainVerification : public testing::TestWithParam<SuiteId> {};

TEST_P(PlainVerification, judges_as_ours_does) {
    PrivateKey key = PrivateKey::generate(GetParam());
    PrivateKey stranger = PrivateKey::generate(GetParam());
    PlainVerifier plain(key.public_key());
    for (int i = 0; i < 8; ++i) {
        Bytes message = to_bytes("message " + std::to_string(i));
        Signature good = key.sign(message);
        Signature changed = good;
        changed.data()[i * 7] ^= 1;
        EXPECT_TRUE(plain.verify(message, good));
        EXPECT_FALSE(plain.verify(message, changed));
        EXPECT_FALSE(plain.verify(message, stranger.sign(message)));
        EXPECT_FALSE(plain.verify(to_bytes("another"), good));
    }
}

INSTANTIATE_TEST_SUITE_P(Suites, PlainVerification,
                         testing::Values(SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2),
                         [](const auto& suite) { return std::string(suite_name(suite.param)); });

}  // namespace
}  // namespace bsn::crypto
