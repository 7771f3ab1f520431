#include "node/node_process.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "crypto/certificate_authority.hpp"
#include "node/city_node.hpp"
#include "node/copy_links.hpp"
#include "node/gateway_links.hpp"
#include "node/membership.hpp"
#include "node/network_files.hpp"
#include "node/ordering_engine.hpp"
#include "node/peer_links.hpp"
#include "node/registry_rules.hpp"
#include "node/stop_signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>

namespace bsn::node {
namespace {

constexpr auto k_tick = std::chrono::milliseconds(100);
constexpr std::uint64_t k_patience_ms = 5'000;
/// Who has left is let go without a new word of the permission chain.
constexpr std::uint64_t k_meet_again_ms = 10'000;
constexpr std::size_t k_max_certificate_bytes = 64U << 10;

/// The parts of a node, in the order in which they are made; they end in the opposite order.
class NodeProcess {
  public:
    NodeProcess(const NodeSettings& settings, ledger::Genesis genesis, const NodeWorld& world)
        : settings_(settings),
          genesis_(std::move(genesis)),
          genesis_json_(genesis_.to_json()),
          clock_(world.clock != nullptr ? *world.clock : machine_clock_),
          pool_(std::max<std::size_t>(2, std::thread::hardware_concurrency())),
          rules_(genesis_.network()),
          world_(world) {}

    ~NodeProcess() { close(); }

    Status open() {
        BSN_TRY(identity, load_identity(settings_.folder));
        BSN_TRY(tls, load_tls());
        if (world_.rules) other_rules_ = world_.rules(rules_);
        ordering::OrderRules& rules = other_rules_ ? *other_rules_ : rules_;
        engine_ =
            make_ordering_engine({settings_, genesis_, rules, clock_, metrics_, identity.id(), tls,
                                  [this](const ledger::NodeId& from) { return knows(from); }});
        BSN_CHECK(engine_->open());
        make_links(identity.id(), tls);
        if (world_.peers) other_peers_ = world_.peers(*links_);
        ordering::PeerNetwork& peers = other_peers_ ? *other_peers_ : *links_;
        NodeSurroundings surroundings{genesis_, genesis_json_, engine_->orderer(), peers,
                                      pool_,    clock_,        copies_.get(),      gateways_.get()};
        CityNodeOptions own{settings_.folder,
                            settings_.http,
                            [this](gateway::NodeStatus& status) { complete(status); },
                            &metrics_,
                            settings_.fisco,
                            settings_.permission_max_age_ms,
                            settings_.custody,
                            settings_.callbacks,
                            settings_.fabric_host,
                            settings_.engines,
                            settings_.packages};
        node_ = std::make_unique<CityNode>(std::move(own), surroundings, std::move(identity));
        BSN_CHECK(node_->open());
        rules_.bind(node_->framework(), node_->registry());
        membership_ = std::make_unique<Membership>(*node_->identity(), engine_->validator_key(),
                                                   node_->framework(), node_->registry(),
                                                   engine_->orderer(), clock_);
        BSN_CHECK(links_->start());
        meet_neighbours();
        begun_ = clock_.monotonic();
        return engine_->start();
    }

    Status run_until(const StopSignals& signals) {
        while (!signals.wait(k_tick)) {
            node_->tick();
            BSN_CHECK(sign_once_level());
            BSN_CHECK(serve_once_ready());
            membership_->tick([this] { return signs_ && engine_->is_level(); });
            meet_neighbours();
        }
        return {};
    }

    void close() {
        if (node_) node_->stop_serving();
        if (engine_) engine_->stop();
        if (node_) node_->close();
        if (gateways_) gateways_->stop();
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
        if (new_here && !engine_->is_level()) return {};
        signs_ = true;
        return node_->start();
    }

    /// The API opens once the order goes on, so that whoever finds it open can write; or without it
    /// after a while, so that there is somebody to say what is wrong.
    Status serve_once_ready() {
        if (serves_) return {};
        const bool waited = clock_.monotonic() - begun_ > k_patience_ms;
        if (!waited && !(signs_ && engine_->has_begun())) return {};
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
        Neighbours met = Neighbours::of(settings_.others, node_->registry(), node_->id(),
                                        engine_->orderer().height());
        links_->set_addresses(met.peers);
        engine_->set_neighbours(met);
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
        for (const ordering::DoubleSign& one : engine_->orderer().status().double_signs) {
            status.order.double_signers.push_back({name_of_validator(one.validator), one.height});
        }
        engine_->complete(status.order);
    }

    std::string name_of_validator(const Bytes& key) const {
        for (const registry::NodeRecord& node : node_->registry().nodes()) {
            if (node.validator == key) return node.name;
        }
        return to_hex(key);
    }

    void tell_engines(std::vector<gateway::LinkStatus>& links) const {
        std::lock_guard lock(neighbours_mutex_);
        for (gateway::LinkStatus& link : links) {
            auto id = fixed_from_hex<ledger::NodeId>(link.node);
            auto found = id ? neighbours_.ordering.find(*id) : neighbours_.ordering.end();
            if (found != neighbours_.ordering.end()) link.ordering = found->second;
        }
    }

    /// Whether a node may talk to this one now.
    bool knows(const ledger::NodeId& other) const {
        auto record = node_->registry().node(other);
        return record && may_talk(*record, engine_->orderer().height());
    }

    Result<PeerTls> load_tls() const {
        BSN_TRY(certificate, read_file(settings_.folder / "node.crt", k_max_certificate_bytes));
        auto key_file = settings_.folder / "keys" /
                        fmt::format("{}.pem", crypto::suite_name(crypto::SuiteId::secp256r1));
        BSN_TRY(key, crypto::read_key_file(key_file, ""));
        Status good = crypto::check_node_certificate(genesis_.authority, to_text(certificate),
                                                     key.public_key(), clock_.now());
        if (good) return PeerTls{genesis_.authority, to_text(certificate), key.to_pem("")};
        return Error{good.error().code,
                     fmt::format("{}: {}; put the certificate there that was issued for this city "
                                 "node, or its network's genesis, and check the clock",
                                 (settings_.folder / "node.crt").string(), good.error().message)};
    }

    void make_links(const ledger::NodeId& own, const PeerTls& tls) {
        copies_ = std::make_unique<CopyClient>(
            tls, [this](const ledger::NodeId& node) { return address_of(node); });
        gateways_ = std::make_unique<GatewayClient>(
            tls, [this](const ledger::NodeId& node) { return address_of(node); },
            [this](const ledger::NodeId& node) { return links_->connected(node); });
        std::vector<grpc::Service*> services = engine_->services();
        services.push_back(&copy_service_);
        services.push_back(&gateway_service_);
        links_ = std::make_unique<PeerLinks>(
            PeerLinkOptions{own, settings_.peers_listen, {}, tls, services},
            [this](const ledger::NodeId& from, const ledger::ChannelId& channel,
                   ordering::Message message) {
                node_->receive(from, channel, std::move(message));
            },
            [this](const ledger::NodeId& from) { return knows(from); });
    }

    const NodeSettings& settings_;
    const ledger::Genesis genesis_;
    const std::string genesis_json_;
    SystemClock machine_clock_;
    const Clock& clock_;
    MetricsRegistry metrics_;
    ThreadPool pool_;
    RegistryRules rules_;
    const NodeWorld& world_;
    std::unique_ptr<ordering::OrderRules> other_rules_;  ///< null: `rules_`
    std::unique_ptr<OrderingEngine> engine_;
    CopyService copy_service_{
        [this](const ledger::NodeId& to, const ledger::ChannelId& channel,
               const peer::CopySink& sink) { return node_->write_copy(to, channel, sink); }};
    std::unique_ptr<CopyClient> copies_;
    GatewayService gateway_service_{[this](gateway::Request request, const gateway::Reply& reply) {
                                        node_->answer_forwarded(std::move(request), reply);
                                    },
                                    [this](const ledger::NodeId& from) { return knows(from); }};
    std::unique_ptr<GatewayClient> gateways_;
    std::unique_ptr<PeerLinks> links_;
    std::unique_ptr<ordering::PeerNetwork> other_peers_;  ///< null: `links_`
    std::unique_ptr<CityNode> node_;
    std::unique_ptr<Membership> membership_;
    mutable std::mutex neighbours_mutex_;
    Neighbours neighbours_;
    std::uint64_t met_ = 0;        ///< monotonic milliseconds
    std::uint64_t met_as_of_ = 0;  ///< revision of the permission chain's records
    std::uint64_t begun_ = 0;      ///< monotonic milliseconds
    bool signs_ = false;
    bool serves_ = false;
};

}  // namespace

Status run_node(const NodeSettings& settings, const NodeWorld& world) {
    StopSignals signals;
    std::signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    BSN_TRY(genesis, read_genesis(settings.genesis));
    BSN_TRY(lock, lock_folder(settings.folder, "lock"));
    (void)lock;  // held until the end
    NodeProcess process(settings, std::move(genesis), world);
    BSN_CHECK(process.open());
    Status ran = process.run_until(signals);
    log_info("node", "stopping");
    process.close();
    log_info("node", "stopped");
    return ran;
}

}  // namespace bsn::node
