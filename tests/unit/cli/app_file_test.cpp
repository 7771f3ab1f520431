#include "cli/app_file.hpp"

#include "cli_fixture.hpp"

namespace bsn::cli {
namespace {

const std::filesystem::path k_examples =
    std::filesystem::path(BSN_TESTS_DIR).parent_path() / "examples";

constexpr std::string_view k_minimal =
    "name: a\n"
    "contracts:\n"
    "  - name: kv\n"
    "roles:\n"
    "  - name: r\n"
    "    functions: [kv.get]\n";

std::string mistake(std::string_view text) {
    auto spec = AppSpec::parse(text, "app.yaml");
    return spec ? "accepted" : spec.error().message;
}

TEST(AppFile, TheEvidenceExampleIsWhatUpPublishes) {
    auto spec = AppSpec::load(k_examples / "evidence.yaml");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->to_json(), evidence_app("evidence", "secp256r1").to_json());
}

TEST(AppFile, TheKvExampleIsValid) {
    auto spec = AppSpec::load(k_examples / "kv.yaml");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->name, "kv");
}

TEST(AppFile, AFabricNetworkIsDescribedByFiles) {
    auto spec = AppSpec::load(k_examples / "evidence-fabric-network.yaml");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->framework, "fabric-network");
    EXPECT_EQ(spec->network, (Json{{"channel", "mychannel"},
                                   {"profiles", {"connection-org1.yaml", "connection-org2.yaml"}},
                                   {"configuration", "channel.block"}}));
    EXPECT_EQ(spec->to_json()["contracts"],
              (Json{{{"name", "evidence"}, {"chaincode", "evidence"}}}));

    const std::string head = "name: a\nframework: fabric-network\n";
    const std::string tail =
        "contracts: [{name: papers, chaincode: Evidence}]\n"
        "roles: [{name: r, functions: [papers.get]}]\n";
    const std::string reader = "reader: {msp_id: M, certificate: c, key: k, tls_key: t}";
    auto with = [&](const std::string& network) { return head + network + "\n" + tail; };
    auto read = AppSpec::parse(with("network: {channel: c, profiles: [p], " + reader + "}"), "f");
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->network["reader"], (Json{{"msp_id", "M"},
                                             {"certificate", "c"},
                                             {"key", "k"},
                                             {"tls_certificate", ""},
                                             {"tls_key", "t"}}));
    EXPECT_EQ(read->contracts.at(0).chaincode, "Evidence");
    for (const auto& [network, sentence] : std::vector<std::pair<std::string, std::string>>{
             {"", "network"},
             {"network: {profiles: [p], configuration: b}", "channel"},
             {"network: {channel: c, configuration: b}", "at least one connection profile"},
             {"network: {channel: c, profiles: [p]}", "one of the two"},
             {"network: {channel: c, profiles: [p], configuration: b, " + reader + "}",
              "one of the two"},
             {"network: {channel: c, profiles: [p], reader: {msp_id: M, certificate: c}}",
              "network.reader.key"},
             {"network: {channel: c, profiles: [p], configuration: b, sealers: [s]}",
              "network.sealers: unknown key"},
             {"network: {channel: c, profiles: p, configuration: b}", "network.profiles"}}) {
        EXPECT_NE(mistake(with(network)).find(sentence), std::string::npos)
            << network << ": " << mistake(with(network));
    }
    const std::string network = "network: {channel: c, profiles: [p], configuration: b}\n";
    EXPECT_EQ(mistake(with(network + "gateway: {published: true, keys: trust}")), "accepted");
    EXPECT_NE(mistake(with(network + "gateway: {published: true, keys: upload}"))
                  .find("this one's own authority issues them"),
              std::string::npos);
    EXPECT_NE(mistake(with("network: {channel: c, profiles: [p], configuration: b}\nevm: {}"))
                  .find("evm: unknown key"),
              std::string::npos);
}

TEST(AppFile, SaysTheSameInJson) {
    auto spec = AppSpec::parse(R"(
name: shop
description: What is sold
framework: ledger
suite: sm2
nodes: [beijing, shanghai]
join: invitation
contracts:
  - {name: goods, type: kv, version: 2}
roles:
  - name: seller
    functions: [goods.*]
  - name: visitor
    public: true
    functions: [goods.get]
)",
                               "app.yaml");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->to_json().dump(),
              R"({"name":"shop","description":"What is sold","framework":"ledger","suite":"sm2",)"
              R"("nodes":["beijing","shanghai"],"join":"invitation",)"
              R"("contracts":[{"name":"goods","type":"kv","version":2}],)"
              R"("roles":[{"name":"seller","public":false,"functions":["goods.*"]},)"
              R"({"name":"visitor","public":true,"functions":["goods.get"]}]})");
}

TEST(AppFile, FillsInWhatIsLeftOut) {
    auto spec = AppSpec::parse(k_minimal, "app.yaml");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->to_json().dump(),
              R"({"name":"a","description":"","framework":"ledger","suite":"secp256r1","nodes":[],)"
              R"("join":"open","contracts":[{"name":"kv","type":"kv"}],)"
              R"("roles":[{"name":"r","public":false,"functions":["kv.get"]}]})");
}

TEST(AppFile, TellsMistakesWithFileAndLine) {
    std::string text(k_minimal);
    EXPECT_EQ(mistake(text + "colour: red\n").rfind("app.yaml:7: ", 0), 0U);
    EXPECT_EQ(mistake(text + "suite: rsa\n").rfind("app.yaml:7: ", 0), 0U);
    EXPECT_EQ(mistake(text + "join: never\n").rfind("app.yaml:7: ", 0), 0U);
    EXPECT_EQ(mistake(text + "framework: corda\n").rfind("app.yaml:7: ", 0), 0U);
    EXPECT_NE(mistake("description: no name\n").find("name"), std::string::npos);
    EXPECT_NE(mistake("name: a\n").find("contract"), std::string::npos);
    EXPECT_NE(mistake("name: a\ncontracts:\n  - name: kv\n").find("role"), std::string::npos);
    EXPECT_NE(mistake("name: a\ncontracts:\n  - name: kv\nroles:\n  - name: r\n").find("functions"),
              std::string::npos);
}

TEST(AppFile, PackagesAreTakenFromTheFilesFolder) {
    auto spec = AppSpec::load(k_examples / "asset-node.yaml");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    ASSERT_EQ(spec->contracts.size(), 1U);
    EXPECT_EQ(spec->contracts[0].package, k_examples / "asset-node");
    EXPECT_EQ(spec->contracts[0].version, 1U);
    constexpr const char* k_rest =
        "contracts: [{name: a, package: x}]\nroles: [{name: r, functions: ['*']}]\n";
    auto elsewhere = AppSpec::parse(std::string("name: a\n") + k_rest, "app.yaml");
    ASSERT_FALSE(elsewhere.ok());
    EXPECT_NE(elsewhere.error().message.find("package"), std::string::npos);
    auto both = AppSpec::parse(
        "name: a\nframework: fabric\ncontracts: [{name: a, type: kv, package: x}]\n"
        "roles: [{name: r, functions: ['*']}]\n",
        "app.yaml");
    EXPECT_FALSE(both.ok());
}

}  // namespace
}  // namespace bsn::cli
