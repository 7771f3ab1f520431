#include "ledger/outside_signature.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger {
namespace {

using crypto::PrivateKey;

TEST(OutsideSignature, SignsAsTheKeyItself) {
    const PrivateKey key = PrivateKey::generate(SuiteId::secp256k1);
    ethereum::Transaction transaction;
    transaction.chain_id = 2026;
    transaction.data = {1, 2, 3};
    ethereum::Transaction own = transaction;
    own.sign(key);
    // The nonce of the signature follows from key and message: both are the same.
    ASSERT_TRUE(
        set_signature(transaction, key.sign(signing_message(transaction)), key.public_key()));
    EXPECT_EQ(transaction, own);
    EXPECT_EQ(*transaction.recover(), key.public_key());
}

TEST(OutsideSignature, OfEitherSuiteOfFisco) {
    for (const SuiteId suite : {SuiteId::secp256k1, SuiteId::sm2}) {
        const PrivateKey key = PrivateKey::generate(suite);
        fisco::Transaction transaction;
        transaction.block_limit = 500;
        ASSERT_TRUE(set_signature(transaction, key.sign(signing_message(transaction, suite)),
                                  key.public_key()));
        auto read = fisco::Transaction::decode(transaction.encode());
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(*read->signer(), key.public_key());
    }
}

TEST(OutsideSignature, RefusesThoseOfOthers) {
    const PrivateKey key = PrivateKey::generate(SuiteId::secp256k1);
    const PrivateKey other = PrivateKey::generate(SuiteId::secp256k1);
    ethereum::Transaction transaction;
    auto status =
        set_signature(transaction, other.sign(signing_message(transaction)), key.public_key());
    EXPECT_EQ(status.error().code, Code::bad_signature);
    const PrivateKey national = PrivateKey::generate(SuiteId::sm2);
    status = set_signature(transaction, national.sign(signing_message(transaction)),
                           national.public_key());
    EXPECT_EQ(status.error().code, Code::wrong_suite);
    fisco::Transaction fisco;
    status =
        set_signature(fisco, national.sign(signing_message(transaction)), national.public_key());
    EXPECT_EQ(status.error().code, Code::bad_signature);
    const PrivateKey plain = PrivateKey::generate(SuiteId::secp256r1);
    status = set_signature(fisco, plain.sign({}), plain.public_key());
    EXPECT_EQ(status.error().code, Code::wrong_suite);
}

}  // namespace
}  // namespace bsn::ledger
