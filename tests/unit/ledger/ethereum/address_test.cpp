#include "ledger/ethereum/address.hpp"

#include "crypto/private_key.hpp"
#include "support/foreign_vectors.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger::ethereum {
namespace {

using testing::Json;
using testing::text_of;
using testing::value_of;

TEST(Address, of_keys_made_by_other_code) {
    for (const Json& vector :
         testing::foreign_vectors("ethereum-transactions.json")["transactions"]) {
        const PublicKey key{SuiteId::secp256k1,
                            value_of<crypto::PublicKeyBytes>(vector["public_key"])};
        EXPECT_EQ(to_checksum_text(address_of(key).value()), text_of(vector["address"]));
    }
}

// SM3 over x and y of the key with scalar 1, the generator of SM2 (GB/T 32918.5).
TEST(Address, of_an_sm2_key_by_sm3) {
    const Bytes one = from_hex(std::string(63, '0') + "1").value();
    const auto key = crypto::PrivateKey::from_scalar(SuiteId::sm2, one);
    const Bytes point = from_hex(
                            "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
                            "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0")
                            .value();
    EXPECT_EQ(to_hex(address_of(key->public_key()).value()),
              to_hex(crypto::hash(HashId::sm3, point).view().last(20)));
}

TEST(Address, refuses_a_key_that_is_no_point) {
    EXPECT_EQ(address_of({SuiteId::secp256k1, {}}).error().code, Code::invalid_argument);
}

TEST(Address, of_created_contracts) {
    for (const Json& vector : testing::foreign_vectors("ethereum-transactions.json")["create"]) {
        EXPECT_EQ(to_hex(created_address(HashId::keccak256, value_of<Address>(vector["sender"]),
                                         vector["nonce"].get<std::uint64_t>())),
                  text_of(vector["address"]));
    }
    const Address creator = value_of<Address>("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0");
    EXPECT_EQ(to_hex(created_address(HashId::keccak256, creator, 0)),
              "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d");
    EXPECT_NE(created_address(HashId::sm3, creator, 0),
              created_address(HashId::keccak256, creator, 0));
}

// The examples of EIP-1014.
TEST(Address, of_contracts_created_by_salt) {
    struct Example {
        std::string_view creator;
        std::string_view salt;
        std::string_view code;
        std::string_view address;
    };
    const std::string none(64, '0');
    const std::string cafe = std::string(56, '0') + "cafebabe";
    const Example examples[] = {
        {"0000000000000000000000000000000000000000", none, "00",
         "0x4D1A2e2bB4F88F0250f26Ffff098B0b30B26BF38"},
        {"deadbeef00000000000000000000000000000000", none, "00",
         "0xB928f69Bb1D91Cd65274e3c79d8986362984fDA3"},
        {"00000000000000000000000000000000deadbeef", cafe, "deadbeef",
         "0x60f3f640a8508fC6a86d45DF051962668E1e8AC7"},
        {"0000000000000000000000000000000000000000", none, "",
         "0xE33C0C7F7df4809055C3ebA6c09CFe4BaF1BD9e0"},
    };
    for (const Example& example : examples) {
        const Address made =
            created_address(HashId::keccak256, *fixed_from_hex<Address>(example.creator),
                            *fixed_from_hex<Word>(example.salt), from_hex(example.code).value());
        EXPECT_EQ(to_checksum_text(made), example.address);
    }
}

// The examples of EIP-55.
TEST(Address, text_with_checksum) {
    for (const std::string_view text : {"0x52908400098527886E0F7030069857D2E4169EE7",
                                        "0xde709f2102306220921060314715629080e2fb77",
                                        "0x27b1fdb04752bbc536007a920d24acb045561c26",
                                        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                                        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
                                        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
                                        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"}) {
        const auto address = address_from_text(text);
        ASSERT_TRUE(address.ok()) << text;
        EXPECT_EQ(to_checksum_text(*address), text);
        EXPECT_EQ(address_from_text(text.substr(2)).value(), *address);
        EXPECT_EQ(address_from_text("0x" + to_hex(*address)).value(), *address);
    }
    EXPECT_FALSE(address_from_text("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed").ok());
    EXPECT_FALSE(address_from_text("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe").ok());
    EXPECT_FALSE(address_from_text("0x").ok());
}

}  // namespace
}  // namespace bsn::ledger::ethereum
