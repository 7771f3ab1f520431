// What a callback says.
#include "gateway/callbacks/notification.hpp"

#include "gateway/json.hpp"
#include "gateway/published/mac.hpp"

#include <gtest/gtest.h>

namespace bsn::testing {
namespace {

using gateway::Json;
using gateway::Notice;
using gateway::notification_nonce;
using gateway::notification_text;
using gateway::NotificationFrame;

struct Told : ::testing::Test {
    crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::SuiteId::sm2);
    NotificationFrame frame{.app = "kv", .node = "n0de", .group = std::nullopt, .key = &key};
    gateway::published::EventRegistration registration = [] {
        gateway::published::EventRegistration one;
        one.id = "2964a0f60b3e460f834618b3664af2da";
        one.event_key = "test:\\S{32}";
        one.attach_args = "abc=123211";
        return one;
    }();
    framework::Event event = [] {
        framework::Event one;
        one.height = 7;
        one.index = 1;
        one.transaction = {0xab, 0xcd};
        one.contract = "kv";
        one.name = "test:1";
        one.data = to_bytes("paid");
        return one;
    }();

    static std::vector<std::string> names(const Json& object) {
        std::vector<std::string> all;
        for (const auto& [name, value] : object.items()) all.push_back(name);
        return all;
    }
    /// Reads it, and checks the mac over these texts.
    Json read(const std::string& text, const std::string& fields) {
        Json json = Json::parse(text);
        EXPECT_EQ(names(json), (std::vector<std::string>{"header", "body", "mac"}));
        const std::string user = to_hex(registration.user);
        EXPECT_EQ(json["header"], (Json{{"userCode", user}, {"appCode", "kv"}}));
        auto verified = gateway::published::verify_mac(key.public_key(), user + "kv" + fields,
                                                       json["mac"].get<std::string>());
        EXPECT_TRUE(verified.ok()) << verified.error().message;
        return json["body"];
    }
};

TEST_F(Told, AnEventOfOurLedger) {
    const Notice notice{gateway::EventPlace::of(event), event};
    const std::string nonce = notification_nonce(registration.id, notice.place);
    const Json body = read(notification_text(frame, registration, notice, nullptr),
                           "kvn0detest:\\S{32}2964a0f60b3e460f834618b3664af2daabc=123211test:1"
                           "abcdcGFpZA==7" +
                               nonce);
    EXPECT_EQ(names(body), (std::vector<std::string>{"chainCode", "orgCode", "eventKey", "eventId",
                                                     "attachArgs", "eventName", "txId", "payload",
                                                     "blockNumber", "nonceStr"}));
    EXPECT_EQ(body["blockNumber"], 7);
    EXPECT_EQ(body["payload"], to_base64(as_bytes("paid")));
}

TEST_F(Told, ABlockOfOurLedger) {
    registration.event_key.clear();
    const Notice notice{{7, 0, 0}, std::nullopt};
    framework::BlockView block;
    block.previous = {0xfe, 0xdc};
    const std::string nonce = notification_nonce(registration.id, notice.place);
    const Json body = read(notification_text(frame, registration, notice, &block),
                           "n0de2964a0f60b3e460f834618b3664af2daabc=1232117" + nonce + "fedc");
    EXPECT_TRUE(body["chainCode"].is_null());
    EXPECT_TRUE(body["eventName"].is_null());
    EXPECT_TRUE(body["txId"].is_null());
    EXPECT_EQ(body["previousHash"], "fedc");
}

TEST_F(Told, EventsAndBlocksOfFisco) {
    frame.group = 135;
    event.contract = "0000000000000000000000000000000000001004";
    event.name = "0x12";
    event.topics = {{0x34}};
    const Notice notice{gateway::EventPlace::of(event), event};
    const std::string nonce = notification_nonce(registration.id, notice.place);
    const std::string data =
        R"({"appId":"kv","blockNumber":7,"eventType":2,"groupId":135,)"
        R"("contractAddress":"0x0000000000000000000000000000000000001004","txId":"0xabcd",)"
        R"("logIndex":0,"topics":["0x12","0x34"],"data":"0x70616964"})";
    const Json body = read(notification_text(frame, registration, notice, nullptr),
                           "2964a0f60b3e460f834618b3664af2dan0dekvabc=123211" + nonce + "2" + data);
    EXPECT_EQ(names(body), (std::vector<std::string>{"eventId", "orgCode", "appCode", "attachArgs",
                                                     "nonceStr", "eventType", "eventData"}));
    const Notice block{{17, 0, 0}, std::nullopt};
    const Json told = Json::parse(notification_text(frame, registration, block, nullptr));
    EXPECT_EQ(told["body"]["eventType"], 1);
    EXPECT_EQ(told["body"]["eventData"],
              R"({"appId":"kv","blockNumber":17,"eventType":1,"groupId":135})");
}

TEST_F(Told, WhatIsNotUtf8IsReplacedBeforeItIsSigned) {
    event.name = "a\xff";
    const Notice notice{gateway::EventPlace::of(event), event};
    const std::string nonce = notification_nonce(registration.id, notice.place);
    read(notification_text(frame, registration, notice, nullptr),
         "kvn0detest:\\S{32}2964a0f60b3e460f834618b3664af2daabc=123211a\xef\xbf\xbd"
         "abcdcGFpZA==7" +
             nonce);
}

TEST(NotificationNonce, IsThatOfARegistrationAndAPlace) {
    const std::string nonce = notification_nonce("aa", {7, 1, 0});
    EXPECT_EQ(nonce.size(), 32U);
    EXPECT_EQ(notification_nonce("aa", {7, 1, 0}), nonce);
    EXPECT_NE(notification_nonce("ab", {7, 1, 0}), nonce);
    EXPECT_NE(notification_nonce("aa", {8, 1, 0}), nonce);
    EXPECT_NE(notification_nonce("aa", {7, 2, 0}), nonce);
    EXPECT_NE(notification_nonce("aa", {7, 1, 1}), nonce);
}

}  // namespace
}  // namespace bsn::testing
