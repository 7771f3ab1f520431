#include "contract/abi/package.hpp"

#include "contract/abi/text.hpp"

#include <gtest/gtest.h>

namespace bsn::contract::abi {
namespace {

constexpr std::string_view k_abi = R"json(["constructor(uint256 supply)","function f() view"])json";

std::string refusal(const Result<Package>& package) {
    return package ? "accepted" : package.error().message;
}

TEST(ContractPackage, ReadsAsItWasWritten) {
    Package package = *Package::of("Token", k_abi, "0x6001\n");
    package.compiler = "solc 0.8.30";
    package.settings = R"({"optimizer":{"enabled":true}})";
    package.deployed_code = Bytes{1, 2};
    package.sources = {{"Token.sol", "00ff"}};
    package.metadata = "{}";
    const Package again = *Package::parse(package.to_json());
    EXPECT_EQ(again.to_json(), package.to_json());
    EXPECT_EQ(again.name, "Token");
    EXPECT_EQ(again.creation_code, (Bytes{0x60, 0x01}));
    EXPECT_EQ(again.deployed_code, package.deployed_code);
    EXPECT_EQ(again.settings, package.settings);
    EXPECT_EQ(again.sources, package.sources);
    EXPECT_EQ(again.abi.entries().size(), 2U);
    EXPECT_EQ(Package::parse(Package::of("A", k_abi, "60")->to_json())->compiler, "");
}

TEST(ContractPackage, CreationIsCodeAndArguments) {
    const Package package = *Package::of("Token", k_abi, "6001");
    const std::vector<std::string> arguments{"5"};
    const auto values = *arguments_from_texts(package.abi.constructor(), arguments);
    EXPECT_EQ(to_hex(package.creation(values)), "6001" + to_hex(ledger::word_of(5)));
}

TEST(ContractPackage, TellsForWhichHashItWasCompiled) {
    const auto with = [](crypto::HashId hash) {
        return *Package::of("A", k_abi, "6063" + to_hex(selector("f()", hash)) + "14");
    };
    EXPECT_TRUE(with(crypto::HashId::sm3).suits_selectors_of(crypto::HashId::sm3));
    EXPECT_FALSE(with(crypto::HashId::sm3).suits_selectors_of(crypto::HashId::keccak256));
    EXPECT_FALSE(with(crypto::HashId::keccak256).suits_selectors_of(crypto::HashId::sm3));
    EXPECT_TRUE(Package::of("A", "[]", "60")->suits_selectors_of(crypto::HashId::sm3));
}

TEST(ContractPackage, RefusesWhatCannotBeDeployed) {
    EXPECT_EQ(refusal(Package::of("Token", k_abi, "0x")),
              "Token has no code: it is an interface or abstract");
    EXPECT_EQ(refusal(Package::of("Token", k_abi, "60zz")), "the code is not hexadecimal");
    EXPECT_NE(refusal(Package::of("Token", k_abi, "60__$0123456789abcdef0123456789abcdef01$__"))
                  .find("address of a library"),
              std::string::npos);
    EXPECT_EQ(refusal(Package::of("a b", k_abi, "60")), "'a b' is no name of a contract");
    EXPECT_EQ(refusal(Package::of("A", "{", "60")), "the ABI is no JSON");
    EXPECT_EQ(Package::of("A", k_abi, std::string(2 * k_max_creation_code + 2, '0')).error().code,
              Code::too_large);
}

TEST(ContractPackage, RefusesOtherFiles) {
    for (const char* wrong :
         {"", "[]", "{}", R"({"format":"bsn.contract/1"})", R"({"format":5})",
          R"({"format":"bsn.contract/1","name":"A","abi":[],"bytecode":""})",
          R"({"format":"bsn.contract/1","name":"A","abi":[],"bytecode":"60","sources":5})",
          R"({"format":"bsn.contract/1","name":"A","abi":[],"bytecode":"60","sources":{"a":1}})",
          R"({"format":"bsn.contract/1","name":"A","abi":5,"bytecode":"60"})"}) {
        EXPECT_FALSE(Package::parse(wrong)) << wrong;
    }
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    EXPECT_FALSE(Package::parse(
        R"({"format":"bsn.contract/1","name":"A","abi":[],"bytecode":"60","settings":)" + deep +
        "}"));
    EXPECT_EQ(refusal(Package::of("A", R"([{"name":"f","x":)" + deep + "}]", "60")),
              "the ABI nests too deep");
    EXPECT_EQ(Package::parse(R"({"format":"bsn.contract/2"})").error().code,
              Code::unsupported_version);
}

}  // namespace
}  // namespace bsn::contract::abi
