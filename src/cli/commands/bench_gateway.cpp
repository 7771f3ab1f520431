// bsn bench gateway: what the gateway costs, beside transactions handed to the chain itself.

#include "base/progress.hpp"
#include "cli/bench/gateway_report.hpp"
#include "cli/bench/own_network.hpp"
#include "cli/bench/stage.hpp"
#include "cli/commands/commands.hpp"
#include "gateway/http_server.hpp"
#include "node/city_node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <list>

namespace bsn::cli {
namespace {

namespace asio = boost::asio;

/// What the first round may use up; later ones sign somewhat more than the most so far.
constexpr double k_first_rate = 12'000;
constexpr double k_more = 1.3;
/// The progress bar counts tenths of a second.
constexpr double k_steps = 10;

struct GatewayBenchOptions {
    std::size_t nodes = 3;
    std::string suite = "secp256r1";
    std::size_t payload_bytes = 256;
    std::size_t batch = 100;
    std::size_t in_flight = 1'000;  ///< transactions
    double warmup_s = 1;
    double duration_s = 3;
    std::size_t rounds = 5;
    double latency_s = 3;
    std::size_t idle = 10'000;
};

/// Counts the seconds of several loads in one bar.
class LoadProgress {
  public:
    LoadProgress(Context& context, const char* title, double total_s) {
        if (!context.out().is_chatty()) return;
        bar_ = std::make_unique<Progress>(title, static_cast<std::uint64_t>(total_s * k_steps));
    }

    std::function<void(double)> next(double length_s) {
        const double from = done_s_;
        done_s_ += length_s;
        return [this, from, to = done_s_](double passed_s) {
            if (bar_)
                bar_->set(static_cast<std::uint64_t>(std::min(from + passed_s, to) * k_steps));
        };
    }

  private:
    std::unique_ptr<Progress> bar_;
    double done_s_ = 0;
};

/// A hosted network with an app, and both ways to it.
class GatewayBench {
  public:
    GatewayBench(OwnNetwork& own, const GatewayBenchOptions& options)
        : own_(own), options_(options) {}

    Status prepare() {
        BSN_TRY(stage, prepare_bench(own_.context(), {bench_app_names("bench-" + options_.suite, 1),
                                                      options_.suite, 0, options_.payload_bytes}));
        stage_.emplace(std::move(stage));
        BSN_TRY(api, stage_->acting.client(Context::Signing::yes));
        network_ = api->network();
        channel_ = stage_->apps.front().ref.channel;
        const std::string name = to_hex(channel_.view());
        for (node::CityNode* node : own_.hosted().nodes()) {
            BSN_TRY(chain, node->chain(name));
            BSN_TRY(endpoint, net::parse_endpoint(node->url()));
            Path& path = paths_.emplace_back();
            path.chain = chain;
            path.gateway = endpoint;
            path.observed = std::make_unique<ObservedNode>(*node, name, *chain, times_);
            path.observed_gateway = std::make_unique<gateway::HttpServer>(
                gateway::HttpServerOptions{}, *path.observed, own_.hosted().pool());
            BSN_CHECK(path.observed_gateway->start());
        }
        return {};
    }

    Status measure_throughput(GatewayThroughput& throughput) {
        PathLoadOptions load{throughput.batch, options_.warmup_s, options_.duration_s};
        LoadProgress progress(own_.context(), throughput.batch == 1 ? "Single" : "Batches",
                              length_of(load));
        for (std::size_t i = 0; i < options_.rounds; ++i) {
            BSN_TRY(round, measure_round(i, load, throughput.clients, progress));
            throughput.rounds.push_back({round.direct.rate(), round.gateway.rate()});
        }
        return {};
    }

    Status measure_latency(GatewayLatency& latency, std::size_t clients) {
        PathLoadOptions load{1, options_.warmup_s, options_.latency_s, latency.rate};
        LoadProgress progress(own_.context(), "Latency", length_of(load));
        for (std::size_t i = 0; i < options_.rounds; ++i) {
            BSN_TRY(round, measure_round(i, load, clients, progress));
            latency.direct.merge(round.direct.latency);
            latency.gateway.merge(round.gateway.latency);
            latency.beside_chain.merge(round.gateway.beside_chain);
        }
        return {};
    }

  private:
    struct Path {
        framework::Chain* chain = nullptr;
        net::Endpoint gateway;
        std::unique_ptr<ObservedNode> observed;
        std::unique_ptr<gateway::HttpServer> observed_gateway;
    };
    struct Round {
        PathLoadResult direct;
        PathLoadResult gateway;
    };
    using Clients = std::vector<std::unique_ptr<Submitter>>;

    /// Of all rounds, in seconds.
    double length_of(const PathLoadOptions& load) const {
        return 2 * (load.warmup_s + load.duration_s) * static_cast<double>(options_.rounds);
    }

    /// Each way is the first one as often as the other.
    Result<Round> measure_round(std::size_t number, const PathLoadOptions& load,
                                std::size_t clients, LoadProgress& progress) {
        Round round;
        for (bool direct : {number % 2 == 0, number % 2 == 1}) {
            BSN_TRY(result, measure_way(direct, load, clients, progress));
            (direct ? round.direct : round.gateway) = std::move(result);
        }
        return round;
    }

    Result<PathLoadResult> measure_way(bool direct, const PathLoadOptions& load, std::size_t count,
                                       LoadProgress& progress) {
        BSN_TRY(identity, stage_->acting.identity());
        const ChainRef chain{network_, channel_};
        TransactionSource source(chain, padded_deposits(chain, *identity, options_.payload_bytes));
        const double seconds = load.warmup_s + load.duration_s;
        const double expected = load.rate > 0 ? load.rate : expected_rate_;
        BSN_CHECK(source.sign_stock(static_cast<std::size_t>(expected * seconds), nullptr));
        auto io = std::make_shared<asio::io_context>(1);
        BSN_TRY(clients, make_clients(io, count, direct, load.rate > 0));
        ChainTimes* times = !direct && load.rate > 0 ? &times_ : nullptr;
        BSN_TRY(result, run_path_load(*io, clients, source, load, times, progress.next(seconds)));
        if (load.rate <= 0) {
            most_so_far_ = std::max(most_so_far_, result.rate());
            expected_rate_ = most_so_far_ * k_more;
        }
        return std::move(result);
    }

    Result<Clients> make_clients(const std::shared_ptr<asio::io_context>& io, std::size_t count,
                                 bool direct, bool timed) const {
        Clients clients;
        for (std::size_t i = 0; i < count; ++i) {
            const Path& path = paths_[i % paths_.size()];
            if (direct) {
                clients.push_back(direct_submitter(io, *path.chain));
                continue;
            }
            net::Endpoint gateway = path.gateway;
            if (timed) gateway.port = path.observed_gateway->port();
            BSN_TRY(client, gateway_submitter(*io, gateway, channel_));
            clients.push_back(std::move(client));
        }
        return clients;
    }

    OwnNetwork& own_;
    const GatewayBenchOptions& options_;
    std::optional<BenchStage> stage_;
    ledger::NetworkId network_;
    ledger::ChannelId channel_;
    ChainTimes times_;
    std::vector<Path> paths_;
    double most_so_far_ = 0;
    double expected_rate_ = k_first_rate;
};

Status measure_both_ways(Context& user, const GatewayBenchOptions& options,
                         GatewayFigures& figures) {
    BSN_TRY(own, OwnNetwork::start(user, {.nodes = options.nodes, .hosted = true}));
    GatewayBench bench(*own, options);
    BSN_CHECK(bench.prepare());
    BSN_CHECK(bench.measure_throughput(figures.batches));
    BSN_CHECK(bench.measure_throughput(figures.single));
    if (options.latency_s <= 0) return {};
    figures.latency.emplace().rate = figures.single.gateway_tx_per_s() / 2;
    return bench.measure_latency(*figures.latency, figures.single.clients);
}

Status measure_idle(Context& user, const GatewayBenchOptions& options, GatewayFigures& figures) {
    BSN_TRY(own, OwnNetwork::start(user, {.nodes = 1}));
    BSN_TRY(api, own->context().client(Context::Signing::yes));
    BSN_TRY(pid, own->pid());
    std::unique_ptr<Progress> bar;
    if (user.out().is_chatty()) {
        bar = std::make_unique<Progress>("Idle", options.idle, "connections");
    }
    BSN_TRY(held, hold_idle_connections(api->endpoints().front(), pid, options.idle,
                                        [&](std::size_t more) {
                                            if (bar) bar->add(more);
                                        }));
    figures.idle = held;
    return own->check();
}

Outcome bench_gateway(Context& context, const GatewayBenchOptions& options) {
    GatewayFigures figures;
    figures.nodes = options.nodes;
    figures.payload_bytes = options.payload_bytes;
    figures.suite = options.suite;
    figures.duration_s = options.duration_s;
    figures.batches.batch = options.batch;
    figures.batches.clients = std::max<std::size_t>(1, options.in_flight / options.batch);
    figures.single.clients = options.in_flight;
    BSN_CHECK(measure_both_ways(context, options, figures));
    if (options.idle > 0) BSN_CHECK(measure_idle(context, options, figures));
    const Machine machine = Machine::here(std::filesystem::temp_directory_path());
    context.out().json(gateway_json(figures, machine));
    if (!context.out().is_json()) print_gateway(context.out(), figures, machine);
    return Exit::done;
}

}  // namespace

void add_bench_gateway_command(Commands& commands, CLI::App* group) {
    auto options = std::make_shared<GatewayBenchOptions>();
    CLI::App* command = commands.add(group, "gateway",
                                     "The gateway: throughput and latency beside the chain itself",
                                     "bsn bench gateway --json");
    command->add_option("--nodes", options->nodes, "City nodes of the network, all of the app (3)")
        ->check(CLI::Range(1, 16))
        ->type_name("N");
    command->add_option("--suite", options->suite, "secp256r1 (default), secp256k1 or sm2")
        ->check(CLI::IsMember({"secp256r1", "secp256k1", "sm2"}))
        ->type_name("SUITE");
    command
        ->add_option("--batch", options->batch,
                     "Transactions in one request (100); one in a request is measured, too")
        ->check(CLI::Range(2, 4000))
        ->type_name("N");
    command
        ->add_option(
            "--in-flight", options->in_flight,
            "Transactions under way at once, over as many connections as that takes (1000)")
        ->check(CLI::Range(1, 8000))
        ->type_name("N");
    command
        ->add_option("--payload-bytes", options->payload_bytes, "Payload of each transaction (256)")
        ->check(CLI::Range(214, 4300))
        ->type_name("N");
    command
        ->add_option("--rounds", options->rounds,
                     "Rounds, each of them straight to the chain and through the gateway (5)")
        ->check(CLI::Range(1, 1000))
        ->type_name("N");
    command
        ->add_option("--duration", options->duration_s,
                     "Seconds to measure throughput, each way in each round (3)")
        ->check(CLI::Range(0.1, 600.0))
        ->type_name("S");
    command->add_option("--warmup", options->warmup_s, "Seconds before each of these (1)")
        ->check(CLI::Range(0.0, 60.0))
        ->type_name("S");
    command
        ->add_option("--latency-duration", options->latency_s,
                     "Seconds to measure latency at half of the throughput, likewise (3; 0: not)")
        ->check(CLI::Range(0.0, 600.0))
        ->type_name("S");
    command
        ->add_option("--idle", options->idle,
                     "Idle connections to hold to a node of its own (10000; 0: not)")
        ->check(CLI::Range(0, 60'000))
        ->type_name("N");
    commands.on(command, [options](Context& context) { return bench_gateway(context, *options); });
}

}  // namespace bsn::cli
