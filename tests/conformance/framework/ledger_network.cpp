#include "ledger_network.hpp"

#include "registry/contract.hpp"

namespace bsn::framework::conformance {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t k_nodes = 3;
constexpr auto k_tick = 20ms;

}  // namespace

node::NetworkPlan ledger_network_plan() {
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

LedgerNode::LedgerNode(const std::filesystem::path& folder, const ledger::Genesis& genesis,
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

class LedgerNetwork::Port final : public ordering::PeerNetwork {
  public:
    Port(LedgerNetwork& network, std::size_t from) : network_(network), from_(from) {}

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
    LedgerNetwork& network_;
    const std::size_t from_;
};

LedgerNetwork::LedgerNetwork(const std::filesystem::path& folder, const ledger::Genesis& genesis)
    : orderer_(genesis.orderer, required(store::open_append_log(folder / "ordering")), clock_) {
    for (std::size_t number = 0; number < k_nodes; ++number) {
        auto home = folder / ledger_network_plan().nodes[number].folder;
        ids_.push_back(required(node::load_identity(home)).id());
        ports_.push_back(std::make_unique<Port>(*this, number));
        nodes.push_back(
            std::make_unique<LedgerNode>(home, genesis, orderer_, *ports_[number], pool_, clock_));
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

LedgerNetwork::~LedgerNetwork() {
    open_ = false;
    ticker_.join();
    orderer_.stop();
    for (auto& node : nodes) node->framework->close();
    pool_.stop();
    for (auto& node : nodes) node->stop_syncer();
}

}  // namespace bsn::framework::conformance
