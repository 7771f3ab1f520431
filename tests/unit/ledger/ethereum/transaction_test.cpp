#include "ledger/ethereum/transaction.hpp"

#include "ledger/ethereum/address.hpp"
#include "ledger/rlp.hpp"
#include "support/foreign_vectors.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger::ethereum {
namespace {

using testing::bytes_of;
using testing::Json;
using testing::text_of;
using testing::value_of;

Json vectors() { return testing::foreign_vectors("ethereum-transactions.json")["transactions"]; }

Json vector_named(std::string_view name) {
    for (const Json& vector : vectors()) {
        if (text_of(vector["name"]) == name) return vector;
    }
    return {};
}

Transaction named(std::string_view name) {
    return Transaction::decode(bytes_of(vector_named(name)["raw"])).value();
}

/// The transaction that a vector describes, without its signature.
Transaction described(const Json& vector) {
    Transaction transaction;
    transaction.type = static_cast<TransactionType>(vector["type"].get<int>());
    if (!vector["chain_id"].is_null()) transaction.chain_id = vector["chain_id"];
    transaction.nonce = vector["nonce"];
    transaction.max_fee = value_of<Word>(vector["max_fee"]);
    transaction.max_priority_fee = value_of<Word>(vector["max_priority_fee"]);
    transaction.gas = vector["gas"];
    if (!vector["to"].is_null()) transaction.to = value_of<Address>(vector["to"]);
    transaction.value = value_of<Word>(vector["value"]);
    transaction.data = bytes_of(vector["data"]);
    for (const Json& entry : vector["access_list"]) {
        AccessListEntry read{value_of<Address>(entry[0]), {}};
        for (const Json& slot : entry[1]) read.slots.push_back(value_of<Word>(slot));
        transaction.access_list.push_back(std::move(read));
    }
    return transaction;
}

TEST(EthereumTransaction, reads_what_other_code_signed) {
    for (const Json& vector : vectors()) {
        SCOPED_TRACE(text_of(vector["name"]));
        const Bytes raw = bytes_of(vector["raw"]);
        const auto decoded = Transaction::decode(raw);
        ASSERT_TRUE(decoded.ok()) << decoded.error().message;
        Transaction expected = described(vector);
        expected.r = value_of<Word>(vector["r"]);
        expected.s = value_of<Word>(vector["s"]);
        const std::uint64_t v = vector["v"];
        expected.y_parity = v < 27 ? v == 1 : v < 35 ? v == 28 : v % 2 == 0;
        EXPECT_EQ(*decoded, expected);
        EXPECT_EQ(to_hex(decoded->encode()), to_hex(raw));
        EXPECT_EQ(to_hex(decoded->hash()), text_of(vector["hash"]));
        EXPECT_EQ(to_hex(crypto::hash(HashId::keccak256, decoded->signing_payload())),
                  text_of(vector["signing_hash"]));
        const auto signer = decoded->recover();
        ASSERT_TRUE(signer.ok()) << signer.error().message;
        EXPECT_EQ(to_hex(signer->bytes), text_of(vector["public_key"]));
        EXPECT_EQ(to_checksum_text(address_of(*signer).value()), text_of(vector["address"]));
    }
}

// Both draw the nonce by RFC 6979.
TEST(EthereumTransaction, signs_as_other_code_does) {
    for (const Json& vector : vectors()) {
        Transaction transaction = described(vector);
        transaction.sign(
            crypto::PrivateKey::from_scalar(SuiteId::secp256k1, bytes_of(vector["key"])).value());
        EXPECT_EQ(to_hex(transaction.encode()), text_of(vector["raw"])) << vector["name"];
    }
}

// The example of EIP-155, digit by digit.
TEST(EthereumTransaction, eip_155) {
    const Json vector = vector_named("EIP-155 example");
    EXPECT_EQ(text_of(vector["raw"]),
              "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a7640000"
              "8025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f"
              "761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
    EXPECT_EQ(to_hex(named("EIP-155 example").signing_payload()),
              "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080"
              "018080");
}

TEST(EthereumTransaction, a_signature_is_for_these_fields_on_this_chain) {
    for (const std::string_view name : {"EIP-155 example", "EIP-1559", "EIP-2930, access list"}) {
        const Transaction good = named(name);
        const PublicKey signer = good.recover().value();
        auto signed_by_other = [&](const Transaction& changed) {
            const auto other = changed.recover();
            return !other || *other != signer;
        };
        Transaction other = good;
        ++*other.chain_id;
        EXPECT_TRUE(signed_by_other(other)) << name;
        other = good;
        ++other.nonce;
        EXPECT_TRUE(signed_by_other(other)) << name;
        other = good;
        other.to.reset();
        EXPECT_TRUE(signed_by_other(other)) << name;
        other = good;
        other.y_parity = !other.y_parity;
        EXPECT_TRUE(signed_by_other(other)) << name;
    }
}

TEST(EthereumTransaction, a_high_s_is_refused_when_the_signer_is_asked_for) {
    Transaction transaction = named("EIP-1559");
    std::fill_n(transaction.s.data(), 16, std::uint8_t{0xee});
    EXPECT_NE(transaction.recover().error().message.find("EIP-2"), std::string::npos);
}

std::string refusal(ByteView bytes, Code code = Code::invalid_argument) {
    const auto decoded = Transaction::decode(bytes);
    if (decoded.ok()) return "accepted";
    EXPECT_EQ(decoded.error().code, code);
    return decoded.error().message;
}

TEST(EthereumTransaction, refuses_types_that_it_does_not_know) {
    for (const std::uint8_t type : {0, 3, 4, 0x7f}) {
        EXPECT_EQ(refusal(Bytes{type, 0xc0}, Code::unsupported_version),
                  "transaction type not supported: " + std::to_string(type) + " (0, 1 and 2 are)");
    }
    EXPECT_EQ(refusal({}), "transaction: no bytes");
    EXPECT_EQ(refusal(Bytes{0x80}),
              "transaction: neither an RLP list nor a typed transaction (EIP-2718)");
}

/// A legacy transaction with the given v.
Bytes with_v(std::uint64_t v) {
    rlp::Writer writer;
    writer.list([&] {
        for (int i = 0; i < 6; ++i) writer.number(0);
        writer.number(v);
        writer.number(1);
        writer.number(1);
    });
    return writer.take();
}

TEST(EthereumTransaction, v_names_chain_and_parity) {
    for (const std::uint64_t v : {0ULL, 1ULL, 26ULL, 29ULL, 34ULL, UINT64_MAX - 0ULL}) {
        EXPECT_NE(refusal(with_v(v)).find("EIP-155"), std::string::npos) << v;
    }
    for (const std::uint64_t v : {27ULL, 28ULL, 35ULL, 36ULL, 37ULL, 38ULL, 2709ULL,
                                  UINT64_MAX - 1ULL, UINT64_MAX - 2ULL}) {
        const auto decoded = Transaction::decode(with_v(v));
        ASSERT_TRUE(decoded.ok()) << v;
        EXPECT_EQ(decoded->encode(), with_v(v));
    }
    EXPECT_EQ(Transaction::decode(with_v(28))->chain_id, std::nullopt);
    EXPECT_EQ(Transaction::decode(with_v(2709))->chain_id, 1337U);
}

TEST(EthereumTransaction, refuses_cut_long_and_other_bytes) {
    for (const Json& vector : vectors()) {
        const Bytes raw = bytes_of(vector["raw"]);
        for (std::size_t length = 0; length < raw.size(); ++length) {
            EXPECT_FALSE(Transaction::decode(ByteView(raw).first(length)).ok());
        }
        Bytes longer = raw;
        longer.push_back(0);
        EXPECT_FALSE(Transaction::decode(longer).ok());
        for (std::size_t at = 0; at < raw.size(); ++at) {
            Bytes changed = raw;
            changed[at] ^= 0x81;
            const auto decoded = Transaction::decode(changed);
            if (decoded.ok()) {
                ASSERT_EQ(decoded->encode(), changed);
            }
        }
    }
}

TEST(EthereumTransaction, refusals_name_the_field) {
    Bytes raw = bytes_of(vector_named("EIP-1559")["raw"]);
    Transaction transaction = named("EIP-1559");
    rlp::Writer writer;
    writer.byte(2);
    writer.list([&] { writer.number(1); });
    EXPECT_EQ(refusal(writer.view()), "transaction: dynamic fee: nonce: missing");
    raw[1] = 0x80;
    EXPECT_NE(refusal(raw).find("dynamic fee: a byte string where a list belongs"),
              std::string::npos);
}

}  // namespace
}  // namespace bsn::ledger::ethereum
