#include "node/node_settings.hpp"

#include "base/files.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace bsn::node {
namespace {

const std::string k_node(64, 'a');
const std::string k_engine(40, 'b');

std::string good_file() {
    return "genesis: genesis.json\n"
           "api:\n"
           "  listen: 0.0.0.0:7180\n"
           "  certificate: node.crt\n"
           "  key: keys/secp256r1.pem\n"
           "peers:\n"
           "  listen: 0.0.0.0:7280\n"
           "ordering:\n"
           "  listen: \"[::]:7380\"\n"
           "  rpc: 127.0.0.1:7480\n"
           "nodes:\n"
           "  - node: " +
           k_node +
           "\n"
           "    peers: shanghai.example.org:7280\n"
           "    ordering: " +
           k_engine + "@shanghai.example.org:7380\n";
}

class NodeSettingsTest : public ::testing::Test {
  protected:
    Result<NodeSettings> load(const std::string& text) const {
        EXPECT_TRUE(write_file_atomically(folder / "node.yaml", as_bytes(text)));
        return NodeSettings::load(folder / "node.yaml");
    }
    /// What is said of a file in which `from` stands as `to`.
    std::string mistake(const std::string& from, const std::string& to) const {
        std::string text = good_file();
        const std::size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        text.replace(at, from.size(), to);
        auto settings = load(text);
        return settings ? "accepted" : settings.error().message;
    }

    TemporaryFolder folder;
};

TEST_F(NodeSettingsTest, a_file_is_read_and_paths_are_taken_from_its_folder) {
    auto settings = load(good_file());
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->folder, folder.path());
    EXPECT_EQ(settings->genesis, folder / "genesis.json");
    EXPECT_EQ(settings->http.address, "0.0.0.0");
    EXPECT_EQ(settings->http.port, 7180);
    EXPECT_EQ(settings->http.tls_certificate, folder / "node.crt");
    EXPECT_EQ(settings->http.tls_key, folder / "keys/secp256r1.pem");
    EXPECT_EQ(settings->ordering_listen, "[::]:7380");
    EXPECT_TRUE(settings->cometbft.empty()) << "to be found";
    ASSERT_EQ(settings->others.size(), 1U);
    EXPECT_EQ(to_hex(settings->others[0].id), k_node);
    EXPECT_EQ(settings->others[0].peers, "shanghai.example.org:7280");
}

TEST_F(NodeSettingsTest, networks_that_callbacks_reach) {
    const std::string api = "  key: keys/secp256r1.pem\n";
    auto with = [&](const std::string& callbacks) {
        std::string text = good_file();
        return text.insert(text.find(api) + api.size(), "  callbacks:\n" + callbacks);
    };
    auto settings = load(with("    allow: [10.0.0.0/8, \"fd00::/8\"]\n    authority: own.pem\n"));
    ASSERT_TRUE(settings) << settings.error().message;
    ASSERT_EQ(settings->callbacks.rules.allow.size(), 2U);
    EXPECT_EQ(settings->callbacks.rules.allow[0].text(), "10.0.0.0/8");
    EXPECT_EQ(settings->callbacks.rules.allow[1].text(), "fd00::/8");
    EXPECT_EQ(settings->callbacks.authority, folder / "own.pem");
    EXPECT_TRUE(load(good_file())->callbacks.rules.allow.empty());
    auto wrong = load(with("    allow: [10.0.0.1/8]\n"));
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().message.find("10.0.0.0/8"), std::string::npos);
}

TEST_F(NodeSettingsTest, networks_and_hosts_that_callbacks_do_not_reach) {
    const std::string api = "  key: keys/secp256r1.pem\n";
    auto with = [&](const std::string& deny) {
        std::string text = good_file();
        return text.insert(text.find(api) + api.size(), "  callbacks:\n    deny: " + deny + "\n");
    };
    auto settings = load(with("[198.51.100.7, \"2001:db8::/32\", intern.example]"));
    ASSERT_TRUE(settings) << settings.error().message;
    const gateway::CallbackRules& rules = settings->callbacks.rules;
    ASSERT_EQ(rules.deny.size(), 2U);
    EXPECT_EQ(rules.deny[0].text(), "198.51.100.7/32");
    EXPECT_EQ(rules.deny_hosts, std::vector<std::string>{"intern.example"});
    settings->others[0].name = "shanghai";
    auto again = load(settings->to_yaml());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->callbacks.rules.deny, rules.deny);
    EXPECT_EQ(again->callbacks.rules.deny_hosts, rules.deny_hosts);
    for (const char* wrong :
         {"[198.51.100.7/24]", "[1.2.3]", "[\"*.example\"]", "[Intern.example]"}) {
        EXPECT_FALSE(load(with(wrong))) << wrong;
    }
}

TEST_F(NodeSettingsTest, limits_of_one_address) {
    EXPECT_FALSE(load(good_file())->http.max_connections_per_address.has_value());
    EXPECT_FALSE(load(good_file())->http.refused_per_second.has_value());
    std::string text = good_file();
    text.insert(text.find("peers:"),
                "  max_connections_per_address: 0\n  refused_per_second: 50\n");
    auto settings = load(text);
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->http.max_connections_per_address, 0U);
    EXPECT_EQ(settings->http.refused_per_second, 50U);
    settings->others[0].name = "shanghai";
    auto again = load(settings->to_yaml());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->http.max_connections_per_address, 0U);
    EXPECT_EQ(again->http.refused_per_second, 50U);
}

TEST_F(NodeSettingsTest, what_is_written_is_read_again) {
    NodeSettings settings;
    settings.genesis = "genesis.json";
    settings.http.address = "::1";
    settings.http.port = 7180;
    settings.peers_listen = "[::1]:7280";
    settings.ordering_listen = "[::1]:7380";
    settings.ordering_rpc = "127.0.0.1:7480";
    settings.cometbft = "/opt/my \"tools\"/cometbft";
    settings.callbacks.rules.allow = {*net::IpNetwork::parse("127.0.0.0/8")};
    settings.callbacks.authority = "/etc/own.pem";
    settings.others.push_back({ledger::NodeId{}, "shang: hai", "a:1", k_engine + "@a:2"});
    auto read = load(settings.to_yaml());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->callbacks.rules.allow, settings.callbacks.rules.allow);
    EXPECT_EQ(read->callbacks.authority, settings.callbacks.authority);
    EXPECT_EQ(read->http.address, "::1");
    EXPECT_TRUE(read->http.tls_certificate.empty());
    EXPECT_EQ(read->cometbft, settings.cometbft);
    EXPECT_EQ(read->others[0].name, "shang: hai");
    EXPECT_EQ(read->others[0].ordering, settings.others[0].ordering);
}

TEST_F(NodeSettingsTest, a_node_that_follows_has_nothing_of_a_cometbft) {
    NodeSettings settings;
    settings.genesis = "genesis.json";
    settings.http.address = "127.0.0.1";
    settings.http.port = 7180;
    settings.peers_listen = "127.0.0.1:7280";
    settings.follows = true;
    settings.others.push_back({ledger::NodeId{}, "validator", "a:1", k_engine + "@a:2"});
    settings.others.push_back({*fixed_from_hex<ledger::NodeId>(k_node), "follower", "b:1", ""});
    auto read = load(settings.to_yaml());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(read->follows);
    EXPECT_EQ(read->ordering_listen, "");
    EXPECT_EQ(read->others[1].ordering, "");
    EXPECT_FALSE(load(good_file())->follows);
    EXPECT_NE(mistake("  rpc: 127.0.0.1:7480", "  follow: true").find("ordering.listen"),
              std::string::npos);
    EXPECT_NE(mistake("  rpc: 127.0.0.1:7480", "  follow: false").find("ordering.rpc"),
              std::string::npos)
        << mistake("  rpc: 127.0.0.1:7480", "  follow: false");
}

TEST_F(NodeSettingsTest, mistakes_are_told_with_file_line_and_key) {
    EXPECT_NE(mistake("0.0.0.0:7280", "0.0.0.0")
                  .find("node.yaml:7: peers.listen: \"0.0.0.0\" is no "
                        "address; write HOST:PORT"),
              std::string::npos)
        << mistake("0.0.0.0:7280", "0.0.0.0");
    EXPECT_NE(mistake("rpc: 127.0.0.1:7480", "rpc: 127.0.0.1:70000").find("ordering.rpc"),
              std::string::npos);
    EXPECT_NE(mistake("[::]:7380", "[::]").find("ordering.listen"), std::string::npos);
    EXPECT_NE(mistake("  key: keys/secp256r1.pem\n", "").find("node.yaml:4: api.certificate: TLS"),
              std::string::npos)
        << mistake("  key: keys/secp256r1.pem\n", "");
    EXPECT_NE(mistake(k_node, "abc").find("nodes[0].node"), std::string::npos);
    EXPECT_NE(mistake(k_engine, "abc").find("nodes[0].ordering"), std::string::npos);
    EXPECT_NE(mistake("nodes:", "node:").find("node"), std::string::npos);
}

TEST_F(NodeSettingsTest, pages_that_may_call_are_named) {
    std::string text = good_file();
    text.insert(text.find("peers:"), "  rpc_origins: [\"https://wallet.example\", \"*\"]\n");
    auto settings = load(text);
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->http.rpc.origins,
              (std::vector<std::string>{"https://wallet.example", "*"}));
    settings->others.clear();
    auto again = load(settings->to_yaml());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->http.rpc.origins, settings->http.rpc.origins);
}

TEST_F(NodeSettingsTest, answers_of_the_published_protocol_may_go_without_a_mac) {
    EXPECT_TRUE(load(good_file())->http.published_mac);
    std::string text = good_file();
    text.insert(text.find("peers:"), "  published_mac: false\n");
    auto settings = load(text);
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_FALSE(settings->http.published_mac);
    EXPECT_NE(settings->to_yaml().find("  published_mac: false\n"), std::string::npos);
}

TEST_F(NodeSettingsTest, connections_may_be_fewer_or_more) {
    EXPECT_EQ(load(good_file())->http.max_connections, 16'384U);
    std::string text = good_file();
    text.insert(text.find("peers:"), "  max_connections: 20000\n");
    auto settings = load(text);
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->http.max_connections, 20'000U);
    EXPECT_NE(settings->to_yaml().find("  max_connections: 20000\n"), std::string::npos);
    std::string none = good_file();
    none.insert(none.find("peers:"), "  max_connections: 0\n");
    EXPECT_FALSE(load(none));
}

TEST_F(NodeSettingsTest, a_node_is_listed_once) {
    std::string text = good_file();
    text += "  - {node: " + k_node + ", peers: a:1, ordering: \"" + k_engine + "@a:2\"}\n";
    auto settings = load(text);
    ASSERT_FALSE(settings);
    EXPECT_NE(settings.error().message.find("listed twice"), std::string::npos);
}

TEST_F(NodeSettingsTest, ports_for_fisco_sdks_are_optional_and_one_for_each_suite) {
    EXPECT_TRUE(load(good_file())->fisco.empty());
    auto settings =
        load(good_file() + "fisco:\n  channel: 0.0.0.0:20200\n  sm_channel: \"[::1]:20300\"\n");
    ASSERT_TRUE(settings) << settings.error().message;
    const std::vector<FiscoEndpoint> expected{{crypto::SuiteId::secp256k1, "0.0.0.0", 20200, false},
                                              {crypto::SuiteId::sm2, "::1", 20300, false}};
    EXPECT_EQ(settings->fisco, expected);
    settings->others.front().name = "shanghai";
    EXPECT_EQ(load(settings->to_yaml())->fisco, expected);
    settings->fisco = fisco_endpoints("127.0.0.1", 0, 7680);
    EXPECT_EQ(load(settings->to_yaml())->fisco, settings->fisco);
    EXPECT_TRUE(settings->fisco.front().once_needed);
    EXPECT_NE(mistake("nodes:", "fisco:\n  channel: nowhere\nnodes:").find("fisco.channel"),
              std::string::npos);
}

TEST_F(NodeSettingsTest, packages_run_only_in_the_languages_that_are_named) {
    auto settings = load(good_file());
    ASSERT_TRUE(settings);
    EXPECT_TRUE(settings->packages.languages.empty());
    EXPECT_EQ(settings->packages.isolation, framework::fabric::Isolation::required);
    const std::string fabric =
        "fabric:\n  packages:\n    languages: [golang, node]\n    isolation: if_possible\n"
        "    memory_mb: 256\n    build_seconds: 30\n    cache: cache\n";
    settings = load(good_file() + fabric);
    ASSERT_TRUE(settings) << settings.error().message;
    const auto& packages = settings->packages;
    EXPECT_EQ(packages.languages, (std::vector<std::string>{"golang", "node"}));
    EXPECT_EQ(packages.isolation, framework::fabric::Isolation::if_possible);
    EXPECT_EQ(packages.memory_mb, 256U);
    EXPECT_EQ(packages.build_seconds, 30U);
    EXPECT_EQ(packages.cache, folder / "cache");
    settings->others.front().name = "shanghai";
    auto again = load(settings->to_yaml());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->packages.languages, packages.languages);
    EXPECT_EQ(again->packages.isolation, packages.isolation);
    EXPECT_EQ(again->packages.memory_mb, packages.memory_mb);
    EXPECT_EQ(again->packages.build_seconds, packages.build_seconds);
    EXPECT_EQ(again->packages.cache, packages.cache);
    auto wrong = load(good_file() + "fabric:\n  packages:\n    languages: [cobol]\n");
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().message.find("there are golang, node, java"), std::string::npos);
}

}  // namespace
}  // namespace bsn::node
