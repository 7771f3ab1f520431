// The conformance suite against our own ledger: three nodes in this process, with an embedded
// orderer, on a temporary folder.

#include "conformance_target.hpp"
#include "framework/ledger/ledger_framework.hpp"
#include "node/city_node.hpp"
#include "node/network_files.hpp"
#include "ordering/embedded_orderer.hpp"
#include "registry/contract.hpp"
#include "support/ledger_fixtures.hpp"
#include "support/temporary_folder.hpp"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace bsn::framework::conformance {
namespace {

using namespace std::chrono_literals;
using testing::make_key;

constexpr std::size_t k_nodes = 3;
constexpr auto k_tick = 20ms;
constexpr const char* k_app =
    R"({"name":"app","contracts":[{"name":"kv"},{"name":"evidence"}],"roles":[)"
    R"({"name":"writer","functions":["*"]},)"
    R"({"name":"reader","functions":["kv.get","kv.getHistory","evidence.get","evidence.find",)"
    R"("evidence.history"]}]})";

void require(const Status& status) {
    if (!status) throw std::runtime_error(status.error().message);
}

template <typename Value>
Value required(Result<Value> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(result).value();
}

/// What a city node is made of, without its HTTP API.
class LedgerNode {
  public:
    LedgerNode(const std::filesystem::path& folder, const ledger::Genesis& genesis,
               ordering::Orderer& orderer, ordering::PeerNetwork& network, Executor& pool,
               const Clock& clock)
        : identity(required(node::load_identity(folder))),
          view(ledger::system_channel(genesis.network())) {
        contract::add_builtin_contracts(contracts_);
        contracts_.add(registry::make_registry_contract());
        std::filesystem::create_directories(folder / "data");
        database_ = required(store::open_rocksdb(folder / "data" / "state"));
        batch_log_ = required(store::open_append_log(folder / "data" / "batches"));
        syncer_ = std::make_unique<store::ThreadSyncer>([this]() -> Status {
            BSN_CHECK(batch_log_->sync());
            return database_->sync();
        });
        peer::ReplicaServices services{*database_, *batch_log_, *syncer_, pool,
                                       clock,      identity,    network,  orderer};
        framework = std::make_unique<LedgerFramework>(services, contracts_, genesis, view);
        require(framework->open());
        orderer.subscribe(*framework, framework->first_needed_height());
    }

    /// After the pool has stopped. It tells those who wait, so it goes before them.
    void stop_syncer() { syncer_.reset(); }

  private:
    contract::Contracts contracts_;
    std::unique_ptr<store::Database> database_;
    std::unique_ptr<store::AppendLog> batch_log_;
    std::unique_ptr<store::Syncer> syncer_;

  public:
    const ordering::NodeIdentity identity;
    registry::View view;
    std::unique_ptr<LedgerFramework> framework;  ///< uses all of the above
};

node::NetworkPlan plan() {
    node::NetworkPlan network;
    network.name = "conformance";
    network.ordering = ledger::OrderingType::embedded;
    for (std::size_t number = 0; number < k_nodes; ++number) {
        node::NodePlan one;
        one.name = one.city = "city-" + std::to_string(number);
        one.operator_name = "operator";
        one.folder = "node" + std::to_string(number);
        one.host = one.listen = "127.0.0.1";
        one.validator = false;
        network.nodes.push_back(std::move(one));
    }
    return network;
}

/// The nodes of a folder while they run.
class RunningNetwork {
  public:
    RunningNetwork(const std::filesystem::path& folder, const ledger::Genesis& genesis)
        : orderer_(genesis.orderer, required(store::open_append_log(folder / "ordering")), clock_) {
        for (std::size_t number = 0; number < k_nodes; ++number) {
            auto home = folder / plan().nodes[number].folder;
            ids_.push_back(required(node::load_identity(home)).id());
            ports_.push_back(std::make_unique<Port>(*this, number));
            nodes.push_back(std::make_unique<LedgerNode>(home, genesis, orderer_, *ports_[number],
                                                         pool_, clock_));
        }
        open_ = true;
        require(orderer_.start());
        for (auto& node : nodes) require(node->framework->start());
        ticker_ = std::thread([this] {
            while (open_) {
                for (auto& node : nodes) node->framework->tick();
                std::this_thread::sleep_for(k_tick);
            }
        });
    }

    ~RunningNetwork() {
        open_ = false;
        ticker_.join();
        orderer_.stop();
        for (auto& node : nodes) node->framework->close();
        pool_.stop();
        for (auto& node : nodes) node->stop_syncer();
    }
    RunningNetwork(const RunningNetwork&) = delete;
    RunningNetwork& operator=(const RunningNetwork&) = delete;

    std::vector<std::unique_ptr<LedgerNode>> nodes;

  private:
    class Port final : public ordering::PeerNetwork {
      public:
        Port(RunningNetwork& network, std::size_t from) : network_(network), from_(from) {}

        void send(const ledger::NodeId& to, const ledger::ChannelId& channel,
                  ordering::Message message) override {
            network_.pool_.post([this, to, channel, message = std::move(message)]() mutable {
                if (!network_.open_) return;
                for (std::size_t number = 0; number < network_.ids_.size(); ++number) {
                    if (network_.ids_[number] != to) continue;
                    network_.nodes[number]->framework->receive(network_.ids_[from_], channel,
                                                               std::move(message));
                    return;
                }
            });
        }

      private:
        RunningNetwork& network_;
        const std::size_t from_;
    };

    SystemClock clock_;
    ThreadPool pool_{2};
    ordering::EmbeddedOrderer orderer_;
    std::vector<ledger::NodeId> ids_;
    std::vector<std::unique_ptr<Port>> ports_;
    std::atomic<bool> open_{false};
    std::thread ticker_;
};

KeySigner signer(std::uint32_t number) {
    auto key = make_key(crypto::SuiteId::secp256r1, number);
    Bytes participant = to_bytes(ledger::participant_id_of(key.public_key()).view());
    return {std::move(key), std::move(participant)};
}

class LedgerTarget final : public ConformanceTarget {
  public:
    LedgerTarget() {
        node::NetworkPlan network = plan();
        network.operators.push_back({"operator", operator_.public_key()});
        require(node::make_network_files(folder_.path(), network, SystemClock().now()));
        genesis_ = required(node::read_genesis(folder_.path() / "genesis.json"));
        network_ = std::make_unique<RunningNetwork>(folder_.path(), genesis_);
        call_system({{&operator_, "publish_app", {k_app}}});
        call_system(
            {{&writer_, "join_app", {"app", "writer"}}, {&reader_, "join_app", {"app", "reader"}}});
        // In one block, so that the app need not make two for it.
        call_system({{&operator_, "approve", {"app", to_hex(writer_.participant())}},
                     {&operator_, "approve", {"app", to_hex(reader_.participant())}}});
        wait_for_all([&](const peer::Replica& replica) {
            return may(replica, writer_, "set") && may(replica, reader_, "get");
        });
    }

    std::size_t nodes() const override { return k_nodes; }
    Framework& framework(std::size_t node) override { return *network_->nodes.at(node)->framework; }
    Bytes channel() const override { return to_bytes(app().channel.view()); }
    const Signer& writer() const override { return writer_; }
    const Signer& reader() const override { return reader_; }
    const Signer& stranger() const override { return stranger_; }

    void restart() override {
        network_.reset();
        network_ = std::make_unique<RunningNetwork>(folder_.path(), genesis_);
    }

    Bytes trusted_state() override { return to_bytes(genesis_.to_json()); }
    Bytes foreign_trusted_state() override {
        ledger::Genesis foreign = genesis_;
        foreign.name = "another network";
        return to_bytes(foreign.to_json());
    }
    std::optional<Bytes> header() override { return required(system().prove(app().creation)); }

    bool deploy_papers() override {
        call_system({{&operator_, "upgrade_contract", {"app", "papers", "evidence", "1"}}});
        wait_for_all([](const peer::Replica& replica) {
            return replica.access().contract("papers").has_value();
        });
        return true;
    }

  private:
    Chain& system() { return network_->nodes.front()->framework->system_chain(); }
    registry::AppRecord app() const { return network_->nodes.front()->view.app("app")->record; }

    struct Call {
        const Signer* signer;
        std::string function;
        std::vector<std::string> arguments;
    };
    void call_system(const std::vector<Call>& calls) {
        std::vector<Bytes> transactions;
        for (const Call& call : calls) {
            Invocation made;
            made.contract = "registry";
            made.function = call.function;
            for (const std::string& argument : call.arguments) {
                made.arguments.push_back(to_bytes(argument));
            }
            made.identity = call.signer;
            transactions.push_back(required(system().make_transaction(made)));
        }
        for (const Answer& answer : submit(system(), transactions)) {
            if (!answer) throw std::runtime_error(answer.error().message);
            if (!answer->success) throw std::runtime_error(answer->error);
        }
    }

    static bool may(const peer::Replica& replica, const Signer& signer, std::string_view function) {
        auto id = ledger::ParticipantId::from(signer.participant()).value();
        return replica.access().authorize(id, signer.public_key(), "kv", function).ok();
    }

    /// Waits until the app's replicas on all nodes are as they should be.
    template <typename Condition>
    void wait_for_all(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + k_patience;
        for (auto& node : network_->nodes) {
            while (!holds(*node, condition)) {
                if (std::chrono::steady_clock::now() > deadline) {
                    throw std::runtime_error("the app did not become ready");
                }
                std::this_thread::sleep_for(2ms);
            }
        }
    }
    template <typename Condition>
    bool holds(const LedgerNode& node, Condition condition) const {
        auto record = node.view.app("app");
        if (!record) return false;
        for (const auto& [channel, replica] : node.framework->replicas()) {
            if (channel == record->record.channel) return condition(*replica);
        }
        return false;
    }

    TemporaryFolder folder_;
    KeySigner operator_ = signer(10);
    KeySigner writer_ = signer(11);
    KeySigner reader_ = signer(12);
    KeySigner stranger_ = signer(13);
    ledger::Genesis genesis_;
    std::unique_ptr<RunningNetwork> network_;
};

INSTANTIATE_TEST_SUITE_P(ledger, FrameworkConformance,
                         ::testing::Values(NamedTarget{
                             "ledger", [] { return std::make_unique<LedgerTarget>(); }}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace bsn::framework::conformance
