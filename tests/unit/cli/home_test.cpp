#include "cli/home.hpp"

#include "cli_fixture.hpp"

namespace bsn::cli {
namespace {

Result<ClientConfig> parse(std::string_view text) {
    return ClientConfig::parse(text, "config.yaml");
}

TEST(ClientConfigTest, ReadsWhatItWrites) {
    ClientConfig config;
    config.endpoints = {"http://127.0.0.1:7180", "https://[::1]:443"};
    config.genesis = R"(/a "quoted" \ path/genesis.json)";
    config.key = "operator";
    config.local_network = LocalNetworkConfig{4, 8000};
    auto again = parse(config.to_yaml());
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(*again, config);
    auto empty = parse(ClientConfig{}.to_yaml());
    ASSERT_TRUE(empty.ok()) << empty.error().message;
    EXPECT_EQ(*empty, ClientConfig{});
}

TEST(ClientConfigTest, TellsMistakesWithFileAndLine) {
    auto unknown = parse("endpoints: []\nkeys: alice\n");
    ASSERT_FALSE(unknown.ok());
    EXPECT_EQ(unknown.error().message.rfind("config.yaml:2: ", 0), 0U) << unknown.error().message;
    EXPECT_FALSE(parse("local_network:\n  nodes: 17\n").ok());
    EXPECT_TRUE(parse("local_network:\n  nodes: 64\n  ordering: cometbft\n").ok());
    EXPECT_FALSE(parse("local_network:\n  nodes: 65\n  ordering: cometbft\n").ok());
    EXPECT_FALSE(parse("local_network:\n  first_port: 0\n").ok());
    EXPECT_FALSE(parse("endpoints: here\n").ok());
}

TEST(ClientConfigTest, NoFileMeansDefaults) {
    TemporaryFolder folder;
    auto config = ClientConfig::load(folder / "config.yaml");
    ASSERT_TRUE(config.ok()) << config.error().message;
    EXPECT_EQ(*config, ClientConfig{});
}

TEST(HomeTest, TheCommandLineComesBeforeTheEnvironment) {
    ::setenv("BSN_HOME", "/some/where", 1);
    EXPECT_EQ(Home::find("")->folder(), "/some/where");
    EXPECT_EQ(Home::find("/else/where")->folder(), "/else/where");
    EXPECT_TRUE(Home::find("relative")->folder().is_absolute());
    ::unsetenv("BSN_HOME");
    ::setenv("HOME", "/home/user", 1);
    EXPECT_EQ(Home::find("")->folder(), "/home/user/.bsn");
}

TEST(HomeTest, IsMadeForItsOwnerOnly) {
    TemporaryFolder folder;
    Home home(folder / "home");
    ASSERT_TRUE(home.create().ok());
    auto mode = std::filesystem::status(home.keys_folder()).permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_all);
}

TEST(LocalEndpoints, AreConsecutive) {
    EXPECT_EQ(local_endpoints({3, 7180}),
              (std::vector<std::string>{"http://127.0.0.1:7180", "http://127.0.0.1:7181",
                                        "http://127.0.0.1:7182"}));
}

}  // namespace
}  // namespace bsn::cli
