#include "node/node_process.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "crypto/certificate_authority.hpp"
#include "net/listening.hpp"
#include "node/backup_manifest.hpp"
#include "node/city_node.hpp"
#include "node/cometbft_dialer.hpp"
#include "node/cometbft_home.hpp"
#include "node/cometbft_program.hpp"
#include "node/cometbft_rpc.hpp"
#include "node/copy_links.hpp"
#include "node/membership.hpp"
#include "node/network_files.hpp"
#include "node/peer_links.hpp"
#include "node/registry_rules.hpp"
#include "node/stop_signals.hpp"
#include "node/supervised_process.hpp"
#include "ordering/cometbft/cometbft_orderer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>

namespace bsn::node {
namespace fs = std::filesystem;
namespace {

constexpr auto k_tick = std::chrono::milliseconds(100);
constexpr std::uint64_t k_patience_ms = 5'000;
/// Who has left is let go without a new word of the permission chain.
constexpr std::uint64_t k_meet_again_ms = 10'000;
constexpr std::size_t k_max_certificate_bytes = 64U << 10;

/// The parts of a node, in the order in which they are made; they end in the opposite order.
class NodeProcess {
  public:
    NodeProcess(const NodeSettings& settings, ledger::Genesis genesis)
        : settings_(settings),
          genesis_(std::move(genesis)),
          genesis_json_(genesis_.to_json()),
          pool_(std::max<std::size_t>(2, std::thread::hardware_concurrency())),
          rules_(genesis_.network()) {}

    ~NodeProcess() { close(); }

    Status open() {
        BSN_TRY(identity, load_identity(settings_.folder));
        BSN_CHECK(check_engine(identity.id()));
        make_engine();
        BSN_CHECK(make_orderer());
        BSN_CHECK(make_links(identity));
        NodeSurroundings surroundings{genesis_, genesis_json_, *orderer_,    *links_,
                                      pool_,    clock_,        copies_.get()};
        CityNodeOptions own{settings_.folder, settings_.http,
                            [this](gateway::NodeStatus& status) { complete(status); }, &metrics_};
        node_ = std::make_unique<CityNode>(std::move(own), surroundings, std::move(identity));
        BSN_CHECK(node_->open());
        rules_.bind(node_->framework(), node_->registry());
        membership_ =
            std::make_unique<Membership>(node_->identity(), validator_, node_->framework(),
                                         node_->registry(), *orderer_, clock_);
        BSN_CHECK(links_->start());
        meet_neighbours();
        BSN_CHECK(orderer_->start());
        begun_ = clock_.monotonic();
        return start_engine();
    }

    Status run_until(const StopSignals& signals) {
        while (!signals.wait(k_tick)) {
            node_->tick();
            BSN_CHECK(sign_once_level());
            BSN_CHECK(serve_once_ready());
            membership_->tick([this] { return signs_ && cometbft_is_level(*rpc_); });
            meet_neighbours();
        }
        return {};
    }

    void close() {
        if (node_) node_->stop_serving();
        dialer_.reset();
        if (engine_) engine_->stop();
        if (orderer_) orderer_->stop();
        if (node_) node_->close();
        if (links_) links_->stop();
        pool_.stop();
        membership_.reset();
        node_.reset();
    }

  private:
    /// A node whose disks were lost does not know what it promised before. So it waits until it
    /// knows how far the order had come, and keeps silent about that.
    Status sign_once_level() {
        if (signs_) return {};
        BSN_TRY(new_here, node_->framework().knows_no_past());
        if (new_here && !cometbft_is_level(*rpc_)) return {};
        signs_ = true;
        return node_->start();
    }

    /// The API opens once the order goes on, so that whoever finds it open can write; or without it
    /// after a while, so that there is somebody to say what is wrong.
    Status serve_once_ready() {
        if (serves_) return {};
        const bool waited = clock_.monotonic() - begun_ > k_patience_ms;
        if (!waited && !(signs_ && orderer_->has_begun())) return {};
        serves_ = true;
        BSN_CHECK(node_->serve());
        log_info("node", "city node ready url={} node={}", node_->url(), to_hex(node_->id()));
        return {};
    }

    /// Connects to whom the permission chain says, when it has said something new.
    void meet_neighbours() {
        const std::uint64_t revision = node_->registry().revision();
        const std::uint64_t now = clock_.monotonic();
        const bool same = std::exchange(met_as_of_, revision) == revision;
        if (same && now - met_ < k_meet_again_ms) return;
        met_ = now;
        Neighbours met =
            Neighbours::of(settings_.others, node_->registry(), node_->id(), orderer_->height());
        links_->set_addresses(met.peers);
        if (dialer_) dialer_->set_peers(met.engines());
        std::lock_guard lock(neighbours_mutex_);
        neighbours_ = std::move(met);
    }

    std::string address_of(const ledger::NodeId& node) const {
        std::lock_guard lock(neighbours_mutex_);
        auto found = neighbours_.peers.find(node);
        return found == neighbours_.peers.end() ? std::string() : found->second;
    }

    /// Called once all is started: the API begins last, and ends first.
    void complete(gateway::NodeStatus& status) const {
        status.links = links_->status();
        tell_engines(status.links);
        for (const Bytes& key : orderer_->status().validators) {
            if (key == validator_) status.order.is_validator = true;
        }
        status.order.engine_restarts = engine_->restarts();
        if (auto pid = engine_->pid()) status.order.engine_memory_bytes = resident_memory(*pid);
        if (status.order.trouble.empty()) status.order.trouble = engine_->trouble();
    }

    void tell_engines(std::vector<gateway::LinkStatus>& links) const {
        std::lock_guard lock(neighbours_mutex_);
        for (gateway::LinkStatus& link : links) {
            auto id = fixed_from_hex<ledger::NodeId>(link.node);
            auto found = id ? neighbours_.ordering.find(*id) : neighbours_.ordering.end();
            if (found != neighbours_.ordering.end()) link.ordering = found->second;
        }
    }

    /// Where this process and CometBFT meet: in the node's folder, which nobody else may enter.
    std::string application_address() const {
        return "unix://" + (engine_home() / "app.sock").string();
    }

    Status make_orderer() {
        BSN_TRY(log, store::open_append_log(settings_.folder / "data" / "ordering",
                                            store::k_log_segment_bytes,
                                            {nullptr, &fsync_seconds(metrics_, "ordering")}));
        BSN_TRY(rpc, net::parse_endpoint("http://" + settings_.ordering_rpc));
        orderer_ = std::make_unique<ordering::CometbftOrderer>(
            ordering::CometbftOptions{genesis_.orderer, genesis_.network(),
                                      genesis_validators(genesis_), application_address(), rpc,
                                      [this] { return engine_->trouble(); }},
            std::move(log), rules_, clock_);
        return {};
    }

    Status make_links(const ordering::NodeIdentity& identity) {
        BSN_TRY(certificate, read_file(settings_.folder / "node.crt", k_max_certificate_bytes));
        auto key_file = settings_.folder / "keys" /
                        fmt::format("{}.pem", crypto::suite_name(crypto::SuiteId::secp256r1));
        BSN_TRY(key, crypto::read_key_file(key_file, ""));
        Status good = crypto::check_node_certificate(genesis_.authority, to_text(certificate),
                                                     key.public_key(), clock_.now());
        if (!good) {
            return Error{
                good.error().code,
                fmt::format("{}: {}; put the certificate there that was issued for "
                            "this city node, or its network's genesis, and check the clock",
                            (settings_.folder / "node.crt").string(), good.error().message)};
        }
        const PeerTls tls{genesis_.authority, to_text(certificate), key.to_pem("")};
        copies_ = std::make_unique<CopyClient>(
            tls, [this](const ledger::NodeId& node) { return address_of(node); });
        links_ = std::make_unique<PeerLinks>(
            PeerLinkOptions{identity.id(), settings_.peers_listen, {}, tls, {&copy_service_}},
            [this](const ledger::NodeId& from, const ledger::ChannelId& channel,
                   ordering::Message message) {
                node_->receive(from, channel, std::move(message));
            },
            [this](const ledger::NodeId& from) {
                auto record = node_->registry().node(from);
                return record && may_talk(*record, orderer_->height());
            });
        return {};
    }

    fs::path engine_home() const { return settings_.folder / "cometbft"; }

    /// Said before anything runs: CometBFT itself would say it in its log only.
    Status check_engine(const ledger::NodeId& own) {
        const fs::path home = engine_home();
        BSN_TRY(identity, load_cometbft_keys(home));
        BSN_CHECK(check_validator_key(genesis_, own, identity, home));
        validator_ = std::move(identity.validator);
        cometbft_ = settings_.cometbft;
        if (cometbft_.empty()) {
            BSN_TRY(found, find_cometbft());
            cometbft_ = found;
        }
        BSN_CHECK(check_cometbft(cometbft_));
        BSN_CHECK(net::check_can_listen(settings_.ordering_listen));
        return net::check_can_listen(settings_.ordering_rpc);
    }

    /// A validator that has forgotten what it signed could sign two blocks at one height.
    Status check_signed_state(const fs::path& home) const {
        const fs::path file = home / "data" / k_signed_state_name;
        if (orderer_->height() == 0 || fs::exists(file)) return {};
        return Error{Code::corrupted,
                     fmt::format("{} is missing, which says what this validator has signed: bring "
                                 "it back, or restore the node with `bsn node restore`",
                                 file.string())};
    }

    void make_engine() {
        SupervisedOptions options{"cometbft",
                                  {cometbft_.string(), "start", "--home", engine_home().string()},
                                  engine_home() / "cometbft.log"};
        // Asked to end, it waits for us now and then, for ever, with its ports in use. A crash does
        // it no harm.
        options.orphan_signal = SIGKILL;
        engine_ = std::make_unique<SupervisedProcess>(std::move(options));
    }

    Status start_engine() {
        const fs::path home = engine_home();
        BSN_CHECK(check_signed_state(home));
        CometbftSettings settings;
        settings.name = settings_.folder.filename().string();
        settings.application = application_address();
        settings.rpc_listen = settings_.ordering_rpc;
        settings.p2p_listen = settings_.ordering_listen;
        {
            std::lock_guard lock(neighbours_mutex_);
            settings.peers = neighbours_.engines();
        }
        BSN_CHECK(write_cometbft_files(home, genesis_, settings));
        BSN_CHECK(engine_->start());
        BSN_TRY(rpc, net::parse_endpoint("http://" + settings_.ordering_rpc));
        rpc_ = std::make_unique<net::HttpConnection>(rpc, "");
        dialer_ = std::make_unique<CometbftDialer>(rpc, settings.peers);
        return {};
    }

    const NodeSettings& settings_;
    const ledger::Genesis genesis_;
    const std::string genesis_json_;
    fs::path cometbft_;  ///< the program, once it is found to be right
    SystemClock clock_;
    MetricsRegistry metrics_;
    ThreadPool pool_;
    RegistryRules rules_;
    std::unique_ptr<SupervisedProcess> engine_;
    std::unique_ptr<ordering::CometbftOrderer> orderer_;
    CopyService copy_service_{
        [this](const ledger::NodeId& to, const ledger::ChannelId& channel,
               const peer::CopySink& sink) { return node_->write_copy(to, channel, sink); }};
    std::unique_ptr<CopyClient> copies_;
    std::unique_ptr<PeerLinks> links_;
    std::unique_ptr<CityNode> node_;
    std::unique_ptr<CometbftDialer> dialer_;
    std::unique_ptr<net::HttpConnection> rpc_;
    std::unique_ptr<Membership> membership_;
    mutable std::mutex neighbours_mutex_;
    Neighbours neighbours_;
    std::uint64_t met_ = 0;        ///< monotonic milliseconds
    std::uint64_t met_as_of_ = 0;  ///< revision of the permission chain's records
    std::uint64_t begun_ = 0;      ///< monotonic milliseconds
    bool signs_ = false;
    bool serves_ = false;
    Bytes validator_;  ///< the key with which our CometBFT agrees on the order
};

}  // namespace

Status run_node(const NodeSettings& settings) {
    StopSignals signals;
    std::signal(SIGPIPE, SIG_IGN);
    BSN_TRY(genesis, read_genesis(settings.genesis));
    BSN_TRY(lock, lock_folder(settings.folder, "lock"));
    (void)lock;  // held until the end
    NodeProcess process(settings, std::move(genesis));
    BSN_CHECK(process.open());
    Status ran = process.run_until(signals);
    log_info("node", "stopping");
    process.close();
    log_info("node", "stopped");
    return ran;
}

}  // namespace bsn::node
