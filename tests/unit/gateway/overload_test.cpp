// A chain of others that does not answer: whoever asks it once too many wait is told so.
#include "gateway_fixture.hpp"
#include "published_request.hpp"

#include <future>

namespace bsn::testing {
namespace {

using nlohmann::json;

constexpr const char* k_query = "/v1/apps/open/query";
constexpr const char* k_echo = R"({"contract":"kv","function":"echo","arguments":["hello"]})";

class Overload : public GatewayTest {
  protected:
    void SetUp() override {
        GatewayTest::SetUp();
        options.lanes = {.at_once = 1, .most_waiting = 2};
        backend.change_app("open", [](registry::App& app) {
            app.record.fabric_network.emplace();
            app.record.gateway.published = true;
        });
        backend.open().on_query = [this] {
            ++asked;
            released.wait();
        };
    }
    void TearDown() override {
        release();
        GatewayTest::TearDown();
    }
    void release() {
        if (!std::exchange(is_released_, true)) release_.set_value();
    }
    /// Sends queries one after the other until one is answered at once; the others wait.
    Answer ask_until_full() {
        for (int i = 0; i < 3; ++i) {
            waiting.push_back(std::make_unique<TestClient>(server->port()));
            EXPECT_TRUE(waiting.back()->send(TestClient::encode(
                "POST", k_query, {{"Content-Type", "application/json"}}, k_echo)));
            if (i == 0) {
                EXPECT_TRUE(eventually([&] { return asked == 1; }));
            }
        }
        Answer answer;
        EXPECT_TRUE(eventually([&] {
            answer = post(k_query, gateway::k_json_type, k_echo);
            return answer.status == 429;
        }));
        return answer;
    }

  private:
    std::promise<void> release_;
    bool is_released_ = false;

  protected:
    const std::shared_future<void> released = release_.get_future().share();
    std::atomic<int> asked = 0;
    std::vector<std::unique_ptr<TestClient>> waiting;
};

TEST_F(Overload, IsToldInTheFormOfEachProtocolAndPassesByItself) {
    serve();
    const Answer refusal = ask_until_full();
    EXPECT_EQ(refusal.code(), "overloaded");
    EXPECT_NE(refusal.message().find("the chain of open"), std::string::npos) << refusal.body;
    backend.add_participant(member.record(), true);
    backend.change_app("open", [this](registry::App& app) {
        app.members[member.id].state = registry::MembershipState::approved;
    });
    const json told = json::parse(post("/api/fabric/v1/node/getLedgerInfo", "",
                                       published_request(member, "open", "", json::object()).dump())
                                      .body);
    EXPECT_EQ(told["header"]["code"], -1) << told;
    EXPECT_NE(told["header"]["msg"].get<std::string>().find("too many requests wait"),
              std::string::npos)
        << told;
    // Another app's requests are not held up.
    EXPECT_EQ(post_as(member, "/v1/apps/kv/query", k_echo).status, 200);
    release();
    EXPECT_EQ(waiting.front()->read_answer().status, 200);
    EXPECT_EQ(post(k_query, gateway::k_json_type, k_echo).status, 200);
}

}  // namespace
}  // namespace bsn::testing
