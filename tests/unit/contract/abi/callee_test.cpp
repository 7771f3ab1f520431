#include "contract/abi/callee.hpp"

#include <gtest/gtest.h>

namespace bsn::contract::abi {
namespace {

constexpr const char* k_first = "0x00000000000000000000000000000000000000a1";
constexpr const char* k_second = "0x00000000000000000000000000000000000000A2";

/// What the name service answers of a token in two versions.
std::string two_versions() {
    return std::string(R"([{"abi":"[\"function f(uint256) view returns (bool)\"]","address":")") +
           k_first + R"(","name":"token","version":"1"},{"abi":"","address":")" + k_second +
           R"(","name":"token","version":"two"}])";
}

AskNames answering(std::string json) {
    return [json](const std::string& /*name*/) -> Result<std::string> { return json; };
}

TEST(Callee, NamesAndAddresses) {
    EXPECT_EQ(ContractRef::parse("token")->name, "token");
    EXPECT_EQ(ContractRef::parse("token@1.0")->version, "1.0");
    EXPECT_EQ(to_hex(ContractRef::parse("0x1004")->address->view()),
              "0000000000000000000000000000000000001004");
    EXPECT_TRUE(ContractRef::parse(k_first)->address);
    for (const char* wrong : {"", "@1", "token@", "0x", "0x12345", "0xzz",
                              // The case of one digit is wrong.
                              "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD0"}) {
        EXPECT_FALSE(ContractRef::parse(wrong)) << wrong;
    }
}

TEST(Callee, TheNewestVersionUnlessAnotherIsNamed) {
    auto newest = find_callee("token", answering(two_versions()));
    ASSERT_TRUE(newest) << newest.error().message;
    EXPECT_EQ(newest->named->version, "two");
    EXPECT_EQ(newest->address.data()[19], 0xA2);
    auto first = find_callee("token@1", answering(two_versions()));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->address.data()[19], 0xA1);
    EXPECT_EQ(find_callee("token@3", answering(two_versions())).error().message,
              "contract token has no version 3; it has 1, two");
    EXPECT_EQ(find_callee("none", answering("[]")).error().code, Code::not_found);
    EXPECT_EQ(find_callee("none", answering("{")).error().code, Code::invalid_argument);
}

TEST(Callee, WhatIsNoAddressIsNoContract) {
    const auto contracts = named_contracts_of(
        R"([{"name":"a","version":"1","address":"x","abi":""},{"name":"a","version":"2"},5])");
    ASSERT_TRUE(contracts) << contracts.error().message;
    EXPECT_TRUE(contracts->empty());
}

TEST(Callee, FunctionsByTheAbiOrByTheirSignature) {
    auto known = find_callee("token@1", answering(two_versions()));
    EXPECT_EQ(known->function("f", 1)->signature(), "f(uint256)");
    // A signature need not say what is returned: the ABI knows.
    EXPECT_EQ(known->function("f(uint256)", 1)->outputs.size(), 1U);
    EXPECT_FALSE(known->function("g", 0));
    auto unknown = find_callee("token", answering(two_versions()));
    EXPECT_EQ(unknown->function("g(bool) returns (string)", 1)->outputs.size(), 1U);
    EXPECT_NE(unknown->function("g", 1).error().message.find("write the function as a signature"),
              std::string::npos);
    EXPECT_FALSE(unknown->function("event g(bool)", 1));
}

TEST(Callee, AnAbiThatIsNoneLeavesSignatures) {
    auto callee = find_callee(
        "a", answering(std::string(R"([{"name":"a","version":"1","abi":"no","address":")") +
                       k_first + R"("}])"));
    ASSERT_TRUE(callee);
    EXPECT_TRUE(callee->function("f() returns (bool)", 0));
}

}  // namespace
}  // namespace bsn::contract::abi
