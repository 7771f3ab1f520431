#include "cli/network_file.hpp"

#include "base/files.hpp"
#include "cli_fixture.hpp"

namespace bsn::cli {
namespace {

const std::filesystem::path k_example =
    std::filesystem::path(BSN_TESTS_DIR).parent_path() / "deploy" / "network.yaml";

constexpr std::string_view k_minimal =
    "name: two\n"
    "operators:\n"
    "  - {name: North, key: north.pub}\n"
    "nodes:\n"
    "  - name: beijing\n"
    "    city: Beijing\n"
    "    operator: North\n"
    "    host: beijing.example.org\n"
    "  - name: shanghai\n"
    "    city: Shanghai\n"
    "    operator: North\n"
    "    host: 192.0.2.7\n"
    "    listen: 10.0.0.7\n"
    "    ports: {api: 443}\n"
    "    validator: false\n";

class NetworkFile : public testing::CliTest {
  protected:
    void SetUp() override {
        CliTest::SetUp();
        for (const char* name : {"north", "south", "bank"}) {
            ASSERT_EQ(run({"key", "new", name}).status, 0);
            std::filesystem::create_directories(folder / "operators");
            const std::string file = std::string(name) + ".pub";
            std::filesystem::copy_file(home() + "/keys/" + file, folder / file);
            std::filesystem::copy_file(home() + "/keys/" + file, folder / "operators" / file);
        }
    }

    Result<node::NetworkPlan> load(std::string_view text) const {
        testing::write_text(folder / "network.yaml", text);
        return load_network_file(folder / "network.yaml");
    }
    /// What is said of a file in which `from` stands as `to`.
    std::string mistake(std::string_view from, std::string_view to) const {
        std::string text(k_minimal);
        const std::size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        text.replace(at, from.size(), to);
        auto plan = load(text);
        return plan ? "accepted" : plan.error().message;
    }

    void expect_mistake(std::string_view from, std::string_view to, std::string_view said) const {
        EXPECT_NE(mistake(from, to).find(said), std::string::npos) << mistake(from, to);
    }
};

TEST_F(NetworkFile, WhatIsNotSaidHasADefault) {
    auto plan = load(k_minimal);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_EQ(plan->name, "two");
    EXPECT_EQ(plan->approvals, 1);
    EXPECT_EQ(plan->ordering, ledger::OrderingType::cometbft);
    ASSERT_EQ(plan->nodes.size(), 2U);
    EXPECT_EQ(plan->nodes[0].listen, "0.0.0.0");
    EXPECT_EQ(plan->nodes[0].ports.api, 7180);
    EXPECT_TRUE(plan->nodes[0].validator);
    EXPECT_TRUE(plan->nodes[0].tls);
    EXPECT_EQ(plan->nodes[1].listen, "10.0.0.7");
    EXPECT_EQ(plan->nodes[1].ports.api, 443);
    EXPECT_EQ(plan->nodes[1].ports.rpc, 7480);
    EXPECT_FALSE(plan->nodes[1].validator);
}

TEST_F(NetworkFile, TheExampleMakesANetwork) {
    std::filesystem::copy_file(k_example, folder / "network.yaml");
    testing::Ran ran = run({"--json", "network", "init", (folder / "network.yaml").string(),
                            "--out", (folder / "cities").string()});
    ASSERT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(ran.json()["nodes"].size(), 4U);
    EXPECT_EQ(ran.json()["nodes"][0]["endpoint"], "https://beijing.example.org:7180");
    auto genesis =
        ledger::Genesis::from_json(testing::read_text(folder / "cities" / "genesis.json"));
    ASSERT_TRUE(genesis.ok()) << genesis.error().message;
    EXPECT_EQ(genesis->approvals, 2);
    EXPECT_EQ(genesis->operators.size(), 3U);
    for (const ledger::GenesisNode& node : genesis->nodes) {
        EXPECT_EQ(node.validator.size(), 32U);
        const auto own = folder / "cities" / "nodes" / node.name;
        EXPECT_EQ(testing::read_text(own / "genesis.json"), genesis->to_json());
        EXPECT_EQ(testing::read_text(own / "node.crt"), node.certificate);
        EXPECT_TRUE(std::filesystem::exists(own / "node.yaml"));
    }

    ran = run({"network", "init", (folder / "network.yaml").string(), "--out",
               (folder / "cities").string()});
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.err.find("never overwritten"), std::string::npos) << ran.err;
}

TEST_F(NetworkFile, MistakesAreToldWithFileLineAndKey) {
    expect_mistake("name: two\n", "", "network.yaml:1: name");
    expect_mistake("key: north.pub", "key: nowhere.pub",
                   "network.yaml:3: operators[0].key: cannot");
    expect_mistake("key: north.pub", "key: network.yaml", "bsn key new NAME");
    expect_mistake("name: beijing", "name: bei/jing", "network.yaml:5: nodes[0].name");
    expect_mistake("name: beijing", "name: ..", "nodes[0].name");
    expect_mistake("name: shanghai", "name: beijing", "two nodes are named beijing");
    expect_mistake("operator: North", "operator: West",
                   "network.yaml:7: nodes[0].operator: there is");
    expect_mistake("beijing.example.org", "beijing.example.org:7180", "nodes[0].host");
    expect_mistake("beijing.example.org", "https://beijing.example.org", "nodes[0].host");
    expect_mistake("beijing.example.org", "192.0.2.7",
                   "port 7280 of 192.0.2.7 is taken by beijing");
    expect_mistake("{api: 443}", "{api: 70000}", "network.yaml:14: nodes[1].ports.api");
    expect_mistake("{api: 443}", "{http: 443}", "nodes[1].ports.http");
    expect_mistake("validator: false", "validator: maybe", "network.yaml:15: nodes[1].validator");
    expect_mistake("name: two\n", "name: two\napprovals: 2\n", "network.yaml:2: approvals");
}

TEST_F(NetworkFile, SomebodyMustOrder) {
    auto plan = load(
        "name: one\n"
        "operators:\n"
        "  - {name: North, key: north.pub}\n"
        "nodes:\n"
        "  - {name: a, city: A, operator: North, host: a.example.org, validator: false}\n");
    ASSERT_FALSE(plan.ok());
    EXPECT_NE(plan.error().message.find("at least one city node must be a validator"),
              std::string::npos);
}

TEST_F(NetworkFile, MoreThanHalfOfTheOperatorsApprove) {
    std::string text(k_minimal);
    text.replace(text.find("nodes:"), 0, "  - {name: South, key: south.pub}\n");
    auto plan = load(text);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_EQ(plan->approvals, 2);
}

TEST_F(NetworkFile, NothingIsLeftOfANetworkThatCouldNotBeMade) {
    // The same key twice: found only when the genesis is put together.
    std::string text(k_minimal);
    text.replace(text.find("nodes:"), 0, "  - {name: South, key: north.pub}\n");
    testing::write_text(folder / "network.yaml", text);
    testing::Ran ran = run({"network", "init", (folder / "network.yaml").string(), "--out",
                            (folder / "cities").string()});
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.err.find("another operator's key"), std::string::npos) << ran.err;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        EXPECT_FALSE(entry.path().filename().string().starts_with("cities")) << entry.path();
    }
}

}  // namespace
}  // namespace bsn::cli
