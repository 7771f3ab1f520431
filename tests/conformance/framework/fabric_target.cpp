// The conformance suite against channels of Fabric that city nodes run: three nodes in this
// process, each with a real peer and a real orderer, told by a permission chain in memory.

#include "framework/fabric/network/managed_framework.hpp"
#include "framework/fabric/network/own_organisation.hpp"
#include "framework/fabric/network/plan_trust.hpp"
#include "suite.hpp"
#include "support/fabric_permissions.hpp"
#include "support/fabric_programs.hpp"
#include "support/ledger_fixtures.hpp"
#include "support/temporary_folder.hpp"

#include <set>
#include <thread>

namespace bsn::framework::conformance {
namespace {

using namespace std::chrono_literals;
using fabric::testing::NodeView;
using fabric::testing::SharedChain;

constexpr std::uint8_t k_nodes = 3;
constexpr std::uint16_t k_first_port = 26'000;
constexpr std::uint16_t k_ports_of_node = 20;
/// Programs start, agree on who leads, and join.
constexpr auto k_opening = 120s;

KeySigner signer(std::uint32_t number) {
    auto key = bsn::testing::make_key(crypto::SuiteId::secp256r1, number);
    Bytes participant = to_bytes(ledger::participant_id_of(key.public_key()).view());
    return {std::move(key), std::move(participant)};
}

class FabricTarget final : public ConformanceTarget {
  public:
    FabricTarget() {
        contract::add_builtin_contracts(contracts_);
        start();
        wait_for("the nodes' organisations", [this] {
            std::lock_guard lock(permissions_.mutex);
            return permissions_.announced.size() == k_nodes;
        });
        publish();
        wait_until_open();
    }
    ~FabricTarget() override { stop(); }

    std::size_t nodes() const override { return running_.size(); }
    Framework& framework(std::size_t node) override { return *running_.at(node)->fabric; }
    Bytes channel() const override { return Bytes(32, 1); }
    const Signer& writer() const override { return writer_; }
    const Signer& reader() const override { return reader_; }
    const Signer& stranger() const override { return stranger_; }

    void restart() override {
        stop();
        start();
        wait_until_open();
    }
    int restarts() const override { return 1; }

    Bytes trusted_state() override {
        return to_bytes(required(fabric::trusted_state_of(plan_.channel)));
    }
    /// The same channel, of organisations that have the same names.
    Bytes foreign_trusted_state() override {
        fabric::ChannelPlan other = plan_.channel;
        for (registry::FabricMember& member : other.channel.members) {
            const auto made = required(fabric::OwnOrganisation::open(
                folder_.path() / "other" / member.name, member.organisation.msp, {"127.0.0.1"},
                clock_.now()));
            member.organisation.authority = made.authority();
            member.organisation.tls_authority = made.tls_authority();
            member.organisation.orderer_certificate = required(made.tls_certificate_of("orderer"));
        }
        return to_bytes(required(fabric::trusted_state_of(other)));
    }

  private:
    struct Node {
        Node(FabricTarget& target, std::uint8_t number)
            : view(target.permissions_, name_of(number)) {
            fabric::ManagedNetworkOptions options;
            options.folder = target.folder_.path() / name_of(number) / "fabric";
            options.node_name = name_of(number);
            options.node = bsn::testing::filled<ledger::NodeId>(number);
            options.first_port =
                static_cast<std::uint16_t>(k_first_port + k_ports_of_node * number);
            fabric = std::make_unique<fabric::ManagedFabric>(
                options, view,
                [&target](ByteView /*channel*/, const crypto::PublicKey& key,
                          const std::string& contract, const std::string& function) {
                    return target.may_call(key, contract, function);
                },
                target.contracts_, target.clock_, *target.pool_);
            fabric->start();
        }
        static std::string name_of(std::uint8_t number) { return "city-" + std::to_string(number); }

        NodeView view;
        std::unique_ptr<fabric::ManagedFabric> fabric;
    };

    /// As the permission chain's roles say.
    Status may_call(const crypto::PublicKey& key, const std::string& contract,
                    const std::string& function) const {
        static const std::set<std::string> reads{"get", "getHistory", "find", "history"};
        if (key == writer_.public_key()) return {};
        if (key == reader_.public_key() && reads.contains(function)) return {};
        return Error{Code::forbidden, "no role permits " + contract + "." + function};
    }

    void start() {
        pool_ = std::make_unique<ThreadPool>(2);
        for (std::uint8_t number = 1; number <= k_nodes; ++number) {
            running_.push_back(std::make_unique<Node>(*this, number));
        }
    }
    void stop() {
        running_.clear();
        pool_->stop();
    }

    void publish() {
        std::lock_guard lock(permissions_.mutex);
        plan_.channel.name = fabric::channel_name(channel());
        plan_.channel.created = clock_.now();
        for (const auto& [name, organisation] : permissions_.announced) {
            plan_.channel.channel.members.push_back({{}, name, organisation, true});
        }
        plan_.contracts = {{"kv", "kv", 1}, {"evidence", "evidence", 1}};
        permissions_.apps[channel()] = plan_;
    }

    bool is_open(const Node& node) const {
        auto chain = node.fabric->open_chain(channel());
        return chain && dynamic_cast<fabric::PermittedChain&>(**chain).ready();
    }
    void wait_until_open() const {
        wait_for("the channel on all nodes", [this] {
            return std::all_of(running_.begin(), running_.end(),
                               [this](const auto& node) { return is_open(*node); });
        });
    }
    void wait_for(const std::string& what, const std::function<bool()>& condition) const {
        const auto end = std::chrono::steady_clock::now() + k_opening;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) {
                std::string words = what + ": not in time";
                for (const auto& node : running_) {
                    const auto progress = node->fabric->state(channel()).progress;
                    words += "\n" + progress.step + ": " + progress.reason;
                }
                throw std::runtime_error(words);
            }
            std::this_thread::sleep_for(20ms);
        }
    }

    TemporaryFolder folder_;
    SystemClock clock_;
    contract::Contracts contracts_;
    SharedChain permissions_;
    fabric::AppPlan plan_;
    KeySigner writer_ = signer(11);
    KeySigner reader_ = signer(12);
    KeySigner stranger_ = signer(13);
    std::unique_ptr<ThreadPool> pool_;
    std::vector<std::unique_ptr<Node>> running_;
};

std::string missing_programs() {
    const auto found = fabric::testing::programs_for_tests();
    return found ? "" : "needs the programs of Fabric: " + found.error().message;
}

INSTANTIATE_TEST_SUITE_P(fabric, FrameworkConformance,
                         ::testing::Values(NamedTarget{
                             "fabric", [] { return std::make_unique<FabricTarget>(); }, true,
                             missing_programs}),
                         name_of_target);

}  // namespace
}  // namespace bsn::framework::conformance
