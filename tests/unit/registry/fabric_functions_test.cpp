// Hyperledger Fabric on city nodes: what nodes announce, and what an app's channel is settled to
// be.

#include "registry/app_spec.hpp"
#include "registry_fixture.hpp"

#include <nlohmann/json.hpp>

namespace bsn::registry {
namespace {

using namespace testing;
using Json = nlohmann::json;

std::string pem(const std::string& content) {
    return "-----BEGIN CERTIFICATE-----\n" + content + "\n-----END CERTIFICATE-----\n";
}

/// What node `city-NUMBER` announces.
FabricOrganisation organisation(int number) {
    const std::string name = "city-" + std::to_string(number);
    return {"msp-" + name,      pem(name + " authority"), pem(name + " tls"),
            name + ".org:7051", name + ".org:7050",       pem(name + " orderer")};
}

/// The same for release 3.1.
FabricOrganisation newer(int number) {
    FabricOrganisation made = organisation(number);
    made.peer = "newer-" + made.peer;
    made.orderer = "newer-" + made.orderer;
    made.release = "3.1";
    made.orderer_identity = pem("identity " + std::to_string(number));
    return made;
}

class FabricFunctionsTest : public RegistryTest {
  protected:
    FabricFunctionsTest() {
        chain.ok(op, "set_publisher", {known(publisher).hex(), "yes"});
        for (std::uint32_t i = 0; i < 4; ++i) nodes.emplace_back(100 + i);
    }
    void announce_all() {
        for (int i = 0; i < 4; ++i) {
            chain.ok(nodes[static_cast<std::size_t>(i)], "announce_fabric",
                     {to_json(organisation(i))});
        }
    }
    static std::string fabric_app(const std::string& more = "") {
        return spec("records", R"("framework":"fabric",)" + more);
    }
    std::vector<std::string> orderers() {
        std::vector<std::string> names;
        const auto app = chain.app("records");
        for (const FabricMember& member : app.fabric->members) {
            if (member.orders) names.push_back(member.name);
        }
        return names;
    }

    std::vector<Person> nodes;  // city-0 …
};

TEST_F(FabricFunctionsTest, a_node_announces_its_organisation_and_may_change_it) {
    const auto id = ledger::node_id_of(nodes[1].key.public_key().bytes);
    EXPECT_FALSE(chain.view().fabric_of(id).has_value());
    chain.ok(nodes[1], "announce_fabric", {to_json(organisation(1))});
    EXPECT_EQ(chain.view().fabric_of(id), organisation(1));
    auto changed = organisation(1);
    changed.orderer.clear();
    changed.orderer_certificate.clear();
    chain.ok(nodes[1], "announce_fabric", {to_json(changed)});
    EXPECT_EQ(chain.view().fabric_of(id), changed);
}

TEST_F(FabricFunctionsTest, only_city_nodes_announce_and_each_has_an_msp_id_of_its_own) {
    expect_contains(chain.refusal(alice, "announce_fabric", {to_json(organisation(1))}),
                    "is for city nodes");
    chain.ok(nodes[1], "announce_fabric", {to_json(organisation(1))});
    EXPECT_EQ(chain.refusal(nodes[2], "announce_fabric", {to_json(organisation(1))}),
              "city node city-1 has the MSP id msp-city-1 already");
}

TEST_F(FabricFunctionsTest, announcements_that_are_wrong_are_refused_by_member) {
    const Json good = Json::parse(to_json(organisation(1)));
    const auto refusal_with = [&](const char* member, const Json& value) {
        Json changed = good;
        changed[member] = value;
        return chain.refusal(nodes[1], "announce_fabric", {changed.dump()});
    };
    for (const char* msp : {"", "-x", "a b", "a_b", "ü"}) {
        expect_contains(refusal_with("msp", msp), "'msp'");
    }
    for (const char* member : {"peer", "orderer"}) {
        for (const char* address : {"a", "a:", "a:0", "a:65536", ":1", "a b:1", "a:1x", "a:01"}) {
            expect_contains(refusal_with(member, address), member);
        }
    }
    for (const char* member : {"authority", "tls_authority", "orderer_certificate"}) {
        for (const std::string& text :
             {std::string("x"), pem("a") + pem("b"), pem(std::string(9000, 'a'))}) {
            expect_contains(refusal_with(member, text), member);
        }
    }
    expect_contains(refusal_with("orderer", ""), "go together");
    expect_contains(refusal_with("more", 1), "unknown member 'more'");
    expect_contains(chain.refusal(nodes[1], "announce_fabric", {"{}"}), "'msp'");
}

TEST_F(FabricFunctionsTest, a_channel_is_settled_when_its_app_is_published) {
    announce_all();
    chain.ok(publisher, "publish_app",
             {fabric_app(R"("nodes":["city-2","city-0","city-3"],)"
                         R"("fabric":{"batch":{"timeout_ms":50,"max_messages":10}},)")});
    const AppRecord app = chain.app("records");
    EXPECT_EQ(app.framework, "fabric");
    EXPECT_EQ(app.suite, SuiteId::secp256r1);
    ASSERT_TRUE(app.fabric.has_value());
    EXPECT_EQ(app.fabric->batch, (FabricBatch{50, 10}));
    ASSERT_EQ(app.fabric->members.size(), 3U);
    int number = 0;
    for (const FabricMember& member : app.fabric->members) {
        EXPECT_EQ(member.organisation, organisation(number)) << "in the order of MSP ids";
        EXPECT_EQ(member.name, "city-" + std::to_string(number));
        number += number == 0 ? 2 : 1;
    }
    EXPECT_EQ(orderers(), (std::vector<std::string>{"city-0", "city-2", "city-3"}));
    EXPECT_TRUE(chain.decided(app.channel).size() <= 1)
        << "no replica takes decisions about it, but for the publisher's membership";

    auto moved = organisation(2);
    moved.peer = "elsewhere:1";
    chain.ok(nodes[2], "announce_fabric", {to_json(moved)});
    EXPECT_EQ(chain.app("records").fabric, app.fabric) << "what comes later changes no channel";
}

TEST_F(FabricFunctionsTest, with_fewer_than_three_nodes_the_first_one_orders) {
    announce_all();
    chain.ok(publisher, "publish_app", {fabric_app(R"("nodes":["city-3","city-1"],)")});
    EXPECT_EQ(orderers(), std::vector<std::string>{"city-3"});
}

TEST_F(FabricFunctionsTest, the_publisher_may_choose_who_orders) {
    announce_all();
    const auto choosing = [](const std::string& names) {
        return fabric_app(R"("fabric":{"orderers":[)" + names + "]},");
    };
    EXPECT_EQ(chain.refusal(publisher, "publish_app", {choosing(R"("city-9")")}),
              "fabric: orderer 'city-9' is none of the app's city nodes");
    EXPECT_EQ(chain.refusal(publisher, "publish_app", {choosing(R"("city-1","city-1")")}),
              "fabric: orderer 'city-1' stands twice");
    auto without = organisation(0);
    without.orderer.clear();
    without.orderer_certificate.clear();
    chain.ok(nodes[0], "announce_fabric", {to_json(without)});
    EXPECT_EQ(chain.refusal(publisher, "publish_app", {choosing(R"("city-0")")}),
              "city node city-0 offers no orderer of Fabric");
    chain.ok(publisher, "publish_app", {choosing(R"("city-1","city-2")")});
    EXPECT_EQ(orderers(), (std::vector<std::string>{"city-1", "city-2"}));
}

TEST_F(FabricFunctionsTest, an_app_needs_nodes_that_offer_fabric_and_stays_as_published) {
    expect_contains(chain.refusal(publisher, "publish_app", {fabric_app()}),
                    "offers no Fabric yet");
    announce_all();
    expect_contains(chain.refusal(publisher, "publish_app", {fabric_app(R"("suite":"sm2",)")}),
                    "has suite secp256r1");
    chain.ok(publisher, "publish_app", {fabric_app()});
    expect_contains(chain.refusal(publisher, "set_nodes", {"records", "city-1"}),
                    "whose city nodes stay as published");
}

TEST_F(FabricFunctionsTest, its_contracts_may_be_upgraded_as_on_other_frameworks) {
    announce_all();
    chain.ok(publisher, "publish_app", {fabric_app()});
    const AppRecord before = chain.app("records");
    chain.ok(publisher, "upgrade_contract", {"records", "more", "kv", "1"});
    chain.ok(publisher, "upgrade_contract", {"records", "more", "kv", "2"});
    EXPECT_EQ(chain.refusal(publisher, "upgrade_contract", {"records", "more", "kv", "1"}),
              "contract more is in version 2 already");
    const AppRecord after = chain.app("records");
    EXPECT_EQ(after.contracts.back(), (ledger::ContractControl{"more", "kv", 2}));
    EXPECT_EQ(after.fabric, before.fabric) << "of which the first block is made";
}

TEST_F(FabricFunctionsTest, a_node_offers_each_line_of_releases_apart) {
    const auto id = ledger::node_id_of(nodes[1].key.public_key().bytes);
    chain.ok(nodes[1], "announce_fabric", {to_json(newer(1))});
    EXPECT_FALSE(chain.view().fabric_of(id).has_value());
    EXPECT_EQ(chain.view().fabric_of(id, "3.1"), newer(1));
    chain.ok(nodes[1], "announce_fabric", {to_json(organisation(1))});
    EXPECT_EQ(chain.view().fabric_of(id), organisation(1));
    EXPECT_EQ(chain.view().fabric_of(id, "3.1"), newer(1));
    EXPECT_EQ(chain.refusal(nodes[2], "announce_fabric", {to_json(newer(1))}),
              "city node city-1 has the MSP id msp-city-1 already");
    auto changed = newer(1);
    changed.orderer_identity.clear();
    expect_contains(chain.refusal(nodes[1], "announce_fabric", {to_json(changed)}),
                    "'orderer_identity'");
    Json json = Json::parse(to_json(organisation(1)));
    json["orderer_identity"] = pem("x");
    expect_contains(chain.refusal(nodes[1], "announce_fabric", {json.dump()}),
                    "'orderer_identity'");
    json["version"] = "2.4";
    EXPECT_EQ(chain.refusal(nodes[1], "announce_fabric", {json.dump()}),
              "there is no version '2.4' of Fabric here; there are 2.5, 3.1");
}

TEST_F(FabricFunctionsTest, bft_needs_release_3_1_and_four_city_nodes_that_order) {
    announce_all();
    const auto with = [](const std::string& fabric, const std::string& more = "") {
        return fabric_app(R"("fabric":{)" + fabric + "}," + more);
    };
    const std::string bft = R"("version":"3.1","ordering":"bft")";
    EXPECT_EQ(chain.refusal(publisher, "publish_app", {with(R"("ordering":"bft")")}),
              "fabric: ordering bft needs version 3.1");
    expect_contains(chain.refusal(publisher, "publish_app", {with(bft)}),
                    "offers no Fabric 3.1 yet; whoever runs it installs it with "
                    "`bsn framework install fabric --version 3.1`");
    for (int i = 0; i < 4; ++i) {
        chain.ok(nodes[static_cast<std::size_t>(i)], "announce_fabric", {to_json(newer(i))});
    }
    EXPECT_EQ(
        chain.refusal(publisher, "publish_app",
                      {with(bft, R"("nodes":["city-0","city-1","city-2"],)")}),
        "fabric: ordering bft needs at least 4 city nodes that order, so that one of them may "
        "be faulty; of this app's 3 city nodes 1 would");
    expect_contains(chain.refusal(publisher, "publish_app",
                                  {with(bft + R"(,"orderers":["city-0","city-1","city-2"])")}),
                    "of this app's 4 city nodes 3 do");
    chain.ok(publisher, "publish_app", {with(bft)});
    EXPECT_EQ(orderers().size(), 4U);
    const AppRecord app = chain.app("records");
    EXPECT_EQ(app.fabric->release, "3.1");
    EXPECT_EQ(app.fabric->ordering, FabricOrdering::bft);
    EXPECT_EQ(app.fabric->members[2].organisation, newer(2));
    const Bytes bytes = encode(app);
    auto decoded = decode_app(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    EXPECT_EQ(decoded->fabric, app.fabric);
    const Bytes announced = encode(newer(1));
    EXPECT_EQ(*decode_fabric_organisation(announced), newer(1));
    for (std::size_t length = 0; length < announced.size(); ++length) {
        EXPECT_FALSE(decode_fabric_organisation(ByteView(announced).first(length)).ok());
    }
}

TEST_F(FabricFunctionsTest, the_app_s_record_is_read_as_it_was_written) {
    announce_all();
    chain.ok(publisher, "publish_app", {fabric_app(R"("gateway":{"keys":"upload"},)")});
    const AppRecord app = chain.app("records");
    const Bytes bytes = encode(app);
    auto decoded = decode_app(bytes);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded->fabric, app.fabric);
    EXPECT_EQ(decoded->gateway, app.gateway);
    EXPECT_EQ(decoded->contracts, app.contracts);
    for (std::size_t length = 0; length < bytes.size(); length += 7) {
        EXPECT_FALSE(decode_app(ByteView(bytes).first(length)).ok()) << length;
    }
    const Bytes announced = encode(organisation(1));
    EXPECT_EQ(*decode_fabric_organisation(announced), organisation(1));
    for (std::size_t length = 0; length < announced.size(); ++length) {
        EXPECT_FALSE(decode_fabric_organisation(ByteView(announced).first(length)).ok());
    }
}

TEST(FabricSpecTest, settings_that_are_wrong_are_named) {
    const auto refusal = [](const std::string& fabric) {
        auto parsed = parse_app_spec(spec("a", R"("framework":"fabric","fabric":)" + fabric + ","));
        return parsed ? std::string() : parsed.error().message;
    };
    EXPECT_EQ(refusal("{}"), "");
    expect_contains(refusal("[]"), "fabric is no JSON object");
    expect_contains(refusal(R"({"x":1})"), "unknown member 'x'");
    expect_contains(refusal(R"({"version":"3.2"})"), "no version '3.2'");
    expect_contains(refusal(R"({"ordering":"kafka"})"), "neither raft nor bft");
    EXPECT_EQ(refusal(R"({"version":"3.1"})"), "");
    expect_contains(refusal(R"({"batch":{"timeout_ms":0}})"), "at least 1");
    expect_contains(refusal(R"({"batch":{"max_messages":10001}})"), "max_messages");
    EXPECT_FALSE(parse_app_spec(spec("a", R"("fabric":{},)")).ok()) << "of other frameworks";
}

}  // namespace
}  // namespace bsn::registry
