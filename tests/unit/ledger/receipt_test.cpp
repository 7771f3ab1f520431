#include "ledger/receipt.hpp"

#include "support/format_laws.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger {
namespace {

using testing::code_of;
using testing::sample_receipt;

TEST(Receipt, decodes_to_what_was_encoded) {
    const Receipt receipt = sample_receipt();
    const Receipt decoded = Receipt::decode(receipt.encode()).value();
    EXPECT_EQ(decoded.status, receipt.status);
    EXPECT_EQ(decoded.result, receipt.result);
    EXPECT_TRUE(decoded.logs == receipt.logs);
    EXPECT_EQ(decoded.gas, receipt.gas);
    EXPECT_EQ(decoded.cumulative_gas, receipt.cumulative_gas);
    EXPECT_EQ(decoded.created_address, receipt.created_address);
    EXPECT_EQ(decoded.error, receipt.error);
}

TEST(Receipt, has_the_documented_bytes) {
    Receipt receipt;
    receipt.status = ExecutionStatus::refused;
    receipt.result = {0xAA};
    receipt.logs = {{"kv", {to_bytes("x")}, {0xBB}}};
    receipt.gas = 1;
    receipt.cumulative_gas = 2;
    receipt.error = "no";
    EXPECT_EQ(to_hex(receipt.encode()),
              "5201"  // R, version
              "0001"  // status
              "00000001"
              "aa"    // result
              "0001"  // logs
              "0002"
              "6b76"  // contract
              "01"
              "00000001"
              "78"  // topics
              "00000001"
              "bb"  // data
              "0000000000000001"
              "0000000000000002"  // gas, cumulative gas
              "00000000"          // created address
              "0002"
              "6e6f");  // error
}

TEST(Receipt, is_strict_and_canonical) {
    const Bytes valid = sample_receipt().encode();
    testing::expect_strict_format(valid, &Receipt::decode);
    testing::expect_canonical_format(valid, &Receipt::decode,
                                     [](const Receipt& receipt) { return receipt.encode(); });
}

TEST(Receipt, all_statuses_are_kept_and_others_refused) {
    for (std::uint16_t status = 0; status < 10; ++status) {
        Receipt receipt;
        receipt.status = static_cast<ExecutionStatus>(status);
        EXPECT_EQ(Receipt::decode(receipt.encode()).ok(), status <= 4) << status;
    }
}

TEST(Receipt, a_log_has_at_most_sixteen_topics) {
    Receipt receipt;
    receipt.logs = {{"kv", std::vector<Bytes>(16), {}}};
    Bytes encoded = receipt.encode();
    EXPECT_TRUE(Receipt::decode(encoded).ok());
    const std::size_t topic_count = 2 + 2 + 4 + 2 + 2 + 2;
    ASSERT_EQ(encoded[topic_count], 16);
    encoded[topic_count] = 17;
    EXPECT_EQ(code_of(Receipt::decode(encoded)), Code::too_large);
    receipt.logs[0].topics.emplace_back();
    EXPECT_THROW(receipt.encode(), InvariantViolation);
}

TEST(Receipt, an_error_that_is_no_utf8_is_refused) {
    Receipt receipt;
    receipt.error = "\xFF";
    EXPECT_FALSE(Receipt::decode(receipt.encode()).ok());
    receipt.error = readable_error(receipt.error);
    EXPECT_EQ(Receipt::decode(receipt.encode()).value().error, "?");
}

TEST(Receipt, a_readable_error_is_short_utf8_whatever_the_contract_wrote) {
    EXPECT_EQ(readable_error("not yours"), "not yours");
    EXPECT_EQ(readable_error("不是你的"), "不是你的");
    EXPECT_EQ(readable_error("key \xC3\x28 taken"), "key ?( taken");
    // 1,024 is no multiple of the three bytes of each character.
    std::string chinese;
    for (int i = 0; i < 400; ++i) chinese += "错";
    EXPECT_EQ(readable_error(chinese), chinese.substr(0, 1023));
    EXPECT_EQ(readable_error(std::string(5000, 'x')), std::string(1024, 'x'));
    EXPECT_EQ(readable_error(std::string(1024, '\xFF')), std::string(1024, '?'));
}

}  // namespace
}  // namespace bsn::ledger
