#include "ledger/fisco/transaction.hpp"

#include "crypto/public_point.hpp"
#include "ledger/rlp.hpp"
#include "support/foreign_vectors.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger::fisco {
namespace {

using testing::bytes_of;
using testing::Json;
using testing::text_of;
using testing::value_of;

const Json& vectors() {
    static const Json k_vectors = testing::foreign_vectors("fisco-transactions.json");
    return k_vectors;
}

crypto::PrivateKey key_named(const std::string& name) {
    return crypto::PrivateKey::from_pem(vectors()["keys"][name].get<std::string>(), "").value();
}

Transaction transaction_of(const std::string& key) {
    for (const Json& vector : vectors()["transactions"]) {
        if (text_of(vector["key"]) == key)
            return Transaction::decode(bytes_of(vector["raw"])).value();
    }
    return {};
}

Transaction example() {
    Transaction transaction;
    transaction.nonce = word_of(12345);
    transaction.gas_price = word_of(300'000'000);
    transaction.gas = word_of(300'000'000);
    transaction.block_limit = 500;
    transaction.data = {1, 2, 3};
    transaction.chain_id = 1;
    transaction.group_id = 1;
    transaction.extra_data = to_bytes("extra");
    return transaction;
}

// Made with the official gateway SDK in Go, one with each kind of key.
TEST(FiscoTransaction, reads_what_the_gateway_sdk_signed) {
    for (const Json& vector : vectors()["transactions"]) {
        const std::string name = text_of(vector["key"]);
        SCOPED_TRACE(name);
        const Bytes raw = bytes_of(vector["raw"]);
        const auto decoded = Transaction::decode(raw);
        ASSERT_TRUE(decoded.ok()) << decoded.error().message;
        EXPECT_EQ(decoded->encode(), raw);
        EXPECT_EQ("0x" + to_hex(*decoded->to), text_of(vector["to"]));
        EXPECT_EQ(decoded->block_limit, vector["block_limit"].get<std::uint64_t>());
        EXPECT_EQ(decoded->group_id, vector["group_id"].get<std::uint64_t>());
        EXPECT_EQ(decoded->chain_id, 1U);
        EXPECT_EQ(number_of_word(decoded->gas_price), 22'000'000'000U);
        EXPECT_EQ(number_of_word(decoded->gas), 4'300'000U);
        EXPECT_EQ(decoded->suite, name == "K1" ? SuiteId::secp256k1 : SuiteId::sm2);
        const auto signer = decoded->signer();
        ASSERT_TRUE(signer.ok()) << signer.error().message;
        EXPECT_EQ(*signer, key_named(name).public_key());
        EXPECT_EQ(decoded->hash(),
                  crypto::hash(name == "K1" ? HashId::keccak256 : HashId::sm3, raw));
    }
}

TEST(FiscoTransaction, is_signed_with_either_suite) {
    for (const std::string name : {"K1", "SM2"}) {
        Transaction transaction = example();
        const auto key = key_named(name);
        transaction.sign(key);
        const auto decoded = Transaction::decode(transaction.encode());
        ASSERT_TRUE(decoded.ok()) << decoded.error().message;
        EXPECT_EQ(*decoded, transaction);
        EXPECT_EQ(decoded->signer().value(), key.public_key());
    }
}

TEST(FiscoTransaction, a_signature_is_for_these_fields) {
    for (const std::string name : {"K1", "SM2"}) {
        const Transaction good = transaction_of(name);
        const PublicKey key = key_named(name).public_key();
        auto signed_by_other = [&](auto change) {
            Transaction other = good;
            change(other);
            const auto signer = other.signer();
            return !signer || *signer != key;
        };
        EXPECT_TRUE(signed_by_other([](auto& other) { other.nonce.data()[31] ^= 1; }));
        EXPECT_TRUE(signed_by_other([](auto& other) { ++other.block_limit; }));
        EXPECT_TRUE(signed_by_other([](auto& other) { ++other.chain_id; }));
        EXPECT_TRUE(signed_by_other([](auto& other) { ++other.group_id; }));
        EXPECT_TRUE(signed_by_other([](auto& other) { other.to.reset(); }));
        EXPECT_TRUE(signed_by_other([](auto& other) { other.extra_data.push_back(1); }));
        EXPECT_TRUE(signed_by_other([](auto& other) { other.s.data()[31] ^= 1; }));
    }
}

TEST(FiscoTransaction, sm2_is_of_the_key_that_v_names) {
    Transaction transaction = transaction_of("SM2");
    transaction.v =
        to_bytes(*crypto::public_point_of(crypto::PrivateKey::generate(SuiteId::sm2).public_key()));
    EXPECT_EQ(transaction.signer().error().code, Code::bad_signature);
    transaction = transaction_of("SM2");
    transaction.v.back() ^= 1;  // another y: no point
    EXPECT_EQ(transaction.signer().error().code, Code::bad_signature);
}

TEST(FiscoTransaction, a_high_s_of_secp256k1_is_refused) {
    Transaction transaction = transaction_of("K1");
    std::fill_n(transaction.s.data(), 16, std::uint8_t{0xee});
    EXPECT_NE(transaction.signer().error().message.find("high"), std::string::npos);
}

// A client that takes the key for a number leaves zeros at its front away; both forms occur.
TEST(FiscoTransaction, an_sm2_key_with_zeros_at_its_front) {
    for (int i = 0; i < 5000; ++i) {
        const auto key = crypto::PrivateKey::generate(SuiteId::sm2);
        if (key.public_key().bytes.data()[1] != 0) continue;
        Transaction transaction = example();
        transaction.sign(key);
        ASSERT_EQ(transaction.v.size(), 64U);
        EXPECT_EQ(Transaction::decode(transaction.encode())->signer().value(), key.public_key());
        transaction.v = to_bytes(rlp::without_leading_zeros(transaction.v));
        const auto decoded = Transaction::decode(transaction.encode());
        ASSERT_TRUE(decoded.ok()) << decoded.error().message;
        EXPECT_EQ(*decoded, transaction);
        EXPECT_EQ(decoded->signer().value(), key.public_key());
        return;
    }
    FAIL() << "no such key among 5000";
}

std::string refusal(const Transaction& transaction) {
    const auto decoded = Transaction::decode(transaction.encode());
    return decoded.ok() ? "accepted" : decoded.error().message;
}

TEST(FiscoTransaction, refuses_other_kinds_of_v) {
    Transaction transaction = transaction_of("K1");
    for (const Bytes& v : {Bytes{}, Bytes{1}, Bytes{26}, Bytes{29}}) {
        transaction.v = v;
        EXPECT_NE(refusal(transaction).find("v: 27 or 28"), std::string::npos);
    }
    transaction.v = Bytes(65, 1);
    EXPECT_NE(refusal(transaction).find("v: 65 bytes, at most 64"), std::string::npos);
    transaction.v = Bytes(63, 0);
    EXPECT_NE(refusal(transaction).find("zeros at its front"), std::string::npos);
}

TEST(FiscoTransaction, refuses_cut_long_and_other_bytes) {
    for (const Json& vector : vectors()["transactions"]) {
        const Bytes raw = bytes_of(vector["raw"]);
        for (std::size_t length = 0; length < raw.size(); ++length) {
            EXPECT_FALSE(Transaction::decode(ByteView(raw).first(length)).ok());
        }
        Bytes longer = raw;
        longer.push_back(0);
        EXPECT_FALSE(Transaction::decode(longer).ok());
        for (std::size_t at = 0; at < raw.size(); ++at) {
            for (int bit = 0; bit < 8; ++bit) {
                Bytes changed = raw;
                changed[at] = static_cast<std::uint8_t>(changed[at] ^ (1 << bit));
                const auto decoded = Transaction::decode(changed);
                if (decoded.ok()) {
                    ASSERT_EQ(decoded->encode(), changed);
                }
            }
        }
    }
}

TEST(FiscoTransaction, refusals_name_the_field) {
    rlp::Writer writer;
    writer.list([&] { writer.number(7); });
    EXPECT_EQ(Transaction::decode(writer.view()).error().message,
              "FISCO transaction: fields: gasPrice: missing");
}

}  // namespace
}  // namespace bsn::ledger::fisco
