#include "ledger/ethereum/account.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger::ethereum {
namespace {

Hash some_hash() {
    Hash hash;
    hash.data()[0] = 0xab;
    return hash;
}

TEST(EvmAccount, is_as_short_as_it_can_be) {
    EXPECT_EQ(to_hex((Account{.nonce = 1}).encode()), "0101");
    EXPECT_EQ(to_hex((Account{.balance = word_of(0x1234)}).encode()), "001234");
    EXPECT_EQ(
        to_hex((Account{.nonce = 0x100, .balance = word_of(5), .code_hash = some_hash()}).encode()),
        "820100ab" + std::string(62, '0') + "05");
}

TEST(EvmAccount, what_encodes_decodes) {
    Word all;
    std::fill_n(all.data(), 32, std::uint8_t{0xff});
    for (const std::uint64_t nonce :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{255}, std::uint64_t{256}, UINT64_MAX}) {
        for (const Word& balance : {Word{}, word_of(1), word_of(UINT64_MAX), all}) {
            for (const Hash& code : {empty_code_hash(), some_hash()}) {
                const Account account{nonce, balance, code};
                const auto decoded = Account::decode(account.encode());
                if (account.is_empty()) {
                    EXPECT_FALSE(decoded);
                } else {
                    ASSERT_TRUE(decoded);
                    EXPECT_EQ(*decoded, account);
                }
            }
        }
    }
}

TEST(EvmAccount, refuses_all_that_it_would_not_write) {
    for (const std::string_view hex : {
             "",      // nothing
             "00",    // an empty account
             "0100",  // a nonce with a leading zero
             "0200",  // cut
             "09010203040506070809",
             "000005",  // a balance with a leading zero
             "80ab",    // a code hash that is cut
             "4001",    // an unknown flag
         }) {
        const auto decoded = Account::decode(*from_hex(hex));
        ASSERT_FALSE(decoded) << hex;
        EXPECT_EQ(decoded.error().code, Code::corrupted);
    }
    // The code hash of no code.
    Bytes bytes{0x81, 0x01};
    const ByteView none = empty_code_hash();
    bytes.insert(bytes.end(), none.begin(), none.end());
    EXPECT_FALSE(Account::decode(bytes));
    EXPECT_FALSE(Account::decode(Bytes(34, 0x00)));
}

TEST(EvmAccount, slots_have_no_leading_zeros) {
    EXPECT_EQ(to_hex(encode_slot(word_of(0x100))), "0100");
    EXPECT_EQ(*decode_slot(encode_slot(word_of(0x100))), word_of(0x100));
    EXPECT_FALSE(decode_slot(Bytes{}));
    EXPECT_FALSE(decode_slot(Bytes{0, 1}));
    EXPECT_FALSE(decode_slot(Bytes(33, 1)));
}

TEST(EvmAccount, keys_begin_with_their_kind) {
    Address address;
    address.data()[19] = 7;
    const std::string hex = to_hex(address);
    EXPECT_EQ(to_hex(account_key(address)), "61" + hex);
    EXPECT_EQ(to_hex(code_key(some_hash())), "63" + to_hex(some_hash()));
    EXPECT_EQ(to_hex(slot_key(address, word_of(1))), "73" + hex + to_hex(word_of(1)));
    EXPECT_EQ(to_hex(slots_prefix(address)), "73" + hex);
}

}  // namespace
}  // namespace bsn::ledger::ethereum
