#include "api/request_signature.hpp"

#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::testing {
namespace {

using api::format_authorization;
using api::parse_authorization;
using api::RequestSignature;

RequestSignature sample() {
    auto key = make_key(crypto::SuiteId::sm2, 7);
    return {ledger::participant_id_of(key.public_key()), key.public_key(), 1'800'000'000'123,
            filled<ledger::Nonce>(9), filled<crypto::Signature>(3)};
}

TEST(RequestSignature, HeaderRoundTrip) {
    auto parsed = parse_authorization(format_authorization(sample()));
    ASSERT_TRUE(parsed.ok()) << parsed.error().message;
    EXPECT_EQ(parsed->participant, sample().participant);
    EXPECT_EQ(parsed->key, sample().key);
    EXPECT_EQ(parsed->expires, sample().expires);
    EXPECT_EQ(parsed->nonce, sample().nonce);
    EXPECT_EQ(parsed->signature, sample().signature);
}

TEST(RequestSignature, HeaderIsAsDocumented) {
    RequestSignature signature = sample();
    EXPECT_EQ(format_authorization(signature),
              "BSN participant=" + to_hex(signature.participant) +
                  ",suite=sm2,key=" + to_hex(signature.key.bytes) +
                  ",expires=1800000000123,nonce=" + to_hex(signature.nonce) +
                  ",signature=" + to_hex(signature.signature));
}

TEST(RequestSignature, FieldsMayStandInAnyOrderAndWithSpaces) {
    RequestSignature signature = sample();
    std::string other = "BSN signature=" + to_hex(signature.signature) +
                        ", nonce=" + to_hex(signature.nonce) +
                        ", expires=1800000000123, key=" + to_hex(signature.key.bytes) +
                        ", suite=sm2  ,  participant=" + to_hex(signature.participant) + " ";
    EXPECT_TRUE(parse_authorization(other).ok());
}

TEST(RequestSignature, AFieldIsNotEmpty) {
    const std::string good = format_authorization(sample());
    for (const std::string& header : {good + ", ,", good + ",,", "BSN ," + good.substr(4)}) {
        const auto parsed = parse_authorization(header);
        ASSERT_FALSE(parsed.ok()) << header;
        EXPECT_EQ(parsed.error().code, Code::unauthenticated);
        EXPECT_NE(parsed.error().message.find("a field is name=value"), std::string::npos);
    }
}

TEST(RequestSignature, EachFieldIsNeededAndWellFormed) {
    const std::string good = format_authorization(sample());
    for (const std::string name :
         {"participant", "suite", "key", "expires", "nonce", "signature"}) {
        const std::size_t begin = good.find(name + "=");
        const std::size_t end = std::min(good.find(',', begin), good.size());
        for (const std::string& field :
             {std::string("other=1"), name + "=", name + "=x", name + "=-1", name + "=1x"}) {
            std::string header = good;
            header.replace(begin, end - begin, field);
            auto parsed = parse_authorization(header);
            ASSERT_FALSE(parsed.ok()) << header;
            EXPECT_EQ(parsed.error().code, Code::unauthenticated);
            EXPECT_NE(parsed.error().message.find(name), std::string::npos)
                << parsed.error().message;
        }
    }
    std::string header = good;
    header.replace(header.find("1800000000123"), 13, "99999999999999999999");
    EXPECT_FALSE(parse_authorization(header).ok()) << "beyond 64 bits";
}

TEST(RequestSignature, StatementIsAsDocumented) {
    api::RequestToSign request{sample_network(), sample_channel(), "POST", "/v1/apps/kv/query?x=1",
                               as_bytes("body")};
    Bytes body = to_bytes(std::string_view("\0\4POST\0\x15/v1/apps/kv/query?x=1", 29));
    auto digest = crypto::hash(crypto::HashId::sha256, as_bytes("body"));
    body.insert(body.end(), digest.data(), digest.data() + digest.size());
    for (std::uint8_t byte : {0, 0, 0, 0, 0, 0, 1, 2}) body.push_back(byte);
    body.insert(body.end(), 16, 9);
    EXPECT_EQ(api::request_statement(request, 258, filled<ledger::Nonce>(9)),
              ledger::encode_statement(ledger::Purpose::request, sample_network(), sample_channel(),
                                       0, body));
}

TEST(RequestSignature, EachPartChangesTheStatement) {
    auto nonce = filled<ledger::Nonce>(1);
    api::RequestToSign request{sample_network(), sample_channel(), "GET", "/a", {}};
    Bytes statement = api::request_statement(request, 1, nonce);
    auto changed = [&](auto change) {
        auto other = request;
        change(other);
        return api::request_statement(other, 1, nonce) != statement;
    };
    EXPECT_TRUE(changed([](auto& other) { other.method = "GE"; }));
    EXPECT_TRUE(changed([](auto& other) { other.target = "/b"; }));
    EXPECT_TRUE(changed([](auto& other) { other.body = as_bytes("x"); }));
    EXPECT_TRUE(changed([](auto& other) { other.network = {}; }));
    EXPECT_TRUE(changed([](auto& other) { other.channel = {}; }));
    EXPECT_NE(api::request_statement(request, 2, nonce), statement);
    EXPECT_NE(api::request_statement(request, 1, filled<ledger::Nonce>(2)), statement);
}

}  // namespace
}  // namespace bsn::testing
