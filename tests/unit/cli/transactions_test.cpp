#include "cli/transactions.hpp"

#include "base/codec.hpp"
#include "cli/bench/source.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::cli {
namespace {

Identity somebody() {
    crypto::PrivateKey key = testing::make_key(crypto::SuiteId::secp256r1, 1);
    ledger::ParticipantId participant = ledger::participant_id_of(key.public_key());
    return {"somebody", std::move(key), participant};
}

ChainRef sample_chain() { return {testing::sample_network(), testing::sample_channel()}; }

TEST(Transactions, AreSignedForTheirChainAndLiveTenMinutes) {
    Identity identity = somebody();
    UnixMillis now = SystemClock().now();
    auto transaction =
        make_transaction(sample_chain(), identity, {"kv", "set", {to_bytes("argument")}});
    ASSERT_TRUE(transaction.ok()) << transaction.error().message;
    EXPECT_TRUE(transaction->verify_signature().ok());
    const ledger::Payload& payload = transaction->payload();
    EXPECT_EQ(payload.network, testing::sample_network());
    EXPECT_EQ(payload.channel, testing::sample_channel());
    EXPECT_EQ(payload.creator, identity.participant);
    EXPECT_GE(payload.valid_until, now + k_transaction_life);
    EXPECT_LT(payload.valid_until, now + k_transaction_life + 60'000);
    auto other = make_transaction(sample_chain(), identity, {"kv", "set", {to_bytes("argument")}});
    EXPECT_NE(payload.nonce, other->payload().nonce);
}

TEST(Transactions, NoncesBeginWithTheirTime) {
    const UnixMillis before = SystemClock().now();
    const ledger::Nonce one = new_nonce();
    const ledger::Nonce other = new_nonce();
    const UnixMillis after = SystemClock().now();
    EXPECT_NE(one, other);
    for (const ledger::Nonce& nonce : {one, other}) {
        UnixMillis time = 0;
        for (std::uint8_t byte : nonce.view().first(6)) time = time << 8 | byte;
        EXPECT_GE(time, before);
        EXPECT_LE(time, after);
    }
}

TEST(Transactions, ARefusedNameIsToldBeforeAnythingIsSent) {
    auto transaction = make_transaction(sample_chain(), somebody(), {"No Name", "set", {}});
    ASSERT_FALSE(transaction.ok());
    EXPECT_EQ(transaction.error().code, Code::invalid_argument);
}

TEST(Submission, IsCountThenLengthAndBytes) {
    Bytes first = to_bytes("ab");
    Bytes second = to_bytes("c");
    std::vector<ByteView> both{first, second};
    EXPECT_EQ(to_hex(encode_submission(both)),
              "00000002"
              "00000002"
              "6162"
              "00000001"
              "63");
}

TEST(Submission, StaysWithinTheLimits) {
    Bytes large(7U << 20);
    std::vector<ByteView> three{large, large, large};
    EXPECT_EQ(next_submission_size(three, 100), 2U);
    EXPECT_EQ(next_submission_size(three, 1), 1U);
    Bytes small(1);
    std::vector<ByteView> many(5000, small);
    EXPECT_EQ(next_submission_size(many, 100'000), k_max_submission_count);
    Bytes huge(20U << 20);
    EXPECT_EQ(next_submission_size(std::vector<ByteView>{huge, huge}, 2), 1U);
}

Bytes results(std::uint16_t code, std::string_view text) {
    Writer writer;
    writer.u32(1);
    writer.u16(code);
    writer.u64(7);
    writer.u32(3);
    writer.raw(Bytes(32, 0xAB));
    writer.text(text);
    return writer.take();
}

TEST(Results, SuccessRefusalAndErrorsByNumber) {
    auto success = decode_results(results(0, ""));
    ASSERT_TRUE(success.ok()) << success.error().message;
    EXPECT_EQ(success->at(0).height, 7U);
    EXPECT_EQ(success->at(0).index, 3U);
    EXPECT_FALSE(success->at(0).error);

    auto refused = decode_results(results(1, "no"));
    EXPECT_EQ(refused->at(0).error->code, Code::contract_failed);
    EXPECT_EQ(refused->at(0).error->message, "no");

    EXPECT_EQ(decode_results(results(104, ""))->at(0).error->code, Code::bad_signature);
    EXPECT_EQ(decode_results(results(118, ""))->at(0).error->code, Code::unknown_outcome);
    EXPECT_EQ(decode_results(results(999, ""))->at(0).error->code, Code::unsupported_version);
}

TEST(Results, CutOrForgedOnesAreRefused) {
    Bytes whole = results(0, "x");
    EXPECT_FALSE(decode_results(ByteView(whole).first(whole.size() - 1)).ok());
    Bytes forged = whole;
    forged[0] = 0xFF;  // a count of four thousand million
    EXPECT_FALSE(decode_results(forged).ok());
}

TEST(PaddedDeposit, HasExactlyThePayloadAskedFor) {
    for (std::size_t size : {214U, 256U, 1000U, 4300U}) {
        auto transaction = make_padded_deposit(sample_chain(), somebody(), size);
        ASSERT_TRUE(transaction.ok()) << transaction.error().message;
        EXPECT_EQ(transaction->payload_bytes().size(), size);
        EXPECT_EQ(transaction->payload().encode().size(), size);
    }
    auto small = make_padded_deposit(sample_chain(), somebody(), 213);
    ASSERT_FALSE(small.ok());
    EXPECT_NE(small.error().message.find("214"), std::string::npos) << small.error().message;
}

}  // namespace
}  // namespace bsn::cli
