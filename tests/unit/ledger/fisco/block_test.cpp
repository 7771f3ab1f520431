#include "ledger/fisco/header.hpp"
#include "ledger/fisco/receipt.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger::fisco {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
}

Header example(const std::vector<crypto::PrivateKey>& sealers) {
    Header header;
    header.parent = crypto::hash(HashId::keccak256, as_bytes("parent"));
    header.number = 7;
    header.gas_used = word_of(100'000);
    header.timestamp = 1'700'000'000'123;
    header.extra_data = {{0x10, 0x20}};
    header.sealer = word_of(1);
    for (const auto& key : sealers) {
        header.sealer_list.push_back(crypto::public_point_of(key.public_key()).value());
    }
    return header;
}

std::vector<crypto::PrivateKey> sealers_of(SuiteId suite) {
    std::vector<crypto::PrivateKey> keys;
    keys.reserve(4);
    for (int i = 0; i < 4; ++i) keys.push_back(crypto::PrivateKey::generate(suite));
    return keys;
}

// Thirteen fields, in the order of FISCO BCOS's BlockHeader::streamRLPFields, put together by hand.
TEST(FiscoHeader, written_out) {
    Header header;
    header.parent.data()[0] = 0xaa;
    header.number = 1;
    header.gas_limit = word_of(0x2dc6c0);
    header.timestamp = 0x018bcfe5687b;
    header.extra_data = {{0x10, 0x20}, {}};
    header.sealer_list.emplace_back();
    header.sealer_list[0].data()[63] = 5;
    const std::string zero_hash = "a0" + repeated("00", 32);
    const std::string fields = "a0aa" + repeated("00", 31) + repeated(zero_hash, 4) + "b90100" +
                               repeated("00", 256) + "01" + "832dc6c0" + "80" + "86018bcfe5687b" +
                               "c482102080" + "80" + "f842b840" + repeated("00", 63) + "05";
    EXPECT_EQ(to_hex(header.encode()),
              "f9" +
                  to_hex(Bytes{static_cast<std::uint8_t>(fields.size() / 512),
                               static_cast<std::uint8_t>(fields.size() / 2 % 256)}) +
                  fields);
    EXPECT_EQ(header.hash(HashId::sm3), crypto::hash(HashId::sm3, header.encode()));
}

TEST(FiscoHeader, refuses_cut_long_and_other_bytes) {
    const Header header = example(sealers_of(SuiteId::secp256k1));
    const Bytes bytes = header.encode();
    EXPECT_EQ(Header::decode(bytes).value(), header);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        ASSERT_FALSE(Header::decode(ByteView(bytes).first(length)).ok());
    }
    Bytes longer = bytes;
    longer.push_back(0);
    EXPECT_FALSE(Header::decode(longer).ok());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        Bytes changed = bytes;
        changed[at] ^= 0x81;
        const auto decoded = Header::decode(changed);
        if (decoded.ok()) {
            ASSERT_EQ(decoded->encode(), changed);
        }
    }
}

TEST(FiscoHeader, is_signed_by_its_sealers) {
    for (const SuiteId suite : {SuiteId::secp256k1, SuiteId::sm2}) {
        const auto keys = sealers_of(suite);
        const Header header = example(keys);
        const Hash hash = header.hash(crypto::suite_hash(suite));
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const SealerSignature good{word_of(i), sign_block(hash, keys[i])};
            EXPECT_EQ(good.signature.size(), suite == SuiteId::sm2 ? 128U : 65U);
            const Status status = check_block_signature(header, suite, good);
            EXPECT_TRUE(status.ok()) << status.error().message;

            auto refused = [&](const Header& of, const SealerSignature& signature) {
                const Status outcome = check_block_signature(of, suite, signature);
                return !outcome.ok() && outcome.error().code == Code::bad_signature;
            };
            EXPECT_TRUE(refused(header, {word_of((i + 1) % 4), good.signature}));
            EXPECT_TRUE(refused(header, {word_of(4), good.signature}));
            Word far;
            far.data()[0] = 1;
            EXPECT_TRUE(refused(header, {far, good.signature}));
            Header other = header;
            ++other.number;
            EXPECT_TRUE(refused(other, good));
            for (const std::size_t at : {0U, 40U, 64U}) {
                SealerSignature changed = good;
                changed.signature[at] ^= 1;
                EXPECT_TRUE(refused(header, changed)) << at;
            }
            SealerSignature cut = good;
            cut.signature.pop_back();
            EXPECT_TRUE(refused(header, cut));
        }
    }
}

Receipt receipt_of(ReceiptForm form) {
    Receipt receipt;
    receipt.form = form;
    receipt.gas_used = word_of(21'000);
    receipt.contract.data()[0] = 0xcc;
    receipt.status = 22;
    receipt.output = {1, 2, 3};
    receipt.remain_gas = form == ReceiptForm::since_2_9 ? word_of(9) : Word{};
    receipt.logs = {{Address{}, {word_of(5)}, {7}}};
    receipt.bloom = ethereum::bloom_of(HashId::keccak256, receipt.logs);
    return receipt;
}

// In the order of FISCO BCOS's TransactionReceipt::streamRLP.
TEST(FiscoReceipt, written_out) {
    for (const ReceiptForm form : {ReceiptForm::before_2_9, ReceiptForm::since_2_9}) {
        const Receipt receipt = receipt_of(form);
        const std::string log =
            "f83894" + repeated("00", 20) + "e1a0" + repeated("00", 31) + "05" + "07";
        const std::string fields = "a0" + repeated("00", 32) + "825208" + "94cc" +
                                   repeated("00", 19) + "b90100" + to_hex(receipt.bloom) + "16" +
                                   "83010203" + (form == ReceiptForm::since_2_9 ? "09" : "") +
                                   "f83a" + log;
        EXPECT_EQ(to_hex(receipt.encode()).substr(6), fields);
        EXPECT_EQ(Receipt::decode(receipt.encode(), form).value(), receipt);
        EXPECT_EQ(receipt.hash(HashId::sm3), crypto::hash(HashId::sm3, receipt.encode()));
    }
}

TEST(FiscoReceipt, refuses_cut_long_and_other_forms) {
    for (const ReceiptForm form : {ReceiptForm::before_2_9, ReceiptForm::since_2_9}) {
        const Bytes bytes = receipt_of(form).encode();
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            ASSERT_FALSE(Receipt::decode(ByteView(bytes).first(length), form).ok());
        }
        Bytes longer = bytes;
        longer.push_back(0);
        EXPECT_FALSE(Receipt::decode(longer, form).ok());
        const ReceiptForm other =
            form == ReceiptForm::since_2_9 ? ReceiptForm::before_2_9 : ReceiptForm::since_2_9;
        EXPECT_FALSE(Receipt::decode(bytes, other).ok());
    }
}

}  // namespace
}  // namespace bsn::ledger::fisco
