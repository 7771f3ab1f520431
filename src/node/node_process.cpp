#include "node/node_process.hpp"

#include "base/config.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "crypto/certificate_authority.hpp"
#include "node/cometbft_home.hpp"
#include "node/network_files.hpp"
#include "node/peer_links.hpp"
#include "node/registry_rules.hpp"
#include "node/stop_signals.hpp"
#include "node/supervised_process.hpp"
#include "ordering/cometbft/cometbft_orderer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace bsn::node {
namespace fs = std::filesystem;
namespace {

constexpr auto k_tick = std::chrono::milliseconds(100);
constexpr std::uint64_t k_patience_ms = 5'000;
constexpr std::size_t k_max_certificate_bytes = 64U << 10;

/// The parts of a node, in the order in which they are made; they end in the opposite order.
class NodeProcess {
  public:
    NodeProcess(const NodeProcessOptions& options, ledger::Genesis genesis)
        : options_(options),
          genesis_(std::move(genesis)),
          genesis_json_(genesis_.to_json()),
          pool_(std::max<std::size_t>(2, std::thread::hardware_concurrency())),
          rules_(genesis_) {}

    ~NodeProcess() { close(); }

    Status open() {
        BSN_TRY(identity, load_identity(options_.folder));
        make_engine();
        BSN_CHECK(make_orderer());
        BSN_CHECK(make_links(identity));
        NodeSurroundings surroundings{genesis_, genesis_json_, *orderer_, *links_, pool_, clock_};
        node_ = std::make_unique<CityNode>(CityNodeOptions{options_.folder, options_.http},
                                           surroundings, std::move(identity));
        BSN_CHECK(node_->open());
        rules_.bind(node_->framework(), node_->registry());
        BSN_CHECK(links_->start());
        BSN_CHECK(orderer_->start());
        return start_engine();
    }

    /// Its API opens once the order goes on, so that whoever finds it open can write; or without it
    /// after a while, so that there is somebody to say what is wrong.
    Status run_until(const StopSignals& signals) {
        const std::uint64_t begin = clock_.monotonic();
        bool open = false;
        while (!signals.wait(k_tick)) {
            node_->tick();
            if (open || (!orderer_->has_begun() && clock_.monotonic() - begin < k_patience_ms)) {
                continue;
            }
            BSN_CHECK(node_->start());
            open = true;
            log_info("node", "city node ready url={} node={}", node_->url(), to_hex(node_->id()));
        }
        return {};
    }

    void close() {
        if (node_) node_->stop_serving();
        if (engine_) engine_->stop();
        if (orderer_) orderer_->stop();
        if (node_) node_->close();
        if (links_) links_->stop();
        pool_.stop();
        node_.reset();
    }

  private:
    /// Where this process and CometBFT meet: in the node's folder, which nobody else may enter.
    std::string application_address() const {
        return "unix://" + (engine_home() / "app.sock").string();
    }

    Status make_orderer() {
        BSN_TRY(log, store::open_append_log(options_.folder / "data" / "ordering"));
        BSN_TRY(rpc, net::parse_endpoint("http://" + options_.ordering_rpc));
        orderer_ = std::make_unique<ordering::CometbftOrderer>(
            ordering::CometbftOptions{genesis_.orderer, genesis_.network(),
                                      genesis_validators(genesis_), application_address(), rpc,
                                      [this] { return engine_->trouble(); }},
            std::move(log), rules_, clock_);
        return {};
    }

    Status make_links(const ordering::NodeIdentity& identity) {
        BSN_TRY(certificate, read_file(options_.folder / "node.crt", k_max_certificate_bytes));
        auto key_file = options_.folder / "keys" /
                        fmt::format("{}.pem", crypto::suite_name(crypto::SuiteId::secp256r1));
        BSN_TRY(key, crypto::read_key_file(key_file, ""));
        BSN_CHECK(crypto::check_node_certificate(genesis_.authority, to_text(certificate),
                                                 key.public_key(), clock_.now()));
        links_ = std::make_unique<PeerLinks>(
            PeerLinkOptions{identity.id(), options_.peers_listen, options_.peer_addresses,
                            genesis_.authority, to_text(certificate), key.to_pem("")},
            [this](const ledger::NodeId& from, const ledger::ChannelId& channel,
                   ordering::Message message) {
                node_->receive(from, channel, std::move(message));
            },
            [this](const ledger::NodeId& from) {
                auto record = node_->registry().node(from);
                return record && record->revoked_from == 0;
            });
        return {};
    }

    fs::path engine_home() const { return options_.folder / "cometbft"; }

    void make_engine() {
        engine_ = std::make_unique<SupervisedProcess>(SupervisedOptions{
            "cometbft",
            {options_.cometbft.string(), "start", "--home", engine_home().string()},
            engine_home() / "cometbft.log"});
    }

    Status start_engine() {
        const fs::path home = engine_home();
        BSN_TRY(identity, ensure_cometbft_keys(home));
        (void)identity;
        CometbftSettings settings;
        settings.name = options_.folder.filename().string();
        settings.application = application_address();
        settings.rpc_listen = options_.ordering_rpc;
        settings.p2p_listen = options_.ordering_listen;
        settings.peers = options_.ordering_peers;
        BSN_CHECK(write_cometbft_files(home, genesis_, settings));
        return engine_->start();
    }

    const NodeProcessOptions& options_;
    const ledger::Genesis genesis_;
    const std::string genesis_json_;
    SystemClock clock_;
    ThreadPool pool_;
    RegistryRules rules_;
    std::unique_ptr<SupervisedProcess> engine_;
    std::unique_ptr<ordering::CometbftOrderer> orderer_;
    std::unique_ptr<PeerLinks> links_;
    std::unique_ptr<CityNode> node_;
};

}  // namespace

Result<NodeProcessOptions> load_node_options(const fs::path& file) {
    BSN_TRY(root, load_yaml(file));
    NodeProcessOptions options;
    options.folder = fs::absolute(file).parent_path();
    options.genesis = options.folder / root.text("genesis");
    YamlNode api = root.map("api");
    options.http.address = api.text_or("address", "127.0.0.1");
    options.http.port = static_cast<std::uint16_t>(api.number("port", 1, 65535));
    YamlNode peers = root.map("peers");
    options.peers_listen = peers.text("listen");
    YamlNode ordering = root.map("ordering");
    options.ordering_listen = ordering.text("listen");
    options.ordering_rpc = ordering.text("rpc");
    options.cometbft = ordering.text("cometbft");
    for (YamlNode& other : root.list("nodes")) {
        auto id = fixed_from_hex<ledger::NodeId>(other.text("node"));
        if (!id) {
            other.fail("node", "no node id of 64 hexadecimal digits");
            continue;
        }
        options.peer_addresses[*id] = other.text("peers");
        options.ordering_peers.push_back(other.text("ordering"));
    }
    BSN_CHECK(root.finish());
    return options;
}

Status run_node(const NodeProcessOptions& options) {
    StopSignals signals;
    std::signal(SIGPIPE, SIG_IGN);
    BSN_TRY(genesis, read_genesis(options.genesis.parent_path()));
    BSN_TRY(lock, lock_folder(options.folder, "lock"));
    (void)lock;  // held until the end
    NodeProcess process(options, std::move(genesis));
    BSN_CHECK(process.open());
    Status ran = process.run_until(signals);
    log_info("node", "stopping");
    process.close();
    log_info("node", "stopped");
    return ran;
}

}  // namespace bsn::node
