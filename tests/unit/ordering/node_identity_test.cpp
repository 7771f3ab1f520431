#include "ordering/node_identity.hpp"

#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::ordering {
namespace {

using crypto::SuiteId;
using testing::k_all_suites;
using testing::make_key;

NodeIdentity identity(std::uint32_t number) {
    std::vector<crypto::PrivateKey> keys;
    for (SuiteId suite : k_all_suites) keys.push_back(make_key(suite, number));
    return NodeIdentity(std::move(keys));
}

TEST(NodeIdentityTest, the_id_is_the_hash_of_the_secp256r1_key) {
    EXPECT_EQ(identity(1).id(),
              ledger::node_id_of(make_key(SuiteId::secp256r1, 1).public_key().bytes));
    EXPECT_NE(identity(1).id(), identity(2).id());
}

TEST(NodeIdentityTest, it_signs_in_each_suite) {
    NodeIdentity node = identity(1);
    Bytes statement = to_bytes("statement");
    for (SuiteId suite : k_all_suites) {
        EXPECT_EQ(node.public_key(suite), make_key(suite, 1).public_key());
        EXPECT_TRUE(crypto::verify(node.public_key(suite), statement, node.sign(suite, statement)));
    }
}

TEST(NodeIdentityTest, it_signs_in_the_suites_of_an_epoch_in_their_order) {
    NodeIdentity node = identity(1);
    Bytes statement = to_bytes("statement");
    auto epoch =
        testing::make_epoch(testing::sample_channel(), 1, {SuiteId::secp256k1, SuiteId::sm2});
    auto signatures = node.sign_all(epoch.record, statement);
    ASSERT_EQ(signatures.size(), 2U);
    EXPECT_TRUE(crypto::verify(node.public_key(SuiteId::secp256k1), statement, signatures[0]));
    EXPECT_TRUE(crypto::verify(node.public_key(SuiteId::sm2), statement, signatures[1]));
}

TEST(NodeIdentityTest, keys_that_are_missing_or_in_another_order_are_a_bug) {
    std::vector<crypto::PrivateKey> two;
    two.push_back(make_key(SuiteId::secp256r1));
    two.push_back(make_key(SuiteId::secp256k1));
    EXPECT_THROW(NodeIdentity(std::move(two)), InvariantViolation);
    std::vector<crypto::PrivateKey> mixed;
    for (SuiteId suite : {SuiteId::sm2, SuiteId::secp256k1, SuiteId::secp256r1}) {
        mixed.push_back(make_key(suite));
    }
    EXPECT_THROW(NodeIdentity(std::move(mixed)), InvariantViolation);
}

}  // namespace
}  // namespace bsn::ordering
