// What a channel asks of a transaction before anything else is looked at.

#include "peer/channel_rules.hpp"

#include "support/format_laws.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::peer {
namespace {

using crypto::SuiteId;
using testing::code_of;
using testing::filled;

class ChannelRulesTest : public ::testing::Test {
  protected:
    Code check(const ChannelRules& by, Bytes bytes) const {
        return code_of(by.check(std::move(bytes)));
    }

    crypto::PrivateKey key = testing::make_key(SuiteId::secp256r1);
    ledger::Transaction transaction = testing::sample_transaction(key, 1);
    ChannelRules rules{testing::sample_network(), testing::sample_channel(), SuiteId::secp256r1};
};

TEST_F(ChannelRulesTest, a_transaction_of_the_channel_passes_as_it_is) {
    const auto checked = rules.check(transaction.bytes());
    ASSERT_TRUE(checked.ok()) << checked.error().message;
    EXPECT_EQ(checked->bytes(), transaction.bytes());
}

TEST_F(ChannelRulesTest, malformed_bytes_are_refused) {
    EXPECT_EQ(check(rules, {}), Code::invalid_argument);
    Bytes longer = transaction.bytes();
    longer.push_back(0);
    EXPECT_EQ(check(rules, longer), Code::invalid_argument);
}

TEST_F(ChannelRulesTest, what_is_made_for_elsewhere_is_refused_by_name) {
    ChannelRules elsewhere = rules;
    elsewhere.network = filled<ledger::NetworkId>(9);
    EXPECT_EQ(check(elsewhere, transaction.bytes()), Code::wrong_network);
    elsewhere = rules;
    elsewhere.channel = filled<ledger::ChannelId>(9);
    EXPECT_EQ(check(elsewhere, transaction.bytes()), Code::wrong_channel);
}

TEST_F(ChannelRulesTest, an_app_takes_its_own_suite_and_the_permission_chain_takes_all) {
    ChannelRules any = rules;
    any.suite.reset();
    for (const SuiteId suite : testing::k_all_suites) {
        const Bytes bytes = testing::sample_transaction(testing::make_key(suite), 1).bytes();
        EXPECT_TRUE(any.check(bytes).ok());
        if (suite != SuiteId::secp256r1) {
            EXPECT_EQ(check(rules, bytes), Code::wrong_suite);
        }
    }
}

TEST_F(ChannelRulesTest, a_wrong_signature_is_refused) {
    Bytes forged = transaction.bytes();
    forged.back() ^= 1;
    EXPECT_EQ(check(rules, forged), Code::bad_signature);
}

/// What a channel of a dialect asks for: its own chain, and nothing of another framework.
class DialectRulesTest : public ::testing::Test {
  protected:
    ChannelRules rules(ledger::Dialect dialect) const {
        ChannelRules rules{testing::sample_network(), testing::sample_channel(), SuiteId::secp256k1,
                           crypto::HashId::keccak256};
        rules.dialect.emplace();
        rules.dialect->dialect = dialect;
        rules.dialect->chain_id = 5;
        rules.dialect->group = dialect == ledger::Dialect::fisco ? 2 : 0;
        return rules;
    }
    Bytes ethereum(std::optional<std::uint64_t> chain_id) const {
        ledger::ethereum::Transaction transaction;
        transaction.chain_id = chain_id;
        transaction.sign(key);
        return ledger::Transaction::wrap(ledger::Dialect::ethereum, transaction.encode());
    }
    Bytes fisco(std::uint64_t chain_id, std::uint64_t group_id) const {
        ledger::fisco::Transaction transaction;
        transaction.chain_id = chain_id;
        transaction.group_id = group_id;
        transaction.block_limit = 100;
        transaction.sign(key);
        return ledger::Transaction::wrap(ledger::Dialect::fisco, transaction.encode());
    }

    crypto::PrivateKey key = testing::make_key(SuiteId::secp256k1);
};

TEST_F(DialectRulesTest, takes_what_was_signed_for_its_chain) {
    EXPECT_TRUE(rules(ledger::Dialect::ethereum).check(ethereum(5)).ok());
    EXPECT_TRUE(rules(ledger::Dialect::fisco).check(fisco(5, 2)).ok());
}

TEST_F(DialectRulesTest, refuses_what_was_signed_for_another_chain) {
    const ChannelRules ethereum_rules = rules(ledger::Dialect::ethereum);
    EXPECT_EQ(code_of(ethereum_rules.check(ethereum(6))), Code::wrong_channel);
    EXPECT_EQ(code_of(ethereum_rules.check(ethereum(std::nullopt))), Code::wrong_channel)
        << "it would be valid on every chain";
    EXPECT_EQ(code_of(rules(ledger::Dialect::fisco).check(fisco(6, 2))), Code::wrong_network);
    EXPECT_EQ(code_of(rules(ledger::Dialect::fisco).check(fisco(5, 3))), Code::wrong_channel);
}

TEST_F(DialectRulesTest, refuses_other_dialects_and_suites) {
    EXPECT_EQ(code_of(rules(ledger::Dialect::ethereum).check(fisco(5, 2))), Code::invalid_argument);
    EXPECT_EQ(
        code_of(
            rules(ledger::Dialect::ethereum).check(testing::sample_transaction(key, 1).bytes())),
        Code::invalid_argument);
    ChannelRules native{testing::sample_network(), testing::sample_channel(), SuiteId::secp256k1};
    EXPECT_EQ(code_of(native.check(ethereum(5))), Code::invalid_argument);
    ChannelRules guomi = rules(ledger::Dialect::fisco);
    guomi.suite = SuiteId::sm2;
    EXPECT_EQ(code_of(guomi.check(fisco(5, 2))), Code::wrong_suite);
}

TEST_F(DialectRulesTest, a_fisco_transaction_ends_with_its_block_limit) {
    const auto transaction = ledger::Transaction::decode(fisco(5, 2)).value();  // limit 100
    EXPECT_TRUE(check_window(transaction, 0, 100));
    EXPECT_EQ(code_of(check_window(transaction, 0, 101)), Code::expired);
    ledger::fisco::Transaction later = *transaction.fisco();
    later.block_limit = k_max_block_limit + 1;
    later.sign(key);
    const auto far = ledger::Transaction::decode(
                         ledger::Transaction::wrap(ledger::Dialect::fisco, later.encode()))
                         .value();
    EXPECT_TRUE(check_window(far, 0, 1));
    EXPECT_EQ(code_of(check_window(far, 0, 0)), Code::expired);
}

TEST_F(DialectRulesTest, an_ethereum_transaction_has_no_end) {
    const auto transaction = ledger::Transaction::decode(ethereum(5)).value();
    EXPECT_TRUE(check_window(transaction, UINT64_MAX, UINT64_MAX));
}

TEST(WindowTest, begins_an_hour_before_the_valid_until_and_ends_with_it) {
    const ledger::Transaction transaction =
        testing::sample_transaction(testing::make_key(SuiteId::secp256r1), 1);
    const UnixMillis end = transaction.payload().valid_until;
    EXPECT_TRUE(check_window(transaction, end, 1));
    EXPECT_EQ(code_of(check_window(transaction, end + 1, 1)), Code::expired);
    EXPECT_TRUE(check_window(transaction, end - k_max_validity, 1));
    EXPECT_EQ(code_of(check_window(transaction, end - k_max_validity - 1, 1)), Code::expired);
}

}  // namespace
}  // namespace bsn::peer
