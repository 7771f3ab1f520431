// Proofs of transactions on a FISCO BCOS network outside: what they show, and to whom.
#include "fixture.hpp"

namespace bsn::testing {
namespace {

using crypto::SuiteId;
using network::Proof;
using network::SignedHeader;
using network::Trust;

class FiscoProofTest : public FiscoNetworkTest {
  protected:
    FiscoProofTest() {
        for (int i = 0; i < 20; ++i) transactions.push_back(outside.make_transaction());
        outside.append(transactions);
    }
    Proof proof(std::size_t index = 17) {
        auto made = client().prove(transactions.at(index).hash());
        if (!made) throw std::runtime_error(made.error().message);
        return *made;
    }
    Bytes trusted() const { return to_bytes(trust.to_json()); }
    Code refusal(const Proof& proof) const {
        auto verified = network::verify_proof(proof.encode(), trusted());
        return verified ? Code::internal : verified.error().code;
    }

    std::vector<ledger::fisco::Transaction> transactions;
};

INSTANTIATE_TEST_SUITE_P(both, FiscoProofTest, ::testing::Values(SuiteId::secp256k1, SuiteId::sm2),
                         [](const auto& tested) {
                             return std::string(crypto::suite_name(tested.param));
                         });

TEST_P(FiscoProofTest, ShowsTheTransactionToWhoeverTrustsTheSealers) {
    for (const std::size_t index : {0U, 15U, 16U, 19U}) {
        auto verified = network::verify_proof(proof(index).encode(), trusted());
        ASSERT_TRUE(verified.ok()) << verified.error().message;
        const framework::TransactionView& shown = verified->transaction;
        EXPECT_EQ(shown.id, to_bytes(transactions[index].hash().view()));
        EXPECT_EQ(shown.raw, transactions[index].encode());
        EXPECT_EQ(shown.height, 1U);
        EXPECT_EQ(shown.index, index);
        EXPECT_TRUE(shown.success);
        EXPECT_EQ(shown.result, Bytes{7});
        EXPECT_NE(verified->trust.find("1 of the 1 sealers of group 1"), std::string::npos)
            << verified->trust;
    }
}

TEST_P(FiscoProofTest, EncodingComesBack) {
    const Proof made = proof();
    auto read = Proof::decode(made.encode());
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(*read, made);
}

TEST_P(FiscoProofTest, NoByteCanBeChangedOrCutAway) {
    const Bytes encoded = proof().encode();
    for (std::size_t at = 0; at < encoded.size(); at += 3) {
        Bytes changed = encoded;
        changed[at] = static_cast<std::uint8_t>(changed[at] ^ 1U);
        EXPECT_FALSE(network::verify_proof(changed, trusted()).ok()) << at;
    }
    for (std::size_t size = 0; size < encoded.size(); size += 13) {
        EXPECT_FALSE(network::verify_proof(ByteView(encoded).first(size), trusted()).ok()) << size;
    }
    Bytes longer = encoded;
    longer.push_back(0);
    EXPECT_FALSE(network::verify_proof(longer, trusted()).ok());
}

TEST_P(FiscoProofTest, ForgedHeadersShowNothing) {
    Proof forged = proof();
    forged.block.header.timestamp += 1;
    EXPECT_EQ(refusal(forged), Code::bad_signature);
    // Signed by a sealer of the forger's own, whom its header lists.
    forged = proof();
    const auto own = crypto::PrivateKey::generate(GetParam());
    forged.block.header.sealer_list = {*crypto::public_point_of(own.public_key())};
    const auto hash = forged.block.header.hash(crypto::suite_hash(GetParam()));
    forged.block.signatures = {{ledger::word_of(0), ledger::fisco::sign_block(hash, own)}};
    EXPECT_EQ(refusal(forged), Code::bad_signature);
}

TEST_P(FiscoProofTest, WaysLeadFromTheirOwnTransactionAndIndexOnly) {
    const Proof other = proof(3);
    Proof mixed = proof();
    mixed.transaction = other.transaction;
    EXPECT_EQ(refusal(mixed), Code::bad_signature) << "another transaction";
    mixed = proof();
    mixed.transaction_way = other.transaction_way;
    EXPECT_EQ(refusal(mixed), Code::bad_signature) << "another way";
    mixed = proof();
    mixed.index = 3;
    EXPECT_EQ(refusal(mixed), Code::bad_signature) << "another index";
    mixed = proof();
    mixed.receipt_way.clear();
    EXPECT_EQ(refusal(mixed), Code::bad_signature) << "no way";
}

TEST_P(FiscoProofTest, AReceiptCannotBeMadeASuccessOrAFailure) {
    Proof forged = proof();
    forged.receipt.status = 0x16;
    EXPECT_EQ(refusal(forged), Code::bad_signature);
    forged = proof();
    forged.receipt.output = {8};
    EXPECT_EQ(refusal(forged), Code::bad_signature);
}

TEST_P(FiscoProofTest, OthersTrustOthers) {
    const Bytes made = proof().encode();
    Trust other = trust;
    other.chain_id = 2;
    EXPECT_EQ(network::verify_proof(made, to_bytes(other.to_json())).error().code,
              Code::wrong_network);
    other = trust;
    other.group = 2;
    EXPECT_EQ(network::verify_proof(made, to_bytes(other.to_json())).error().code,
              Code::wrong_channel);
    other = trust;
    other.sealers = {
        *crypto::public_point_of(crypto::PrivateKey::generate(GetParam()).public_key())};
    EXPECT_EQ(network::verify_proof(made, to_bytes(other.to_json())).error().code,
              Code::bad_signature);
    for (const char* text : {"", "{}", "[]", "null", R"({"suite":"sm2"})"}) {
        EXPECT_EQ(network::verify_proof(made, as_bytes(std::string_view(text))).error().code,
                  Code::invalid_argument)
            << text;
    }
}

// --- sealers

class FiscoTrustTest : public ::testing::TestWithParam<SuiteId> {
  protected:
    FiscoTrustTest() {
        for (int i = 0; i < 5; ++i) keys.push_back(crypto::PrivateKey::generate(GetParam()));
        trust.suite = GetParam();
        for (std::size_t i = 0; i < 4; ++i) trust.sealers.push_back(point(i));
    }
    crypto::PublicPoint point(std::size_t key) const {
        return *crypto::public_point_of(keys.at(key).public_key());
    }
    /// A header whose sealers are the keys of `list`, signed by those at these places of it.
    SignedHeader signed_header(const std::vector<std::size_t>& list,
                               const std::vector<std::size_t>& signers,
                               std::uint64_t number = 9) const {
        SignedHeader block;
        block.header.number = number;
        for (const std::size_t key : list) block.header.sealer_list.push_back(point(key));
        const auto hash = block.header.hash(crypto::suite_hash(GetParam()));
        for (const std::size_t place : signers) {
            block.signatures.push_back(
                {ledger::word_of(place), ledger::fisco::sign_block(hash, keys.at(list.at(place)))});
        }
        return block;
    }

    std::vector<crypto::PrivateKey> keys;
    Trust trust;
};

INSTANTIATE_TEST_SUITE_P(both, FiscoTrustTest, ::testing::Values(SuiteId::secp256k1, SuiteId::sm2),
                         [](const auto& tested) {
                             return std::string(crypto::suite_name(tested.param));
                         });

TEST_P(FiscoTrustTest, QuorumIsThatOfFiscoBcosUnlessAnotherIsAskedFor) {
    for (const auto& [sealers, quorum] :
         {std::pair(1U, 1U), {2U, 2U}, {3U, 3U}, {4U, 3U}, {5U, 4U}, {7U, 5U}, {10U, 7U}}) {
        Trust of;
        of.sealers.resize(sealers);
        EXPECT_EQ(of.required(), quorum) << sealers;
    }
    EXPECT_TRUE(trust.check(signed_header({0, 1, 2, 3}, {0, 1, 3})).ok());
    auto few = trust.check(signed_header({0, 1, 2, 3}, {1, 3}));
    ASSERT_FALSE(few.ok());
    EXPECT_EQ(few.error().code, Code::bad_signature);
    trust.quorum = 2;
    EXPECT_EQ(*trust.check(signed_header({0, 1, 2, 3}, {1, 3})), 2U);
    EXPECT_NE(trust.describe(2).find("less than its quorum of 3"), std::string::npos)
        << trust.describe(2);
}

TEST_P(FiscoTrustTest, ASealerCountsOnce) {
    EXPECT_FALSE(trust.check(signed_header({0, 1, 2, 3}, {0, 0, 0})).ok())
        << "one signature thrice";
    EXPECT_FALSE(trust.check(signed_header({0, 0, 0, 1}, {0, 1, 2})).ok()) << "one key thrice";
    EXPECT_FALSE(trust.check(signed_header({0, 1, 2, 3}, {3, 1, 0})).ok()) << "out of order";
}

TEST_P(FiscoTrustTest, StrangersCountNothing) {
    EXPECT_FALSE(trust.check(signed_header({0, 1, 4}, {0, 1, 2})).ok());
    // A sealer that was added signs as well, and takes nothing from the others' word.
    const SignedHeader added = signed_header({0, 1, 2, 3, 4}, {0, 1, 2, 4});
    EXPECT_EQ(*trust.check(added), 3U);
    EXPECT_TRUE(network::update_trust(to_bytes(trust.to_json()), added.encode()).ok());
    SignedHeader beyond = signed_header({0, 1, 2, 3}, {0, 1, 2});
    beyond.signatures.back().sealer = ledger::word_of(7);
    EXPECT_FALSE(trust.check(beyond).ok());
}

TEST_P(FiscoTrustTest, NewSealersAreThoseThatEnoughOldOnesSignedFor) {
    const Bytes old = to_bytes(trust.to_json());
    auto moved = network::update_trust(old, signed_header({0, 1, 2, 4}, {0, 1, 2}).encode());
    ASSERT_TRUE(moved.ok()) << moved.error().message;
    auto next = Trust::from_json(as_text(*moved));
    ASSERT_TRUE(next.ok());
    EXPECT_EQ(next->sealers, (std::vector{point(0), point(1), point(2), point(4)}));
    EXPECT_EQ(next->since, 9U);
    EXPECT_TRUE(next->check(signed_header({0, 1, 2, 4}, {1, 2, 3})).ok());
    // Too few of the old ones; and no way back.
    EXPECT_FALSE(network::update_trust(old, signed_header({0, 1, 4}, {0, 1, 2}).encode()).ok());
    EXPECT_FALSE(network::update_trust(old, signed_header({0, 1, 2, 4}, {0, 1}).encode()).ok());
    EXPECT_FALSE(
        network::update_trust(*moved, signed_header({0, 1, 2, 3}, {0, 1, 2}, 9).encode()).ok());
    EXPECT_FALSE(network::update_trust(old, {}).ok());
    // A list that holds a key twice is none.
    EXPECT_FALSE(network::update_trust(old, signed_header({0, 1, 2, 2}, {0, 1, 2}).encode()).ok());
}

TEST_P(FiscoTrustTest, WhatAPersonWritesIsCheckedMemberByMember) {
    const auto good = nlohmann::json::parse(trust.to_json());
    EXPECT_EQ(*Trust::from_json(good), trust);
    auto refused = [&](const char* member, const nlohmann::json& value) {
        auto changed = good;
        changed[member] = value;
        return !Trust::from_json(changed).ok();
    };
    EXPECT_TRUE(refused("suite", "secp256r1"));
    EXPECT_TRUE(refused("chain_id", "1"));
    EXPECT_TRUE(refused("group", -1));
    EXPECT_TRUE(refused("quorum", 5));
    EXPECT_TRUE(refused("more", 1));
    EXPECT_TRUE(refused("sealers", nlohmann::json::array()));
    EXPECT_TRUE(refused("sealers", {"00"}));
    EXPECT_TRUE(refused("sealers", {std::string(128, '1')})) << "no point of the curve";
    EXPECT_TRUE(refused("sealers", {good["sealers"][0], good["sealers"][0]}));
}

}  // namespace
}  // namespace bsn::testing
