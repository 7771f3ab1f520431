#include "node/local_network.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "node/city_node.hpp"
#include "node/in_process_network.hpp"
#include "node/local_processes.hpp"
#include "node/network_files.hpp"
#include "node/stop_signals.hpp"
#include "ordering/embedded_orderer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <list>
#include <thread>

namespace bsn::node {
namespace {

constexpr std::size_t k_max_nodes = 16;      ///< in one process
constexpr std::size_t k_max_processes = 64;  ///< the ports of one are 100 apart
constexpr std::size_t k_most_validators = 16;
constexpr std::string_view k_operator_name = "local operator";

/// Cities that the nodes of a local network are named after.
constexpr std::array<std::string_view, k_max_nodes> k_cities{
    "beijing", "shanghai", "guangzhou", "shenzhen", "chengdu", "hangzhou", "wuhan",  "xian",
    "nanjing", "tianjin",  "chongqing", "suzhou",   "qingdao", "dalian",   "xiamen", "kunming"};

std::string city_of(std::size_t number) {
    const std::string_view city = k_cities.at(number % k_cities.size());
    const std::size_t round = number / k_cities.size();
    return round == 0 ? std::string(city) : fmt::format("{}{}", city, round + 1);
}

std::filesystem::path node_folder(const LocalNetworkOptions& options, std::size_t number) {
    return options.folder / fmt::format("node{}", number + 1);
}

/// The local network is one like any other, but for its addresses.
NetworkPlan plan_of(const LocalNetworkOptions& options) {
    NetworkPlan plan;
    plan.name = "local network";
    plan.ordering = options.ordering;
    const std::size_t validators =
        options.validators > 0 ? options.validators : std::min(options.nodes, k_most_validators);
    for (std::size_t number = 0; number < options.nodes; ++number) {
        NodePlan node;
        node.name = node.city = city_of(number);
        node.operator_name = k_operator_name;
        node.folder = node_folder(options, number).filename().string();
        node.host = node.listen = options.host;
        auto port = [&](unsigned above) {
            return static_cast<std::uint16_t>(options.first_port + number + above);
        };
        node.ports = {port(0),          port(k_peers_port), port(k_ordering_port),
                      port(k_rpc_port), port(k_fisco_port), port(k_fisco_sm_port)};
        node.validator = number < validators;
        node.tls = false;
        node.callbacks = options.callbacks;
        node.packages = options.packages;
        plan.nodes.push_back(std::move(node));
    }
    return plan;
}

/// Each node keeps users' keys under a master key of its own. Networks of before get one, too.
Status ensure_custody_keys(const LocalNetworkOptions& options) {
    for (std::size_t number = 0; number < options.nodes; ++number) {
        Status made = gateway::make_master_key_file(node_folder(options, number) / k_custody_key);
        if (!made && made.error().code != Code::already_exists) return made;
    }
    return {};
}

constexpr auto k_tick = std::chrono::milliseconds(100);

/// The parts of a network in one process, in the order in which they are made; they end in the
/// opposite order, so that nothing is called that has gone.
class LocalNetwork {
  public:
    LocalNetwork(const LocalNetworkOptions& options, ledger::Genesis genesis)
        : options_(options),
          genesis_(std::move(genesis)),
          genesis_json_(genesis_.to_json()),
          pool_(std::max<std::size_t>(2, std::thread::hardware_concurrency())),
          network_(pool_) {}

    ~LocalNetwork() { close(); }

    Status open() {
        BSN_TRY(log, store::open_append_log(options_.folder / "ordering"));
        orderer_ =
            std::make_unique<ordering::EmbeddedOrderer>(genesis_.orderer, std::move(log), clock_);
        for (std::size_t number = 0; number < genesis_.nodes.size(); ++number) {
            BSN_CHECK(open_node(number));
        }
        BSN_CHECK(orderer_->start());
        for (CityNode& node : nodes_) BSN_CHECK(node.start());
        for (CityNode& node : nodes_) BSN_CHECK(node.serve());
        return {};
    }

    /// Every `k_tick`.
    void tick() {
        for (CityNode& node : nodes_) node.tick();
    }

    void close() {
        for (CityNode& node : nodes_) node.stop_serving();
        if (orderer_) orderer_->stop();
        for (CityNode& node : nodes_) node.close();
        pool_.stop();
        nodes_.clear();
    }

    std::list<CityNode>& nodes() { return nodes_; }
    Executor& pool() { return pool_; }

  private:
    Status open_node(std::size_t number) {
        auto folder = node_folder(options_, number);
        BSN_TRY(identity, load_identity(folder));
        gateway::HttpServerOptions http;
        http.address = options_.host;
        http.port = static_cast<std::uint16_t>(options_.first_port + number);
        ledger::NodeId id = identity.id();
        for (const CityNode& node : nodes_) {
            if (node.id() != id) continue;
            return Error{Code::invalid_argument,
                         fmt::format("{} holds the keys of another city node of this network; "
                                     "restore its own",
                                     (folder / "keys").string())};
        }
        NodeSurroundings surroundings{genesis_, genesis_json_, *orderer_, network_.port_of(id),
                                      pool_,    clock_,        nullptr,   &network_.gateways()};
        nodes_.emplace_back(
            CityNodeOptions{
                folder,
                http,
                {},
                nullptr,
                fisco_endpoints(options_.host, static_cast<std::uint16_t>(http.port + k_fisco_port),
                                static_cast<std::uint16_t>(http.port + k_fisco_sm_port)),
                CityNodeOptions{}.permission_max_age_ms,
                {.file = folder / k_custody_key},
                {.rules = {.allow = options_.callbacks, .deny = {}, .deny_hosts = {}},
                 .authority = {}},
                CityNodeOptions{}.fabric_host,
                options_.engines,
                options_.packages},
            surroundings, std::move(identity));
        network_.add(nodes_.back());
        return nodes_.back().open();
    }

    const LocalNetworkOptions& options_;
    const ledger::Genesis genesis_;
    const std::string genesis_json_;
    SystemClock clock_;
    ThreadPool pool_;
    InProcessNetwork network_;
    std::unique_ptr<ordering::EmbeddedOrderer> orderer_;
    std::list<CityNode> nodes_;
};

std::size_t validators_of(const ledger::Genesis& genesis) {
    return static_cast<std::size_t>(
        std::count_if(genesis.nodes.begin(), genesis.nodes.end(),
                      [](const auto& node) { return !node.validator.empty(); }));
}

Status check_prepared(const LocalNetworkOptions& options, const crypto::PublicKey& operator_key) {
    BSN_TRY(genesis, read_genesis(options.folder / "genesis.json"));
    if (genesis.nodes.size() != options.nodes) {
        return Error{Code::already_exists,
                     fmt::format("{} holds a network of {} city nodes, not {}; start it with "
                                 "--nodes {}, or remove it with `bsn down --purge`",
                                 options.folder.string(), genesis.nodes.size(), options.nodes,
                                 genesis.nodes.size())};
    }
    if (genesis.ordering != options.ordering) {
        return Error{Code::already_exists,
                     fmt::format("{} holds a network with ordering '{}'; start it with --ordering "
                                 "{}, or remove it with `bsn down --purge`",
                                 options.folder.string(), ledger::ordering_name(genesis.ordering),
                                 ledger::ordering_name(genesis.ordering))};
    }
    if (options.validators > 0 && options.validators != validators_of(genesis)) {
        return Error{Code::already_exists,
                     fmt::format("{} holds a network of {} validators, not {}; start it with "
                                 "--validators {}, or remove it with `bsn down --purge`",
                                 options.folder.string(), validators_of(genesis),
                                 options.validators, validators_of(genesis))};
    }
    bool known = std::any_of(genesis.operators.begin(), genesis.operators.end(),
                             [&](const auto& one) { return one.key == operator_key; });
    if (known) return {};
    return Error{Code::already_exists,
                 fmt::format("{} holds a network of another operator key; restore that key, or "
                             "remove the network with `bsn down --purge`",
                             options.folder.string())};
}

}  // namespace

struct HostedNetwork::Impl {
    Impl(LocalNetworkOptions wanted, ledger::Genesis genesis, FileHandle held)
        : options(std::move(wanted)), lock(std::move(held)), network(options, std::move(genesis)) {}

    ~Impl() {
        ticks.request_stop();
        if (ticks.joinable()) ticks.join();
        network.close();
    }

    Status open() {
        BSN_CHECK(network.open());
        for (CityNode& node : network.nodes()) nodes.push_back(&node);
        ticks = std::jthread([this](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                network.tick();
                std::this_thread::sleep_for(k_tick);
            }
        });
        return {};
    }

    const LocalNetworkOptions options;
    const FileHandle lock;
    LocalNetwork network;
    std::vector<CityNode*> nodes;
    std::jthread ticks;
};

HostedNetwork::HostedNetwork(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HostedNetwork::~HostedNetwork() = default;

Result<std::unique_ptr<HostedNetwork>> HostedNetwork::start(LocalNetworkOptions options) {
    ensure(options.ordering == ledger::OrderingType::embedded,
           "with another ordering each node is a process of its own");
    std::signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    BSN_TRY(genesis, read_genesis(options.folder / "genesis.json"));
    BSN_TRY(lock, lock_folder(options.folder, "lock"));
    auto impl = std::make_unique<Impl>(std::move(options), std::move(genesis), std::move(lock));
    BSN_CHECK(impl->open());
    return std::unique_ptr<HostedNetwork>(new HostedNetwork(std::move(impl)));
}

const std::vector<CityNode*>& HostedNetwork::nodes() const { return impl_->nodes; }
Executor& HostedNetwork::pool() { return impl_->network.pool(); }

Status prepare_local_network(const LocalNetworkOptions& options,
                             const std::filesystem::path& operator_key,
                             std::string_view passphrase) {
    const bool processes = options.ordering == ledger::OrderingType::cometbft;
    const std::size_t most = processes ? k_max_processes : k_max_nodes;
    if (options.nodes < 1 || options.nodes > most) {
        return Error{Code::invalid_argument,
                     fmt::format("a local network has 1 to {} city nodes with ordering '{}'", most,
                                 ledger::ordering_name(options.ordering))};
    }
    if (options.validators > options.nodes || (options.validators > 0 && !processes)) {
        return Error{Code::invalid_argument,
                     "--validators is at most the number of nodes, and for --ordering cometbft"};
    }
    BSN_TRY(key, crypto::read_key_file(operator_key, passphrase));
    if (std::filesystem::exists(options.folder / "genesis.json")) {
        BSN_CHECK(check_prepared(options, key.public_key()));
        return ensure_custody_keys(options);
    }
    NetworkPlan plan = plan_of(options);
    plan.operators = {{std::string(k_operator_name), key.public_key()}};
    BSN_CHECK(make_network_files(options.folder, plan, SystemClock().now()));
    return ensure_custody_keys(options);
}

Status run_local_network(const LocalNetworkOptions& options) {
    StopSignals signals;
    std::signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    BSN_TRY(genesis, read_genesis(options.folder / "genesis.json"));
    BSN_TRY(lock, lock_folder(options.folder, "lock"));
    (void)lock;  // held until the end
    if (genesis.ordering == ledger::OrderingType::cometbft) {
        // Anew at each start: ports and programs may have moved.
        LocalNetworkOptions made = options;
        made.validators = validators_of(genesis);
        const NetworkPlan plan = plan_of(made);
        BSN_CHECK(write_node_files(options.folder, plan, options.cometbft));
        return run_node_processes(options.folder, plan, signals);
    }
    LocalNetwork network(options, std::move(genesis));
    BSN_CHECK(network.open());
    for (const CityNode& node : network.nodes()) {
        log_info("node", "city node ready url={} node={}", node.url(), to_hex(node.id()));
    }
    while (!signals.wait(k_tick)) network.tick();
    log_info("node", "stopping");
    network.close();
    log_info("node", "stopped");
    return {};
}

}  // namespace bsn::node
