// What a city node asks of the operators: docs/formats.md 14.

#include "node_world.hpp"
#include "support/format_laws.hpp"

namespace bsn::registry {
namespace {

using namespace testing;
using bsn::testing::code_of;

class NodeRequestTest : public ::testing::Test {
  protected:
    NodeRequest request() const {
        return node.vouched(node.request(bsn::testing::filled<ledger::NetworkId>(5)), authority);
    }
    /// The answer to the request with one thing changed.
    template <typename Change>
    std::string refusal(Change change) const {
        NodeRequest changed = request();
        change(changed);
        auto decoded = NodeRequest::decode(changed.encode());
        EXPECT_FALSE(decoded.ok());
        return decoded.ok() ? "" : decoded.error().message;
    }

    Authority authority;
    Newcomer node{7};
};

TEST_F(NodeRequestTest, it_reads_as_it_was_written) {
    const NodeRequest made = request();
    auto decoded = NodeRequest::decode(made.encode());
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    EXPECT_EQ(*decoded, made);
    EXPECT_EQ(NodeRequest::from_text(" " + made.to_text() + "\n").value(), made);
    EXPECT_EQ(made.id(), node.id());
}

TEST_F(NodeRequestTest, its_form_is_strict_and_canonical) {
    const Bytes valid = request().encode();
    bsn::testing::expect_strict_format(valid, NodeRequest::decode);
    bsn::testing::expect_canonical_format(valid, NodeRequest::decode,
                                          [](const NodeRequest& one) { return one.encode(); });
}

TEST_F(NodeRequestTest, text_that_is_no_request_is_refused) {
    for (const char* text : {"", " \n", "xyz", "4e", "4e01", "4e0", "{}"}) {
        EXPECT_EQ(code_of(NodeRequest::from_text(text)), Code::invalid_argument) << text;
    }
    EXPECT_EQ(code_of(NodeRequest::from_text("4e02")), Code::unsupported_version);
}

TEST_F(NodeRequestTest, fields_out_of_their_bounds_are_refused) {
    for (const char* name : {"", "-city", "a/b", "a b", "城"}) {
        expect_contains(refusal([&](NodeRequest& one) { one.name = name; }), "name of a city node");
    }
    refusal([](NodeRequest& one) { one.name = std::string(65, 'a'); });
    expect_contains(refusal([](NodeRequest& one) { one.city = ""; }), "the city has");
    refusal([](NodeRequest& one) { one.city = std::string(65, 'a'); });
    expect_contains(refusal([](NodeRequest& one) { one.operator_name = "a\nb"; }), "the operator");
    expect_contains(refusal([](NodeRequest& one) { one.validator.resize(31); }), "32 bytes");
    refusal([](NodeRequest& one) { one.validator.resize(33); });
    expect_contains(refusal([](NodeRequest& one) { one.ordering = ""; }), "needs the address");
    expect_contains(refusal([](NodeRequest& one) { one.ordering = "node.example.org:7380"; }),
                    "ID@HOST:PORT");
    refusal([](NodeRequest& one) { one.ordering[0] = 'A'; });
    refusal([](NodeRequest& one) { one.ordering = std::string(40, 'a') + "@node"; });
    expect_contains(refusal([](NodeRequest& one) { one.other_signature.data()[3] = 1; }),
                    "no node to replace");
    refusal([](NodeRequest& one) { one.certificate = std::string(9000, 'a'); });
}

TEST_F(NodeRequestTest, addresses) {
    for (const char* good :
         {"a:1", "node.example.org:7280", "192.0.2.1:65535", "[2001:db8::1]:9"}) {
        EXPECT_TRUE(check_node_address(good)) << good;
    }
    for (const char* bad : {"", "a", ":1", "a:", "a:0", "a:65536", "a:01", "a:1x", "a b:1",
                            "2001:db8::1:9", "[]:1", "[x]:1", "a:123456", "a@b:1"}) {
        EXPECT_FALSE(check_node_address(bad)) << bad;
    }
    EXPECT_EQ(host_of_address("node.example.org:7280"), "node.example.org");
    EXPECT_EQ(host_of_address("[2001:db8::1]:9"), "2001:db8::1");
}

TEST_F(NodeRequestTest, a_node_that_runs_no_cometbft_needs_no_address_of_one) {
    NodeRequest follower = node.request({});
    follower.validator.clear();
    follower.ordering.clear();
    EXPECT_TRUE(NodeRequest::decode(follower.encode()).ok());
}

TEST_F(NodeRequestTest, the_signature_covers_all_that_the_operators_agree_to) {
    EXPECT_TRUE(request().check_own_signature());
    const std::vector<std::function<void(NodeRequest&)>> changes{
        [](NodeRequest& one) { one.network.data()[0] ^= 1; },
        [](NodeRequest& one) { one.name += "x"; },
        [](NodeRequest& one) { one.city += "x"; },
        [](NodeRequest& one) { one.operator_name += "x"; },
        [](NodeRequest& one) {
            one.secp256k1 = make_key(SuiteId::secp256k1, 99).public_key().bytes;
        },
        [](NodeRequest& one) { one.sm2 = make_key(SuiteId::sm2, 99).public_key().bytes; },
        [](NodeRequest& one) {
            one.secp256r1 = make_key(SuiteId::secp256r1, 99).public_key().bytes;
        },
        [](NodeRequest& one) { one.validator[0] ^= 1; },
        [](NodeRequest& one) { one.peers = "evil.example.org:1"; },
        [](NodeRequest& one) { one.ordering[0] = 'b'; },
        [](NodeRequest& one) { one.replaces.data()[0] = 1; },
        [](NodeRequest& one) { one.signature.data()[9] ^= 1; },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        NodeRequest changed = request();
        changes[i](changed);
        EXPECT_FALSE(changed.check_own_signature().ok()) << "change " << i;
    }
    NodeRequest off_curve = request();
    off_curve.sm2 = {};
    expect_contains(off_curve.check_own_signature().error().message, "sm2 key");
}

}  // namespace
}  // namespace bsn::registry
