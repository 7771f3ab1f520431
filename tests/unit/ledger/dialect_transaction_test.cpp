// Transactions of dialects inside ours: docs/formats.md 3.

#include "ledger/transaction.hpp"
#include "support/format_laws.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger {
namespace {

using testing::code_of;
using testing::filled;
using testing::make_key;

ethereum::Transaction ethereum_call(const crypto::PrivateKey& key, std::uint64_t nonce = 7) {
    ethereum::Transaction transaction;
    transaction.type = ethereum::TransactionType::dynamic_fee;
    transaction.chain_id = 5;
    transaction.nonce = nonce;
    transaction.gas = 21'000;
    transaction.to = filled<Address>(3);
    transaction.sign(key);
    return transaction;
}

fisco::Transaction fisco_creation(const crypto::PrivateKey& key) {
    fisco::Transaction transaction;
    transaction.nonce = filled<Word>(9);
    transaction.gas = word_of(300'000);
    transaction.block_limit = 500;
    transaction.data = {1, 2, 3};
    transaction.chain_id = 1;
    transaction.group_id = 2;
    transaction.sign(key);
    return transaction;
}

TEST(DialectTransaction, an_ethereum_transaction_keeps_its_bytes_its_id_and_its_sender) {
    const auto key = make_key(SuiteId::secp256k1);
    const ethereum::Transaction native = ethereum_call(key);
    const Bytes wrapped = Transaction::wrap(Dialect::ethereum, native.encode());
    const auto transaction = Transaction::decode(wrapped);
    ASSERT_TRUE(transaction.ok()) << transaction.error().message;
    EXPECT_EQ(transaction->dialect(), Dialect::ethereum);
    EXPECT_EQ(transaction->bytes(), wrapped);
    EXPECT_TRUE(equal(transaction->body(), native.encode()));
    EXPECT_EQ(*transaction->ethereum(), native);
    EXPECT_EQ(transaction->fisco(), nullptr);
    EXPECT_EQ(transaction->id(), native.hash());
    EXPECT_EQ(Transaction::id_of(wrapped).value(), native.hash());
    EXPECT_EQ(transaction->signer(), key.public_key());
    EXPECT_TRUE(transaction->verify_signature());
    const Payload& payload = transaction->payload();
    EXPECT_EQ(payload.creator, participant_id_of(key.public_key()));
    EXPECT_EQ(payload.suite, SuiteId::secp256k1);
    EXPECT_EQ(payload.contract, "evm");
    EXPECT_EQ(payload.function, "call");
    EXPECT_EQ(to_hex(payload.nonce), "00000000000000000000000000000007");
}

TEST(DialectTransaction, a_fisco_transaction_is_of_either_suite) {
    for (const SuiteId suite : {SuiteId::secp256k1, SuiteId::sm2}) {
        const auto key = make_key(suite);
        const fisco::Transaction native = fisco_creation(key);
        const Bytes wrapped = Transaction::wrap(Dialect::fisco, native.encode());
        const auto transaction = Transaction::decode(wrapped);
        ASSERT_TRUE(transaction.ok()) << transaction.error().message;
        EXPECT_EQ(transaction->dialect(), Dialect::fisco);
        EXPECT_EQ(*transaction->fisco(), native);
        EXPECT_EQ(transaction->ethereum(), nullptr);
        EXPECT_EQ(transaction->id(), native.hash());
        EXPECT_EQ(Transaction::id_of(wrapped).value(), native.hash());
        EXPECT_EQ(transaction->signer(), key.public_key());
        EXPECT_EQ(transaction->payload().function, "create");
        EXPECT_NE(transaction->payload().nonce, Nonce());
    }
}

TEST(DialectTransaction, the_id_of_our_own_is_found_as_well) {
    const Transaction own = testing::sample_transaction(make_key(SuiteId::sm2));
    EXPECT_EQ(Transaction::id_of(own.bytes()).value(), own.id());
    EXPECT_FALSE(Transaction::id_of({}).ok());
}

TEST(DialectTransaction, nobody_else_can_have_signed_it) {
    const auto key = make_key(SuiteId::secp256k1);
    ethereum::Transaction ethereum = ethereum_call(key);
    ethereum.value = word_of(1);
    const auto changed =
        Transaction::decode(Transaction::wrap(Dialect::ethereum, ethereum.encode()));
    EXPECT_TRUE(!changed.ok() || changed->signer() != key.public_key());

    fisco::Transaction fisco = fisco_creation(make_key(SuiteId::sm2));
    fisco.block_limit += 1;
    EXPECT_EQ(code_of(Transaction::decode(Transaction::wrap(Dialect::fisco, fisco.encode()))),
              Code::bad_signature);
}

TEST(DialectTransaction, cut_and_lengthened_ones_are_refused) {
    const auto key = make_key(SuiteId::secp256k1);
    const std::vector<Bytes> all = {
        Transaction::wrap(Dialect::ethereum, ethereum_call(key).encode()),
        Transaction::wrap(Dialect::fisco, fisco_creation(key).encode())};
    for (const Bytes& valid : all) {
        for (std::size_t length = 0; length < valid.size(); ++length) {
            EXPECT_FALSE(Transaction::decode(Bytes(valid.begin(), valid.begin() + length)).ok());
        }
        Bytes longer = valid;
        longer.push_back(0);
        EXPECT_FALSE(Transaction::decode(longer).ok());
    }
}

TEST(DialectTransaction, of_the_wrong_dialect_or_an_unknown_one_are_refused) {
    const Bytes body = ethereum_call(make_key(SuiteId::secp256k1)).encode();
    EXPECT_FALSE(Transaction::decode(Transaction::wrap(Dialect::fisco, body)).ok());
    EXPECT_FALSE(Transaction::decode(Transaction::wrap(Dialect::native, body)).ok());
    EXPECT_EQ(code_of(Transaction::decode(Transaction::wrap(static_cast<Dialect>(3), body))),
              Code::unsupported_version);
}

}  // namespace
}  // namespace bsn::ledger
