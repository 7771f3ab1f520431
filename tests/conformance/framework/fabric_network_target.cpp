// The conformance suite against a channel of Fabric that others run, and that our client joins: the
// one that $BSN_FABRIC_NETWORK describes (tests/support/fabric_network.py), of Fabric 2.5 or 3.1,
// with orderers by Raft or BFT. tests/e2e/fabric_client_test.py runs it. Whose user writes is the
// target's to say, since Fabric's own policies let every member of an organisation write.

#include "fabric/real_network.hpp"
#include "framework/fabric/client/proof.hpp"
#include "suite.hpp"
#include "support/ledger_fixtures.hpp"

namespace bsn::framework::conformance {
namespace {

using fabric::testing::KnownUsers;
using fabric::testing::RealNetwork;

/// One node's view of the channel: a client of its own, as a user of one organisation.
class JoinedFabric final : public Framework {
  public:
    JoinedFabric(const RealNetwork& network, std::size_t organization, const Signer& writer,
                 std::vector<fabric::Identity> users, Executor& executor)
        : channel_(to_bytes(network.channel())) {
        fabric::FabricChainOptions options;
        options.channel = network.channel();
        options.peers = network.peers();
        std::rotate(options.peers.begin(),
                    options.peers.begin() + static_cast<std::ptrdiff_t>(organization),
                    options.peers.end());
        options.orderers = network.orderers();
        options.reader = network.identity(organization, "user");
        options.configuration = network.first_block();
        options.certificates = std::make_shared<KnownUsers>(std::move(users));
        options.may_write = [key = writer.public_key()](const crypto::PublicKey& signer) {
            return signer == key ? Status()
                                 : Status(Error{Code::forbidden, "this user only reads"});
        };
        chain_ = required(fabric::FabricChain::open(std::move(options), executor));
        const auto end = std::chrono::steady_clock::now() + k_patience;
        while (!chain_->ready() && std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        if (!chain_->ready()) throw std::runtime_error(chain_->trouble());
    }

    std::string_view name() const override { return "fabric"; }
    Capabilities capabilities() const override { return {true, true, true}; }
    Result<Chain*> open_chain(ByteView channel) override {
        if (!left_ && equal(channel, channel_)) return static_cast<Chain*>(chain_.get());
        return Error{Code::unavailable, "this node has no such channel"};
    }
    Status leave_chain(ByteView channel) override {
        left_ = left_ || equal(channel, channel_);
        return {};
    }
    Result<Verified> verify(ByteView proof, ByteView trusted_state) const override {
        return fabric::verify_proof(proof, trusted_state);
    }
    Result<Bytes> update(ByteView trusted_state, ByteView header) const override {
        return fabric::update_trust(trusted_state, header);
    }
    std::string trusted_state() const { return chain_->trusted_state(); }

  private:
    const Bytes channel_;
    std::unique_ptr<fabric::FabricChain> chain_;
    bool left_ = false;
};

class FabricNetworkTarget final : public ConformanceTarget {
  public:
    FabricNetworkTarget() { start(); }
    ~FabricNetworkTarget() override { stop(); }

    std::size_t nodes() const override { return nodes_.size(); }
    Framework& framework(std::size_t node) override { return *nodes_.at(node); }
    Bytes channel() const override { return to_bytes(network_.channel()); }
    const Signer& writer() const override { return *writer_.signer; }
    const Signer& reader() const override { return *reader_.signer; }
    const Signer& stranger() const override { return stranger_; }

    void restart() override {
        stop();
        start();
    }

    Bytes trusted_state() override { return to_bytes(nodes_.front()->trusted_state()); }
    /// The same names, each with another organisation's authority.
    Bytes foreign_trusted_state() override {
        auto trust = nlohmann::json::parse(nodes_.front()->trusted_state());
        auto& members = trust["members"];
        for (std::size_t i = 1; i < members.size(); ++i) {
            std::swap(members[0]["msp_id"], members[i]["msp_id"]);
        }
        return to_bytes(trust.dump());
    }

  private:
    void start() {
        pool_ = std::make_unique<ThreadPool>(2);
        for (std::size_t one = 0; one < network_.organizations(); ++one) {
            nodes_.push_back(std::make_unique<JoinedFabric>(network_, one, writer(),
                                                            std::vector{writer_, reader_}, *pool_));
        }
    }
    void stop() {
        nodes_.clear();
        pool_->stop();
    }

    const RealNetwork network_;
    const fabric::Identity writer_ = network_.identity(0, "user");
    const fabric::Identity reader_ = network_.identity(1, "user");
    const KeySigner stranger_{bsn::testing::make_key(crypto::SuiteId::secp256r1, 13), Bytes(32, 1)};
    std::unique_ptr<ThreadPool> pool_;
    std::vector<std::unique_ptr<JoinedFabric>> nodes_;
};

std::string missing_network() {
    return std::getenv("BSN_FABRIC_NETWORK") == nullptr ? "BSN_FABRIC_NETWORK names no network"
                                                        : "";
}

INSTANTIATE_TEST_SUITE_P(fabric_network, FrameworkConformance,
                         ::testing::Values(NamedTarget{
                             "fabric_network",
                             [] { return std::make_unique<FabricNetworkTarget>(); }, true,
                             missing_network}),
                         name_of_target);

}  // namespace
}  // namespace bsn::framework::conformance
