#include "framework/fabric/chaincode/contract_package.hpp"

#include <gtest/gtest.h>

namespace bsn::framework::fabric {
namespace {

PackageSpec plain() { return {"evidence_1", "contracts.example:9999", {}, {}, {}}; }

// Its content is read by other programs in tests/e2e/chaincode_test.py.
TEST(FabricContractPackage, TheSameSpecificationMakesTheSameBytes) {
    auto package = make_contract_package(plain());
    ASSERT_TRUE(package);
    EXPECT_EQ(package->archive, make_contract_package(plain())->archive);
    EXPECT_EQ(package->id.substr(0, 11), "evidence_1:");
    EXPECT_EQ(package->id.size(), 11 + 64U);
    auto other = plain();
    other.address = "contracts.example:9998";
    EXPECT_NE(package->id, make_contract_package(other)->id);
}

TEST(FabricContractPackage, WhatPeersWouldRefuseIsRefused) {
    auto refusal = [](const PackageSpec& spec) {
        auto package = make_contract_package(spec);
        return package ? "" : package.error().message;
    };
    auto spec = plain();
    for (std::string_view label : {"", "_a", "a b", "a/b", "存证"}) {
        spec.label = label;
        EXPECT_NE(refusal(spec).find("the label"), std::string::npos) << label;
    }
    spec = plain();
    for (std::string_view address : {"", "host", ":9", "host:"}) {
        spec.address = address;
        EXPECT_NE(refusal(spec).find("must be HOST:PORT"), std::string::npos) << address;
    }
    spec = plain();
    spec.server_authority = "authority";
    spec.client_key = "key";
    EXPECT_NE(refusal(spec).find("belong together"), std::string::npos);
    spec.client_certificate = "certificate";
    EXPECT_EQ(refusal(spec), "");
    spec.server_authority.clear();
    EXPECT_NE(refusal(spec).find("name the server's authority"), std::string::npos);
}

}  // namespace
}  // namespace bsn::framework::fabric
