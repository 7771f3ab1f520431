#include "gateway/custody/recorded_signer.hpp"

#include "../fake_user_keys.hpp"

#include <gtest/gtest.h>

namespace bsn::testing {
namespace {

TEST(RecordedSigner, GivesNothingAwayThatWasNotRecorded) {
    FakeUserKeys keys;
    const gateway::CustodyUser user{{}, {}, "till"};
    ASSERT_TRUE(keys.find_or_create(user, crypto::SuiteId::secp256r1));
    auto made = keys.signer(user, {"transaction", "a test"});
    ASSERT_TRUE(made);
    gateway::RecordedSigner signer(keys, std::move(*made));
    const Bytes message = to_bytes("a message");
    EXPECT_TRUE(crypto::verify(signer.public_key(), message, signer.sign(message)));
    EXPECT_TRUE(signer.recorded().ok());

    keys.recorded = Error{Code::no_space, "the disk is full"};
    EXPECT_FALSE(crypto::verify(signer.public_key(), message, signer.sign(message)));
    EXPECT_EQ(signer.recorded().error().code, Code::no_space);
    keys.recorded = {};
    EXPECT_TRUE(crypto::verify(signer.public_key(), message, signer.sign(message)));
    EXPECT_FALSE(signer.recorded().ok()) << "one that was lost stays told";
}

}  // namespace
}  // namespace bsn::testing
