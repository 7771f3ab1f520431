#pragma once
// A FISCO BCOS network outside, in this process: real headers, signatures and proofs behind the
// JSON-RPC that our own nodes serve, without HTTP.

#include "framework/fisco/fisco_rpc.hpp"
#include "framework/fisco_network/network_framework.hpp"
#include "support/fake_fisco_chain.hpp"

#include <gtest/gtest.h>

#include <future>

namespace bsn::testing {

namespace network = framework::fisco_network;
using framework::rpc::Json;

/// Asks a chain's RPC; what it answers can be changed on the way.
class InProcessCaller final : public framework::rpc::Caller {
  public:
    /// Changes the result of a method at an endpoint.
    using Change = std::function<void(std::size_t endpoint, std::string_view method, Json& result)>;

    InProcessCaller(const framework::fisco::Groups& groups, std::size_t endpoints, Change change)
        : endpoints_(endpoints), change_(std::move(change)), rpc_(groups) {}

    std::vector<std::size_t> order() const override {
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < endpoints_; ++i) order.push_back(i);
        return order;
    }
    Result<framework::rpc::Answer<Json>> call_at(std::size_t endpoint, std::string_view method,
                                                 const Json& params) override {
        std::promise<std::string> said;
        rpc_.answer(
            Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}.dump(),
            [&](std::string text) { said.set_value(std::move(text)); });
        auto answer = framework::rpc::read_answer(said.get_future().get(), 1);
        if (answer && *answer && change_) change_(endpoint, method, **answer);
        return answer;
    }
    Result<framework::rpc::Answer<Json>> call(std::string_view method,
                                              const Json& params) override {
        return call_at(0, method, params);
    }

  private:
    const std::size_t endpoints_;
    const Change change_;
    fisco::FiscoRpc rpc_;
};

class FiscoNetworkTest : public ::testing::TestWithParam<crypto::SuiteId> {
  protected:
    FiscoNetworkTest() {
        groups.chains = {{1, &outside}};
        trust.suite = GetParam();
        trust.sealers = (*outside.header(0)).header.sealer_list;
    }

    std::unique_ptr<framework::rpc::Caller> caller(std::size_t endpoints = 1) {
        return std::make_unique<InProcessCaller>(
            groups, endpoints, [this](std::size_t endpoint, std::string_view method, Json& result) {
                if (change) change(endpoint, method, result);
            });
    }
    /// A chain that looks for blocks every few milliseconds.
    std::unique_ptr<network::FiscoNetworkChain> open(network::ChainOptions options = {}) {
        options.poll_ms = 5;
        return std::make_unique<network::FiscoNetworkChain>(caller(), trust, std::move(options));
    }
    static void wait_for_height(framework::Chain& chain, std::uint64_t height) {
        std::promise<void> reached;
        chain.when_height(height, [&] { reached.set_value(); });
        ASSERT_EQ(reached.get_future().wait_for(std::chrono::seconds(20)),
                  std::future_status::ready);
    }
    static std::vector<Result<framework::TransactionView>> submit(framework::Chain& chain,
                                                                  std::vector<Bytes> transactions,
                                                                  std::uint64_t timeout = 20'000) {
        std::promise<std::vector<Result<framework::TransactionView>>> told;
        chain.submit(std::move(transactions), timeout,
                     [&](auto answers) { told.set_value(std::move(answers)); });
        return told.get_future().get();
    }
    network::GroupClient client(std::size_t endpoints = 1) {
        kept.push_back(caller(endpoints));
        return {*kept.back(), trust};
    }

    FakeFiscoChain outside{1, GetParam()};
    FakeGroups groups;
    network::Trust trust;
    std::function<void(std::size_t, std::string_view, Json&)> change;
    std::vector<std::unique_ptr<framework::rpc::Caller>> kept;
};

}  // namespace bsn::testing
