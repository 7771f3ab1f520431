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

TEST(WindowTest, begins_an_hour_before_the_valid_until_and_ends_with_it) {
    ledger::Payload payload;
    payload.valid_until = 10'000'000;
    EXPECT_TRUE(check_window(payload, payload.valid_until));
    EXPECT_EQ(code_of(check_window(payload, payload.valid_until + 1)), Code::expired);
    EXPECT_TRUE(check_window(payload, payload.valid_until - k_max_validity));
    EXPECT_EQ(code_of(check_window(payload, payload.valid_until - k_max_validity - 1)),
              Code::expired);
}

}  // namespace
}  // namespace bsn::peer
