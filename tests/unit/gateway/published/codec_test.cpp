// The published protocol against what its official SDK in Go sends and signs, and against two
// answers of the original's gateway.
#include "crypto/der_signature.hpp"
#include "gateway/published/answer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

namespace bsn::gateway::published {
namespace {

const nlohmann::ordered_json& golden() {
    static const auto k_golden = nlohmann::ordered_json::parse(
        std::ifstream(BSN_TESTS_DIR "/vectors/foreign/published-gateway.json"));
    return k_golden;
}

crypto::SuiteId suite_of(const std::string& name) {
    if (name == "SM2") return crypto::SuiteId::sm2;
    return name == "R1" ? crypto::SuiteId::secp256r1 : crypto::SuiteId::secp256k1;
}

crypto::PrivateKey golden_key(const std::string& name) {
    auto key =
        crypto::PrivateKey::from_pem(golden()["keys"][name]["private_pem"].get<std::string>(), {});
    ensure(key.ok() && key->suite() == suite_of(name), "the golden keys can be read");
    return std::move(*key);
}

const Endpoint& endpoint_of(std::string_view path) {
    const Endpoint* endpoint = find_endpoint(path);
    ensure(endpoint != nullptr, "no such endpoint");
    return *endpoint;
}

Result<Inquiry> read(std::string_view path, std::string_view text) {
    return read_inquiry(endpoint_of(path), as_bytes(text));
}

std::string refusal(std::string_view path, std::string_view text) {
    auto inquiry = read(path, text);
    return inquiry ? "(taken)" : inquiry.error().message;
}

constexpr std::string_view k_register = "/api/fabric/v1/user/register";
constexpr std::string_view k_invoke = "/api/fabric/v1/node/reqChainCode";

TEST(PublishedEndpoints, AreThoseOfFourFamilies) {
    std::map<Family, int> count;
    std::set<std::string_view> paths;
    for (const Endpoint& endpoint : endpoints()) {
        ++count[endpoint.family];
        EXPECT_TRUE(paths.insert(endpoint.path).second) << endpoint.path;
    }
    EXPECT_EQ(count[Family::none], 1);
    EXPECT_EQ(count[Family::fabric], 13);
    EXPECT_EQ(count[Family::fisco], 12);
    EXPECT_EQ(count[Family::xuperchain], 8);
    EXPECT_EQ(count[Family::cita], 10);
    EXPECT_EQ(find_endpoint("/api/fabric/v1/user/registerr"), nullptr);
}

TEST(PublishedRequests, OfTheSdkAreSignedAsItSignsThem) {
    ASSERT_EQ(golden()["requests"].size(), 30U);
    for (const auto& vector : golden()["requests"]) {
        auto request = vector["request_json_without_mac"];
        const std::string path = vector["path"];
        auto inquiry = read(path, request.dump());
        ASSERT_TRUE(inquiry.ok()) << path << inquiry.error().message;
        EXPECT_EQ(signed_text(*inquiry), vector["string_to_sign"].get<std::string>()) << path;
        for (const char* name : {"R1", "K1", "SM2"}) {
            const auto key = golden_key(name);
            request["mac"] = vector[std::string("mac_") + name];
            auto with_mac = read(path, request.dump());
            Status status = verify_mac(key.public_key(), *with_mac);
            EXPECT_TRUE(status.ok()) << path << " " << name << ": " << status.error().message;
            // And ours, which the SDK would take.
            with_mac->mac = make_mac(key, signed_text(*with_mac));
            EXPECT_TRUE(verify_mac(key.public_key(), *with_mac).ok());
        }
    }
}

TEST(PublishedRequests, AreRefusedIfAnythingSignedIsChanged) {
    for (const auto& vector : golden()["requests"]) {
        auto request = vector["request_json_without_mac"];
        request["mac"] = vector["mac_R1"];
        const std::string path = vector["path"];
        const auto key = golden_key("R1");
        auto inquiry = read(path, request.dump());
        auto other_user = *inquiry;
        other_user.user.back() = 'x';
        EXPECT_EQ(verify_mac(key.public_key(), other_user).error().code, Code::bad_signature);
        auto other_app = *inquiry;
        other_app.app += "x";
        EXPECT_FALSE(verify_mac(key.public_key(), other_app).ok());
        for (std::size_t i = 0; i < inquiry->values.size(); ++i) {
            auto changed = *inquiry;
            changed.values[i] = std::string("other");
            if (signed_text(changed) == signed_text(*inquiry)) continue;
            EXPECT_FALSE(verify_mac(key.public_key(), changed).ok()) << path;
        }
        const auto stranger = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
        EXPECT_FALSE(verify_mac(stranger.public_key(), *inquiry).ok());
        EXPECT_FALSE(verify_mac(golden_key("SM2").public_key(), *inquiry).ok());
        EXPECT_FALSE(verify_mac(golden_key("K1").public_key(), *inquiry).ok());
    }
}

TEST(PublishedRequests, WithFieldsSwappedAreRefused) {
    auto vector = golden()["requests"][0];
    auto request = vector["request_json_without_mac"];
    std::swap(request["body"]["name"], request["body"]["secret"]);
    request["mac"] = vector["mac_SM2"];
    auto inquiry = read(k_register, request.dump());
    EXPECT_FALSE(verify_mac(golden_key("SM2").public_key(), *inquiry).ok());
}

TEST(PublishedRequests, NameTheirMembersInAnyCase) {
    auto inquiry = read("/api/fiscobcos/v1/node/getTxCountByBlockNumber",
                        R"({"HEADER":{"UserCode":"u","AppCode":"a","tId":null},"Mac":"m",
                            "Body":{"BlockNumber":"7","BlockHash":null,"more":[1]}})");
    ASSERT_TRUE(inquiry.ok()) << inquiry.error().message;
    EXPECT_EQ(inquiry->text("blockNumber"), "7");
    EXPECT_EQ(inquiry->mac, "m");
    EXPECT_EQ(signed_text(*inquiry), "ua7");
}

TEST(PublishedRequests, MayLackTheirBody) {
    for (const char* body : {"", R"(,"body":null)", R"(,"body":{})"}) {
        auto inquiry =
            read("/api/fabric/v1/node/getLedgerInfo",
                 fmt::format(R"({{"header":{{"userCode":"u","appCode":"a"}}{}}})", body));
        ASSERT_TRUE(inquiry.ok());
        EXPECT_EQ(signed_text(*inquiry), "ua");
        EXPECT_EQ(verify_mac(golden_key("R1").public_key(), *inquiry).error().code,
                  Code::unauthenticated);
    }
}

TEST(PublishedRequests, MayHaveTheirParametersAsTextOrItself) {
    constexpr std::string_view k_path = "/api/fiscobcos/v1/node/reqChainCode";
    auto text = read(k_path, R"({"header":{},"body":{"funcParam":"[\"a\",12,true]"}})");
    auto array = read(k_path, R"({"header":{},"body":{"funcParam":["a",12,true,[1,"b"]]}})");
    ASSERT_TRUE(text.ok() && array.ok());
    EXPECT_EQ(signed_text(*text), R"(["a",12,true])");
    EXPECT_EQ(signed_text(*array), "a12true1b");
    EXPECT_EQ(array->text("funcParam"), R"(["a",12,true,[1,"b"]])");
}

TEST(PublishedRequests, OfAnotherFormAreRefusedInClearWords) {
    EXPECT_NE(refusal(k_register, "[]").find("must be an object"), std::string::npos);
    EXPECT_NE(refusal(k_register, "{}").find("lacks its \"header\""), std::string::npos);
    EXPECT_NE(refusal(k_register, R"({"header":7})").find("lacks its \"header\""),
              std::string::npos);
    EXPECT_EQ(refusal(k_register, R"({"header":{"userCode":7}})"), "\"userCode\" must be a text");
    EXPECT_EQ(refusal(k_register, R"({"header":{},"body":[]})"),
              "\"body\" must be an object or null");
    EXPECT_EQ(refusal(k_register, R"({"header":{},"body":{"name":7}})"), "\"name\" must be a text");
    EXPECT_EQ(refusal(k_register, R"({"header":{},"body":{"name":"a","NAME":"b"}})"),
              "the member \"name\" stands there twice");
    EXPECT_NE(refusal(k_register, R"({"header":{},"header":{}})").find("twice"), std::string::npos);
    EXPECT_EQ(refusal(k_invoke, R"({"header":{},"body":{"args":["a",1]}})"),
              "\"args\" must be an array of texts");
    EXPECT_EQ(refusal(k_invoke, R"({"header":{},"body":{"transientData":["a"]}})"),
              "\"transientData\" must be an object of texts");
    for (const char* number : {"-1", "1.0", "\"7\"", "18446744073709551616"}) {
        EXPECT_EQ(refusal("/api/fabric/v1/node/getBlockInfo",
                          fmt::format(R"({{"header":{{}},"body":{{"blockNumber":{}}}}})", number)),
                  "\"blockNumber\" must be a whole number from 0");
    }
}

TEST(PublishedRequests, HaveBounds) {
    const std::string deep(20, '[');
    EXPECT_NE(refusal(k_register, R"({"header":{},"x":)" + deep + std::string(20, ']') + "}")
                  .find("nested deeper"),
              std::string::npos);
    std::string many = R"({"header":{},"body":{"args":["")";
    for (std::size_t i = 0; i < k_max_elements; ++i) many += R"(,"")";
    auto crowd = read(k_invoke, many + "]}}");
    ASSERT_FALSE(crowd.ok());
    EXPECT_EQ(crowd.error().code, Code::too_large);
    auto large = read(k_invoke, std::string(k_max_request + 1, ' '));
    ASSERT_FALSE(large.ok());
    EXPECT_EQ(large.error().code, Code::too_large);
}

TEST(PublishedRequests, KeepTheOrderOfTransientData) {
    auto inquiry = read(k_invoke, R"({"header":{},"body":{"transientData":{"z":"1","a":"2"}}})");
    EXPECT_EQ(signed_text(*inquiry), "z1a2");
    EXPECT_EQ(inquiry->map("transientData").front().first, "z");
}

TEST(PublishedRequests, MaySignUpToFourTransientEntriesInAnotherOrder) {
    const auto key = golden_key("K1");
    auto inquiry = read(
        k_invoke, R"({"header":{},"body":{"transientData":{"a":"1","b":"2","c":"3","d":"4"}}})");
    inquiry->mac = make_mac(key, "c3a1d4b2");
    EXPECT_TRUE(verify_mac(key.public_key(), *inquiry).ok());
    inquiry->mac = make_mac(key, "c3a1d4b1");
    EXPECT_FALSE(verify_mac(key.public_key(), *inquiry).ok());
    auto five = read(k_invoke, R"({"header":{},"body":
        {"transientData":{"a":"1","b":"2","c":"3","d":"4","e":"5"}}})");
    five->mac = make_mac(key, "a1b2c3d4e5");
    EXPECT_TRUE(verify_mac(key.public_key(), *five).ok());
    five->mac = make_mac(key, "b2a1c3d4e5");
    EXPECT_FALSE(verify_mac(key.public_key(), *five).ok());
}

TEST(PublishedMacs, HaveTheOneFormOfTheirSignature) {
    const auto key = golden_key("R1");
    const std::string mac = make_mac(key, "text");
    EXPECT_TRUE(verify_mac(key.public_key(), "text", mac).ok());
    for (const std::string& other : {std::string("x"), mac.substr(4), mac.substr(0, mac.size() - 4),
                                     mac + "AAAA", mac + "\n"}) {
        EXPECT_EQ(verify_mac(key.public_key(), "text", other).error().code, Code::bad_signature);
    }
}

TEST(PublishedMacs, OfAHighSAreRefused) {
    // The orders of the curves; n - s signs the same as s does.
    const std::map<crypto::SuiteId, std::string> orders = {
        {crypto::SuiteId::secp256r1,
         "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"},
        {crypto::SuiteId::secp256k1,
         "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"}};
    for (const auto& [suite, order_text] : orders) {
        const auto key = crypto::PrivateKey::generate(suite);
        auto low = crypto::signature_from_der(*from_base64(make_mac(key, "text")));
        ASSERT_TRUE(low.ok());
        auto high = *low;
        const Bytes order = *from_hex(order_text);
        int borrow = 0;
        for (int i = 31; i >= 0; --i) {
            int digit = order[i] - low->data()[32 + i] - borrow;
            borrow = digit < 0 ? 1 : 0;
            high.data()[32 + i] = static_cast<std::uint8_t>(digit + 256 * borrow);
        }
        Status status = verify_mac(key.public_key(), "text", to_base64(crypto::to_der(high)));
        ASSERT_FALSE(status.ok());
        EXPECT_NE(status.error().message.find("high"), std::string::npos) << status.error().message;
    }
}

TEST(PublishedAnswers, OfTheSdkAreSignedAsItVerifiesThem) {
    const std::map<std::string, std::string_view> paths = {
        {"fabric register", k_register},
        {"fabric trans", "/api/fabric/v1/node/trans"},
        {"fabric blockInfo", "/api/fabric/v1/node/getBlockInfo"},
        {"fabric ledger", "/api/fabric/v1/node/getLedgerInfo"},
        {"fabric eventQuery", "/api/fabric/v1/chainCode/event/query"},
        {"fisco trans", "/api/fiscobcos/v1/node/trans"},
        {"fisco query", "/api/fiscobcos/v1/node/trans"},
        {"fisco block", "/api/fiscobcos/v1/node/getBlockInfo"},
        {"fisco eventQuery", "/api/fiscobcos/v1/event/query"},
        {"xuper block", "/api/xuperchain/v1/node/getBlockInfo"},
        {"xuper upuk trans", "/api/xuperchain/v1/node/trans"},
        {"xuper eventQuery", "/api/xuperchain/v1/event/query"},
        {"cita trans", "/api/cita/v1/node/trans"}};
    std::size_t seen = 0;
    for (const auto& vector : golden()["responses"]) {
        const std::string name = vector["name"];
        if (name == "fabric error") continue;
        ASSERT_TRUE(paths.contains(name)) << name;
        const Endpoint& endpoint = endpoint_of(paths.at(name));
        const auto& body = vector["response_json"]["body"];
        ASSERT_TRUE(has_shape(*endpoint.answer, body)) << name;
        EXPECT_EQ(signed_answer(endpoint, body), vector["string_to_sign"].get<std::string>())
            << name;
        // Object members compare whatever their order.
        const auto answer = nlohmann::json::parse(AnswerWriter(nullptr).success(endpoint, body));
        EXPECT_EQ(answer, nlohmann::json::parse(vector["response_json"].dump())) << name;
        ++seen;
    }
    EXPECT_EQ(seen, paths.size());
}

TEST(PublishedAnswers, AreWrittenInTheDocumentedOrder) {
    const AnswerWriter unsigned_writer(nullptr);
    EXPECT_EQ(unsigned_writer.success(
                  endpoint_of("/api/fabric/v1/node/getLedgerInfo"),
                  {{"height", 18446744073709551615ULL}, {"preBlockHash", "p"}, {"blockHash", "h"}}),
              R"({"header":{"code":0,"msg":"处理成功"},"mac":"",)"
              R"("body":{"blockHash":"h","height":18446744073709551615,"preBlockHash":"p"}})");
    EXPECT_EQ(unsigned_writer.success(endpoint_of("/api/cita/v1/event/remove"), nullptr),
              R"({"header":{"code":0,"msg":"处理成功"},"mac":"","body":null})");
    EXPECT_EQ(unsigned_writer.failure({Code::forbidden, "no"}),
              R"({"header":{"code":-1,"msg":"no"},"mac":"","body":null})");
}

TEST(PublishedAnswers, OfAnotherShapeAreBugs) {
    const AnswerWriter writer(nullptr);
    const Endpoint& endpoint = endpoint_of("/api/fabric/v1/node/getLedgerInfo");
    for (const Json& body :
         {Json(nullptr), Json{{"blockHash", "h"}, {"height", 1}},
          Json{{"blockHash", "h"}, {"height", "1"}, {"preBlockHash", "p"}},
          Json{{"blockHash", "h"}, {"height", 1}, {"preBlockHash", nullptr}},
          Json{{"blockHash", "h"}, {"height", 1}, {"preBlockHash", "p"}, {"more", 1}}}) {
        EXPECT_THROW(writer.success(endpoint, body), InvariantViolation);
    }
}

TEST(PublishedAnswers, AreSignedAsTheyAreRead) {
    for (const char* name : {"R1", "K1", "SM2"}) {
        const auto key = golden_key(name);
        const AnswerWriter writer(&key);
        const auto success = nlohmann::json::parse(
            writer.success(endpoint_of(k_register), {{"name", "a\xff"}, {"secret", "s"}}));
        EXPECT_TRUE(verify_mac(key.public_key(), "0处理成功a\xEF\xBF\xBDs",
                               success["mac"].get<std::string>())
                        .ok());
        const auto failure = nlohmann::json::parse(writer.failure({Code::internal, "mac error"}));
        EXPECT_TRUE(
            verify_mac(key.public_key(), "-1mac error", failure["mac"].get<std::string>()).ok());
    }
}

/// Two answers of the original's gateway, with the key in its certificate.
TEST(PublishedMacs, OfTheOriginalAreTaken) {
    // The uncompressed point is the end of the published SubjectPublicKeyInfo.
    const Bytes info = *from_base64(
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEP19sOfqSaGVzQjvNU+MTEfk8ZhaGJOnhtZGDC/BwT61E+kH5cbQ1"
        "2LBPYUs1QKL6uQx8MN7w/F37f5scLAF8rg==");
    const ByteView point = ByteView(info).last(64);
    Bytes compressed = {static_cast<std::uint8_t>(2 + (point.back() & 1))};
    compressed.insert(compressed.end(), point.begin(), point.begin() + 32);
    const crypto::PublicKey key{crypto::SuiteId::secp256r1,
                                *crypto::PublicKeyBytes::from(compressed)};

    const Json user = {{"name", "user01"}, {"secret", "123456"}};
    EXPECT_TRUE(
        verify_mac(key, signed_answer(endpoint_of(k_register), user),
                   "MEUCIQClfufMU8kRI1gMHIGqfWOh1iv2KIhS+H0dlUUdEuUrLQIgYJz98xp5w/KdVP6bJjHh"
                   "V2pZPTe9Cn4xcOrPV4E7ZsA=")
            .ok());
    Json transaction = {
        {"blockHash", "ab9366cf63881228863c884527fceefabc9ad2e375aa0bcbf71f17f75c7d3ff5"},
        {"blockNumber", 7},
        {"status", 0},
        {"createName", "test02@app0001202004161020152918451"},
        {"timeSpanSec", 1587445821},
        {"timeSpanNsec", 249139700}};
    const Endpoint& endpoint = endpoint_of("/api/fabric/v1/node/getTransaction");
    constexpr std::string_view k_mac =
        "MEUCIQDUFw5pa4QJcEiQjYeLTl2L94HbsZbz7DArF+djgzWoTQIgU8u+dG6CcHwBZjuf9PvhYdEFAa/ujwo8UAPb"
        "AmKxRq0=";
    EXPECT_TRUE(verify_mac(key, signed_answer(endpoint, transaction), k_mac).ok());
    transaction["blockNumber"] = 8;
    EXPECT_FALSE(verify_mac(key, signed_answer(endpoint, transaction), k_mac).ok());
}

}  // namespace
}  // namespace bsn::gateway::published
