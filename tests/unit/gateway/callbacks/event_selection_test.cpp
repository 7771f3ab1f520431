// Which events a registration is about.
#include "gateway/callbacks/event_selection.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace bsn::testing {
namespace {

using gateway::contract_of_address;
using gateway::EventPattern;
using gateway::EventSelection;

bool matches(const std::string& pattern, std::string_view name) {
    auto compiled = EventPattern::compile(pattern);
    EXPECT_TRUE(compiled.ok()) << pattern;
    return compiled && compiled->matches(name);
}

TEST(EventPattern, IsFoundAnywhereInTheName) {
    EXPECT_TRUE(matches("set", "event_set"));
    EXPECT_TRUE(matches("^event_set$", "event_set"));
    EXPECT_FALSE(matches("^set", "event_set"));
    EXPECT_TRUE(matches("test:\\S{32}", "test:12345678123456781234567812345678"));
    EXPECT_FALSE(matches("test:\\S{32}", "test:1234"));
    EXPECT_TRUE(matches("a|b", "xb"));
    EXPECT_FALSE(matches("a", ""));
    EXPECT_FALSE(matches(".", std::string(300, 'x')));
}

TEST(EventPattern, RefusesWhatIsNone) {
    for (const std::string& pattern :
         {std::string("("), std::string("[a"), std::string("a**"), std::string("*"),
          std::string("(?<x"), std::string(257, 'a')}) {
        auto compiled = EventPattern::compile(pattern);
        ASSERT_FALSE(compiled.ok()) << pattern;
        EXPECT_EQ(compiled.error().code, Code::invalid_argument);
        EXPECT_NE(compiled.error().message.find("eventKey"), std::string::npos);
    }
}

TEST(EventPattern, TakesABoundedTime) {
    const std::string name = std::string(250, 'a') + "!";
    const auto begin = std::chrono::steady_clock::now();
    for (const char* pattern : {"(a*)*b", "(a|aa)+$", "(a|a?)+b", "(.*)(.*)(.*)(.*)(.*)(.*)b",
                                "((a{1,30}){1,30}){1,30}b"}) {
        for (int i = 0; i < 10; ++i) EXPECT_FALSE(matches(pattern, name)) << pattern;
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    EXPECT_LT(seconds.count(), 5);
}

TEST(EventSelection, ByContractNameOrAddress) {
    gateway::published::EventRegistration registration;
    registration.contract = "kv";
    registration.event_key = "set";
    framework::Event event{.contract = "kv", .name = "event_set"};
    EXPECT_TRUE(EventSelection::of(registration)->has(event));
    event.name = "event_get";
    EXPECT_FALSE(EventSelection::of(registration)->has(event));
    event = {.contract = "kv2", .name = "event_set"};
    EXPECT_FALSE(EventSelection::of(registration)->has(event));
    // Of FISCO BCOS: all events of the address.
    registration = {};
    registration.contract = "notary";
    registration.address = "0xABCDEF0000000000000000000000000000001234";
    event = {.contract = "abcdef0000000000000000000000000000001234", .name = "0x12"};
    EXPECT_TRUE(EventSelection::of(registration)->has(event));
    event.contract = "abcdef0000000000000000000000000000001235";
    EXPECT_FALSE(EventSelection::of(registration)->has(event));
}

TEST(EventSelection, AddressesOfFisco) {
    EXPECT_EQ(*contract_of_address("0x00000000000000000000000000000000000010Aa"),
              "00000000000000000000000000000000000010aa");
    for (const char* text : {"", "0x", "0x1004", "0x000000000000000000000000000000000000100g",
                             "0x00000000000000000000000000000000000010041"}) {
        EXPECT_FALSE(contract_of_address(text).ok()) << text;
    }
}

}  // namespace
}  // namespace bsn::testing
