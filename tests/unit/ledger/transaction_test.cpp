#include "ledger/transaction.hpp"

#include "base/codec.hpp"
#include "support/format_laws.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger {
namespace {

using testing::code_of;
using testing::make_key;
using testing::sample_payload;
using testing::sample_transaction;

constexpr std::size_t k_suite_offset = 2 + 32 + 32;  // in the payload

Result<Transaction> decode_transaction(ByteView bytes) {
    return Transaction::decode(to_bytes(bytes));
}

/// A transaction around any payload bytes, signed or not.
Bytes transaction_around(ByteView payload, const crypto::PublicKeyBytes& signer,
                         const Signature& signature) {
    Writer writer;
    writer.raw(from_hex("54010000").value());
    writer.raw(payload);
    writer.raw(signer);
    writer.raw(signature);
    return writer.take();
}

/// Big-endian order - s of an ECDSA signature: the other signature that plain ECDSA accepts.
Signature with_high_s(const Signature& signature, SuiteId suite) {
    const Bytes order =
        from_hex(suite == SuiteId::secp256r1
                     ? "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
                     : "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
            .value();
    Signature high = signature;
    int borrow = 0;
    for (std::size_t i = 32; i-- > 0;) {
        const int digit = order[i] - signature.data()[32 + i] - borrow;
        borrow = digit < 0 ? 1 : 0;
        high.data()[32 + i] = static_cast<std::uint8_t>(digit & 0xFF);
    }
    return high;
}

class TransactionOfSuite : public ::testing::TestWithParam<SuiteId> {};
INSTANTIATE_TEST_SUITE_P(Suites, TransactionOfSuite, ::testing::ValuesIn(testing::k_all_suites),
                         [](const auto& suite) {
                             return std::string(crypto::suite_name(suite.param));
                         });

TEST_P(TransactionOfSuite, decodes_to_what_was_signed) {
    const auto key = make_key(GetParam());
    const Payload payload = sample_payload(key, 7);
    const Transaction signed_one = Transaction::sign(payload, key);
    const Transaction decoded = Transaction::decode(signed_one.bytes()).value();
    EXPECT_EQ(decoded.bytes(), signed_one.bytes());
    EXPECT_EQ(decoded.payload().network, payload.network);
    EXPECT_EQ(decoded.payload().channel, payload.channel);
    EXPECT_EQ(decoded.payload().suite, GetParam());
    EXPECT_EQ(decoded.payload().creator, payload.creator);
    EXPECT_EQ(decoded.payload().nonce, payload.nonce);
    EXPECT_EQ(decoded.payload().valid_until, payload.valid_until);
    EXPECT_EQ(decoded.payload().contract, payload.contract);
    EXPECT_EQ(decoded.payload().function, payload.function);
    EXPECT_EQ(decoded.payload().arguments, payload.arguments);
    EXPECT_TRUE(decoded.signer() == key.public_key());
    EXPECT_EQ(to_bytes(decoded.payload_bytes()), payload.encode());
    EXPECT_EQ(decoded.id(), signed_one.id());
    EXPECT_EQ(decoded.id(), crypto::hash(crypto::suite_hash(GetParam()), decoded.payload_bytes()));
    EXPECT_TRUE(decoded.verify_signature().ok());
    EXPECT_TRUE(signed_one.verify_signature().ok());
}

TEST_P(TransactionOfSuite, any_changed_byte_is_refused) {
    const Bytes valid = sample_transaction(make_key(GetParam())).bytes();
    for (std::size_t at = 0; at < valid.size(); ++at) {
        Bytes changed = valid;
        changed[at] ^= 1;
        auto decoded = Transaction::decode(changed);
        EXPECT_FALSE(decoded.ok() && decoded->verify_signature().ok()) << "byte " << at;
    }
}

TEST_P(TransactionOfSuite, a_signature_of_another_key_or_payload_is_refused) {
    const auto key = make_key(GetParam());
    const Transaction valid = sample_transaction(key, 1);
    const auto other_key = make_key(GetParam(), 1).public_key().bytes;
    const auto forged = Transaction::decode(
        transaction_around(valid.payload_bytes(), other_key, valid.signature()));
    EXPECT_EQ(code_of(forged.value().verify_signature()), Code::bad_signature);
    const Bytes other_payload = sample_payload(key, 2).encode();
    const auto moved = Transaction::decode(
        transaction_around(other_payload, key.public_key().bytes, valid.signature()));
    EXPECT_EQ(code_of(moved.value().verify_signature()), Code::bad_signature);
}

TEST_P(TransactionOfSuite, a_zero_signature_and_a_key_off_the_curve_are_refused) {
    const auto key = make_key(GetParam());
    const Bytes payload = sample_payload(key).encode();
    const auto unsigned_one =
        Transaction::decode(transaction_around(payload, key.public_key().bytes, Signature{}));
    EXPECT_EQ(code_of(unsigned_one.value().verify_signature()), Code::bad_signature);
    const auto no_point = Transaction::decode(transaction_around(
        payload, testing::filled<crypto::PublicKeyBytes>(0xFF), key.sign(payload)));
    EXPECT_EQ(code_of(no_point.value().verify_signature()), Code::bad_signature);
}

TEST_P(TransactionOfSuite, a_payload_of_another_suite_is_refused) {
    const auto key = make_key(GetParam());
    Payload payload = sample_payload(key);
    payload.suite = GetParam() == SuiteId::sm2 ? SuiteId::secp256r1 : SuiteId::sm2;
    const Bytes bytes = payload.encode();
    const auto decoded =
        Transaction::decode(transaction_around(bytes, key.public_key().bytes, key.sign(bytes)));
    EXPECT_EQ(code_of(decoded.value().verify_signature()), Code::bad_signature);
}

TEST(Transaction, a_high_s_is_refused) {
    for (SuiteId suite : {SuiteId::secp256r1, SuiteId::secp256k1}) {
        const Transaction valid = sample_transaction(make_key(suite));
        ASSERT_TRUE(valid.verify_signature().ok());
        const auto malleated = Transaction::decode(transaction_around(
            valid.payload_bytes(), valid.signer().bytes, with_high_s(valid.signature(), suite)));
        EXPECT_EQ(code_of(malleated.value().verify_signature()), Code::bad_signature);
    }
}

TEST(Transaction, is_strict_and_canonical) {
    const Bytes valid = sample_transaction(make_key(SuiteId::secp256r1)).bytes();
    testing::expect_strict_format(valid, &decode_transaction);
    const Bytes payload = sample_payload(make_key(SuiteId::secp256r1)).encode();
    testing::expect_strict_format(payload, &Payload::decode);
    testing::expect_canonical_format(payload, &Payload::decode,
                                     [](const Payload& decoded) { return decoded.encode(); });
}

TEST(Transaction, the_payload_has_the_documented_bytes) {
    Payload payload;
    payload.network = testing::filled<NetworkId>(1);
    payload.channel = testing::filled<ChannelId>(2);
    payload.suite = SuiteId::sm2;
    payload.creator = testing::filled<ParticipantId>(3);
    payload.nonce = testing::filled<Nonce>(4);
    payload.valid_until = 5;
    payload.contract = "kv";
    payload.function = "put";
    payload.arguments = {{0xAA}, {}};
    EXPECT_EQ(to_hex(payload.encode()), "5001" + to_hex(payload.network) + to_hex(payload.channel) +
                                            "03" + to_hex(payload.creator) + to_hex(payload.nonce) +
                                            "0000000000000005" + "026b76" + "03707574" + "0002" +
                                            "00000001aa" + "00000000");
}

TEST(Transaction, an_unknown_dialect_is_named) {
    Bytes bytes = sample_transaction(make_key(SuiteId::secp256r1)).bytes();
    bytes[3] = 42;
    const auto refused = Transaction::decode(bytes);
    EXPECT_EQ(code_of(refused), Code::unsupported_version);
    EXPECT_NE(refused.error().message.find("42"), std::string::npos);
}

TEST(Transaction, an_unknown_suite_is_named) {
    Bytes bytes = sample_transaction(make_key(SuiteId::secp256r1)).bytes();
    for (std::uint8_t suite : {0, 4, 255}) {
        bytes[4 + k_suite_offset] = suite;
        const auto refused = Transaction::decode(bytes);
        EXPECT_EQ(code_of(refused), Code::wrong_suite);
        EXPECT_NE(refused.error().message.find(std::to_string(suite)), std::string::npos);
    }
}

TEST(Transaction, names_have_their_letters_and_length) {
    const auto key = make_key(SuiteId::secp256r1);
    const auto check = [&](std::string contract, std::string function) {
        Payload payload = sample_payload(key);
        payload.contract = std::move(contract);
        payload.function = std::move(function);
        const bool accepted = payload.check().ok();
        EXPECT_EQ(Payload::decode(payload.encode()).ok(), accepted);
        if (!accepted) {
            EXPECT_THROW(Transaction::sign(payload, key), InvariantViolation);
        }
        return accepted;
    };
    EXPECT_TRUE(check("a", "f"));
    EXPECT_TRUE(check("my-contract_2", "Transfer(address,uint256)!~"));
    EXPECT_TRUE(check(std::string(64, 'z'), std::string(64, 'F')));
    for (const std::string& contract :
         {std::string(), std::string("A"), std::string("a.b"), std::string("a b"),
          std::string(65, 'a'), std::string("\xC3\xA4"), std::string("a\0", 2)}) {
        EXPECT_FALSE(check(contract, "f")) << contract;
    }
    for (const std::string& function :
         {std::string(), std::string("a b"), std::string("a\n"), std::string("\x7F"),
          std::string("\xC3\xA4"), std::string(65, 'f')}) {
        EXPECT_FALSE(check("kv", function)) << function;
    }
}

TEST(Transaction, has_at_most_256_arguments) {
    const auto key = make_key(SuiteId::secp256r1);
    Payload payload = sample_payload(key);
    payload.arguments.assign(256, Bytes{1});
    EXPECT_TRUE(Transaction::decode(Transaction::sign(payload, key).bytes()).ok());
    payload.arguments.emplace_back();
    EXPECT_EQ(code_of(payload.check()), Code::too_large);
    EXPECT_EQ(code_of(Payload::decode(payload.encode())), Code::too_large);
}

TEST(Transaction, has_at_most_one_mebibyte) {
    const auto key = make_key(SuiteId::secp256r1);
    Payload payload = sample_payload(key);
    payload.arguments = {Bytes{}};
    const std::size_t others = Transaction::sign(payload, key).bytes().size();
    payload.arguments = {Bytes(k_max_transaction_bytes - others)};
    const Transaction largest = Transaction::sign(payload, key);
    EXPECT_EQ(largest.bytes().size(), k_max_transaction_bytes);
    EXPECT_TRUE(Transaction::decode(largest.bytes()).ok());
    payload.arguments[0].push_back(0);
    EXPECT_EQ(code_of(payload.check()), Code::too_large);
    const auto refused = Transaction::decode(
        transaction_around(payload.encode(), key.public_key().bytes, Signature{}));
    EXPECT_EQ(code_of(refused), Code::too_large);
}

TEST(Transaction, the_id_does_not_depend_on_the_signature) {
    const auto key = make_key(SuiteId::secp256r1);
    const Transaction valid = sample_transaction(key);
    const auto forged = Transaction::decode(
        transaction_around(valid.payload_bytes(), valid.signer().bytes, Signature{}));
    EXPECT_EQ(forged.value().id(), valid.id());
    EXPECT_NE(sample_transaction(key, 1).id(), valid.id());
}

TEST(Identifiers, are_the_documented_hashes) {
    const NetworkId network = testing::sample_network();
    const TxId creation = testing::filled<TxId>(9);
    const auto sha256 = [](std::initializer_list<ByteView> parts) {
        return to_hex(crypto::hash(HashId::sha256, parts));
    };
    EXPECT_EQ(to_hex(system_channel(network)), sha256({network, Bytes(32)}));
    EXPECT_EQ(to_hex(channel_created_by(network, creation)), sha256({network, creation}));
    const PublicKey key = make_key(SuiteId::sm2).public_key();
    EXPECT_EQ(to_hex(node_id_of(key.bytes)), sha256({key.bytes}));
    EXPECT_EQ(to_hex(participant_id_of(key)), sha256({Bytes{3}, key.bytes}));
}

TEST(Batch, decodes_to_what_was_encoded) {
    const Bytes first{1, 2, 3};
    const Bytes second{4};
    const Bytes batch = encode_batch({first, second});
    EXPECT_EQ(to_hex(batch),
              "4201"
              "00000002"
              "00000003010203"
              "0000000104");
    const auto decoded = decode_batch(batch).value();
    ASSERT_EQ(decoded.size(), 2U);
    EXPECT_EQ(to_bytes(decoded[0]), first);
    EXPECT_EQ(to_bytes(decoded[1]), second);
}

TEST(Batch, is_strict_and_canonical) {
    const Bytes valid = encode_batch({Bytes{1, 2, 3}, Bytes{4}});
    testing::expect_strict_format(valid, &decode_batch);
    testing::expect_canonical_format(valid, &decode_batch, &encode_batch);
}

TEST(Batch, is_never_empty_and_a_forged_count_reserves_nothing) {
    EXPECT_FALSE(decode_batch(from_hex("420100000000").value()).ok());
    EXPECT_FALSE(decode_batch(from_hex("4201ffffffff00000000").value()).ok());
    EXPECT_THROW(encode_batch({}), InvariantViolation);
}

}  // namespace
}  // namespace bsn::ledger
