// Which apps an endpoint's clients find as groups.
#include "gateway/fisco/app_groups.hpp"

#include "framework/fisco/fisco_rpc.hpp"
#include "support/fake_backend.hpp"
#include "support/fake_fisco_chain.hpp"

#include <gtest/gtest.h>

namespace bsn::testing {
namespace {

/// An app's chain of which only the RPC is asked for.
class FiscoApp final : public FakeChain {
  public:
    FiscoApp(Executor& executor, std::uint64_t group) : FakeChain(executor), chain(group) {}
    framework::ClientRpc* client_rpc() override { return &rpc; }

    FakeFiscoChain chain;
    fisco::OneGroup groups{chain, "test"};
    fisco::FiscoRpc rpc{groups};
};

/// A node with apps of its own choice.
class AppsNode final : public FakeBackend {
  public:
    using FakeBackend::FakeBackend;

    void publish(std::string name, std::uint64_t chain_id, std::uint64_t group,
                 crypto::SuiteId suite = crypto::SuiteId::secp256k1, bool is_public = true) {
        auto app = std::make_shared<registry::App>();
        app->record.name = name;
        app->record.suite = suite;
        app->record.dialect.emplace();
        app->record.dialect->dialect = ledger::Dialect::fisco;
        app->record.dialect->chain_id = chain_id;
        app->record.dialect->group = group;
        published_[name] = app;
        if (!is_public) private_.insert(name);
    }
    void open(const std::string& name, framework::Chain& chain) { open_[name] = &chain; }

    std::vector<std::shared_ptr<const registry::App>> apps() const override {
        std::vector<std::shared_ptr<const registry::App>> list;
        for (const auto& [name, app] : published_) list.push_back(app);
        return list;
    }
    std::shared_ptr<const registry::App> app(std::string_view name) const override {
        auto found = published_.find(std::string(name));
        return found == published_.end() ? nullptr : found->second;
    }
    Status may_read(const registry::App& app, const registry::Caller*) const override {
        if (!private_.contains(app.record.name)) return {};
        return Error{Code::unauthenticated, "for its participants"};
    }
    Result<framework::Chain*> chain(std::string_view app) override {
        auto found = open_.find(std::string(app));
        if (found == open_.end()) return Error{Code::unavailable, "not here"};
        return found->second;
    }

  private:
    std::map<std::string, std::shared_ptr<registry::App>> published_;
    std::map<std::string, framework::Chain*> open_;
    std::set<std::string> private_;
};

class AppGroupsTest : public ::testing::Test {
  protected:
    ThreadPool pool{1};
    AppsNode node{pool};
    FiscoApp one{pool, 1};
    FiscoApp two{pool, 2};
    gateway::fisco::AppGroups groups{node, crypto::SuiteId::secp256k1, "test"};
};

TEST_F(AppGroupsTest, AppsAreFoundByTheirNumbers) {
    node.publish("a", 1, 1);
    node.publish("b", 1, 2);
    node.open("a", one);
    node.open("b", two);
    EXPECT_EQ(groups.numbers(), (std::vector<std::uint64_t>{1, 2}));
    EXPECT_EQ(*groups.find(1), &one.chain);
    EXPECT_EQ(*groups.find(2), &two.chain);
    EXPECT_EQ(groups.find(3).error().code, Code::not_found);
    EXPECT_EQ(groups.endpoint().chain_id, 1U);
}

TEST_F(AppGroupsTest, OneSuiteAndOneChainIdAtAnEndpoint) {
    node.publish("a", 7, 1);
    node.publish("other chain", 8, 2);
    node.publish("sm", 7, 2, crypto::SuiteId::sm2);
    node.open("a", one);
    node.open("other chain", two);
    node.open("sm", two);
    EXPECT_EQ(groups.numbers(), (std::vector<std::uint64_t>{1}));
    EXPECT_EQ(groups.endpoint().chain_id, 7U);
    EXPECT_EQ(groups.endpoint().suite, crypto::SuiteId::secp256k1);
    EXPECT_TRUE(gateway::fisco::AppGroups::are_there(node, crypto::SuiteId::sm2));
}

TEST_F(AppGroupsTest, OnlyWhatEverybodyMayReadAndIsHere) {
    node.publish("private", 1, 1, crypto::SuiteId::secp256k1, false);
    node.publish("elsewhere", 1, 2);
    node.open("private", one);
    EXPECT_TRUE(groups.numbers().empty());
    EXPECT_EQ(groups.find(1).error().code, Code::unauthenticated);
    EXPECT_EQ(groups.find(2).error().code, Code::unavailable);
}

TEST_F(AppGroupsTest, NoAppsAtAll) {
    EXPECT_TRUE(groups.numbers().empty());
    EXPECT_FALSE(gateway::fisco::AppGroups::are_there(node, crypto::SuiteId::secp256k1));
    EXPECT_EQ(groups.endpoint().chain_id, 1U);
}

}  // namespace
}  // namespace bsn::testing
