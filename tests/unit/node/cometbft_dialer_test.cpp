#include "node/cometbft_dialer.hpp"

#include "support/fake_rpc.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace bsn::node {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

/// Answers the one question that a dialer has.
struct FakeRpc : testing::FakeRpc {
    explicit FakeRpc(const Json& net_info)
        : testing::FakeRpc([net_info](const std::string& method, const Json&) {
              return Json{{"result", method == "net_info" ? net_info : Json::object()}};
          }) {}
};

Json connected_to(const std::vector<std::string>& ids) {
    Json peers = Json::array();
    for (const std::string& id : ids) peers.push_back({{"node_info", {{"id", id}}}});
    return {{"n_peers", std::to_string(ids.size())}, {"peers", peers}};
}

/// The calls that came until there were so many.
std::vector<Json> calls_of(FakeRpc& rpc, std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (rpc.calls().size() < count && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(2ms);
    }
    return rpc.calls();
}

TEST(CometbftDialer, WhoIsMissingIsDialled) {
    FakeRpc rpc(connected_to({"aa"}));
    const CometbftDialer dialer({false, "127.0.0.1", rpc.port}, {"aa@a:1", "bb@b:2"}, 5ms);
    const std::vector<Json> calls = calls_of(rpc, 4);
    ASSERT_GE(calls.size(), 4U);
    EXPECT_EQ(calls[0]["method"], "net_info");
    EXPECT_EQ(calls[1]["method"], "dial_peers");
    EXPECT_EQ(calls[1]["params"]["peers"], Json::array({"bb@b:2"}));
    EXPECT_EQ(calls[3]["method"], "dial_peers") << "again and again";
}

TEST(CometbftDialer, NobodyIsDialledTwice) {
    FakeRpc rpc(connected_to({"aa", "bb"}));
    const CometbftDialer dialer({false, "127.0.0.1", rpc.port}, {"aa@a:1", "bb@b:2"}, 5ms);
    for (const Json& call : calls_of(rpc, 3)) EXPECT_EQ(call["method"], "net_info");
}

TEST(CometbftDialer, AnswersOfAnotherFormAreNoHarm) {
    for (const Json& strange : {Json(), Json(7), Json{{"peers", 7}}, Json{{"peers", {7, "x"}}},
                                Json{{"peers", {{{"node_info", 7}}}}}}) {
        FakeRpc rpc(strange);
        const CometbftDialer dialer({false, "127.0.0.1", rpc.port}, {"aa@a:1"}, 5ms);
        EXPECT_GE(calls_of(rpc, 2).size(), 2U) << strange;
    }
}

TEST(CometbftDialer, PeersThatComeLaterAreDialledAtOnce) {
    FakeRpc rpc(connected_to({"aa"}));
    CometbftDialer dialer({false, "127.0.0.1", rpc.port}, {}, 1h);
    dialer.set_peers({"aa@a:1", "bb@b:2"});
    const std::vector<Json> calls = calls_of(rpc, 2);
    ASSERT_EQ(calls.size(), 2U) << "nobody is asked about nobody";
    EXPECT_EQ(calls[1]["params"]["peers"], Json::array({"bb@b:2"}));
    dialer.set_peers({"cc@c:3"});
    EXPECT_EQ(calls_of(rpc, 4).at(3)["params"]["peers"], Json::array({"cc@c:3"}));
}

}  // namespace
}  // namespace bsn::node
