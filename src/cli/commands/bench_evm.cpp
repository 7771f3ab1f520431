// bsn bench evm: Solidity contracts on our ledger, and on any node that speaks Ethereum's JSON-RPC.

#include "base/progress.hpp"
#include "cli/app_file.hpp"
#include "cli/bench/evm_app.hpp"
#include "cli/bench/load.hpp"
#include "cli/bench/machine.hpp"
#include "cli/bench/own_network.hpp"
#include "cli/bench/rpc_load.hpp"
#include "cli/commands/commands.hpp"
#include "ledger/ethereum/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <list>

namespace bsn::cli {
namespace {

constexpr std::uint64_t k_chain_id = 20'260'000;
constexpr std::size_t k_peers_by_default = 3;

struct EvmBenchOptions {
    LoadOptions load{.connections = 4, .batch = 500};
    std::vector<std::string> contracts{"evidence", "token"};
    std::vector<std::size_t> peers{1, k_peers_by_default};
    std::size_t accounts = 64;
    std::size_t presign = 0;
    std::string ordering = "embedded";
    std::vector<std::string> rpc;  ///< NAME=URL[,KEY]
    std::size_t rpc_connections = 8;
    double rpc_duration_s = 10;
    bool skip_ledger = false;
};

/// A figure: what was loaded where, and how that went.
struct EvmFigure {
    std::string contract;
    std::string where;   ///< `bsn`, or the name of a node
    std::string method;  ///< how transactions were sent
    std::size_t peers = 0;
    double rate = 0;
    std::uint64_t committed = 0;
    double seconds = 0;
    LatencyHistogram latency;
    std::map<std::string, std::uint64_t> errors;
};

EvmLoad load_of(const std::string& contract) {
    return contract == "token" ? EvmLoad::token : EvmLoad::evidence;
}

double rounded(double value) { return std::round(value * 100) / 100; }

double millis(std::uint64_t micros) { return rounded(static_cast<double>(micros) / 1000); }

Json figure_json(const EvmFigure& figure) {
    Json json{{"contract", figure.contract},
              {"where", figure.where},
              {"sent", figure.method},
              {"committed_tx_per_s", rounded(figure.rate)},
              {"committed", figure.committed},
              {"seconds", rounded(figure.seconds)},
              {"latency_ms",
               {{"p50", millis(figure.latency.percentile(0.50))},
                {"p90", millis(figure.latency.percentile(0.90))},
                {"p99", millis(figure.latency.percentile(0.99))},
                {"max", millis(figure.latency.highest())}}}};
    if (figure.peers > 0) json["peers"] = figure.peers;
    if (!figure.errors.empty()) json["errors"] = figure.errors;
    return json;
}

/// An app of Solidity contracts on some of a network's nodes, with its contract and its accounts.
class EvmStage {
  public:
    EvmStage(Context& context, const EvmBenchOptions& options, std::string contract,
             std::size_t peers)
        : context_(context),
          options_(options),
          contract_(std::move(contract)),
          peers_(peers),
          accounts_(2 + options.load.connections * options.accounts) {}

    Result<EvmFigure> measure() {
        BSN_CHECK(publish());
        BSN_CHECK(deploy());
        std::list<TransactionSource> sources;
        BSN_CHECK(sign_stocks(sources));
        BSN_TRY(genesis, context_.genesis());
        LoadTarget target{.authority = genesis->authority};
        BSN_TRY(api, context_.client(Context::Signing::yes));
        for (TransactionSource& source : sources) {
            // Each connection has accounts of its own, and their transactions must stay in order.
            LoadTarget::App app{&source, {}};
            const std::size_t node = app_.nodes[target.apps.size() % app_.nodes.size()];
            app.endpoints.push_back(api->endpoints()[node]);
            target.apps.push_back(std::move(app));
        }
        return load(target, *api);
    }

  private:
    Status publish() {
        BSN_TRY(api, context_.client(Context::Signing::yes));
        AppSpec spec;
        spec.name = fmt::format("bench-{}-{}", contract_, peers_);
        spec.description = "Contracts in Solidity, for a benchmark";
        spec.framework = "ethereum";
        spec.evm = {{"accounts", "open"}, {"chain_id", chain_id()}};
        for (std::size_t node : nodes_of_app(0, peers_, api->endpoints().size())) {
            BSN_TRY(status, api->get_from(node, "/v1/status", 5'000));
            spec.nodes.push_back(text_of(status, "name"));
            app_.nodes.push_back(node);
        }
        BSN_TRY(published, context_.transact("system", {"registry", "publish_app",
                                                        text_arguments({spec.to_json().dump()})}));
        api->wait_settled(published.height);
        BSN_TRY(ref, api->app(spec.name));
        app_.ref = ref;
        return {};
    }

    std::uint64_t chain_id() const {
        return k_chain_id + 100 * peers_ + (contract_ == "token" ? 1 : 0);
    }

    /// Deploys the contract, and gives the accounts what they need.
    Status deploy() {
        BSN_TRY(api, context_.client(Context::Signing::yes));
        const EvmLoad load = load_of(contract_);
        const crypto::PrivateKey& owner = accounts_.key(0);
        std::vector<Bytes> wrapped{wrap(EvmContract::creation(load, chain_id(), owner))};
        const ledger::Address address = ledger::ethereum::created_address(
            crypto::HashId::keccak256, accounts_.address(0), std::uint64_t{0});
        on_chain_.emplace(load, chain_id(), address);
        if (load == EvmLoad::token) {
            for (std::size_t account = 2; account < accounts_.size(); ++account) {
                wrapped.push_back(
                    wrap(on_chain_->endowment(owner, account - 1, accounts_.address(account))));
            }
        }
        std::vector<ByteView> views(wrapped.begin(), wrapped.end());
        BSN_TRY(answers, api->submit_all(app_.ref, views, 200, nullptr));
        for (const SubmitAnswer& answer : answers) {
            if (answer.error) return answer.error->within("preparing the contract");
        }
        return {};
    }

    static Bytes wrap(const Bytes& transaction) {
        return ledger::Transaction::wrap(ledger::Dialect::ethereum, transaction);
    }

    Status sign_stocks(std::list<TransactionSource>& sources) {
        BSN_TRY(api, context_.client(Context::Signing::yes));
        const std::size_t connections = options_.load.connections;
        const double seconds = options_.load.warmup_s + options_.load.duration_s;
        const auto wanted =
            options_.presign > 0 ? options_.presign : static_cast<std::size_t>(12'000 * seconds);
        std::unique_ptr<Progress> bar;
        if (context_.out().is_chatty()) {
            bar = std::make_unique<Progress>("Signing", wanted, "transactions");
        }
        for (std::size_t connection = 0; connection < connections; ++connection) {
            const std::size_t first = 2 + connection * options_.accounts;
            sources.emplace_back(
                ChainRef{api->network(), app_.ref.channel},
                [this, first](std::size_t number) -> Result<Bytes> {
                    const std::size_t account = first + number % options_.accounts;
                    return wrap(on_chain_->call_of(accounts_, account, number / options_.accounts));
                });
            BSN_CHECK(sources.back().sign_stock(wanted / connections, [&](std::size_t more) {
                if (bar) bar->add(more);
            }));
        }
        return {};
    }

    Result<EvmFigure> load(const LoadTarget& target, NodeClient& api) {
        LoadEvents events;
        std::unique_ptr<Progress> bar;
        const char* drawn = nullptr;
        events.progress = [&](const char* title, double passed, double total) {
            if (!context_.out().is_chatty()) return;
            if (drawn != title) {
                bar.reset();
                bar = std::make_unique<Progress>(title, static_cast<std::uint64_t>(total * 10));
                drawn = title;
            }
            bar->set(static_cast<std::uint64_t>(passed * 10));
        };
        events.measuring = [] {};
        events.look = [] { return std::nullopt; };
        BSN_TRY(result, run_load(options_.load, target, events));
        bar.reset();
        const ledger::Height highest =
            *std::max_element(result.highest.begin(), result.highest.end());
        const Agreement agreement = wait_for_agreement(api, app_, highest);
        if (!agreement.reached) {
            return Error{
                Code::corrupted,
                fmt::format("the peers of {} do not hold the same last block", app_.ref.name)};
        }
        EvmFigure figure;
        figure.contract = contract_;
        figure.where = "bsn";
        figure.method = fmt::format("batches of {} over {} connections", options_.load.batch,
                                    options_.load.connections);
        figure.peers = peers_;
        figure.committed = result.counts.committed;
        // Until all peers held everything.
        figure.seconds =
            std::chrono::duration<double>(SteadyClock::now() - result.measured_from).count();
        figure.rate = static_cast<double>(figure.committed) / figure.seconds;
        figure.latency = result.counts.latency;
        figure.errors = result.counts.errors;
        return figure;
    }

    Context& context_;
    const EvmBenchOptions& options_;
    const std::string contract_;
    const std::size_t peers_;
    BenchApp app_;
    EvmAccounts accounts_;
    std::optional<EvmContract> on_chain_;
};

Result<EvmFigure> measure_rpc(const EvmBenchOptions& options, const std::string& contract,
                              const std::string& where, const std::string& url,
                              const std::optional<std::string>& funder, std::size_t peers) {
    RpcLoadOptions load;
    load.connections = options.rpc_connections;
    load.duration_s = options.rpc_duration_s;
    BSN_TRY(result, run_rpc_load(url, load_of(contract), load, funder));
    EvmFigure figure;
    figure.contract = contract;
    figure.where = where;
    figure.method =
        fmt::format("single eth_sendRawTransaction over {} connections", options.rpc_connections);
    figure.peers = peers;
    figure.rate = result.rate();
    figure.committed = result.committed;
    figure.seconds = result.seconds;
    figure.latency = std::move(result.latency);
    return figure;
}

void print_figures(Output& out, const std::vector<EvmFigure>& figures, const Machine& machine) {
    out.text(machine.summary());
    for (const EvmFigure& figure : figures) {
        out.value(fmt::format("{:9} {:7.0f} tx/s  p50 {:7.1f} ms  p99 {:7.1f} ms  {}{}: {}",
                              figure.contract, figure.rate, millis(figure.latency.percentile(0.50)),
                              millis(figure.latency.percentile(0.99)), figure.where,
                              figure.peers > 0 ? fmt::format(", {} peers", figure.peers) : "",
                              figure.method));
    }
}

Json report(const std::vector<EvmFigure>& figures, const Machine& machine) {
    Json runs = Json::array();
    Json rates = Json::object();
    for (const EvmFigure& figure : figures) {
        runs.push_back(figure_json(figure));
        if (figure.where == "bsn" && figure.method.starts_with("batches")) {
            rates[figure.contract][std::to_string(figure.peers)] = rounded(figure.rate);
        }
    }
    return {{"committed_tx_per_s", rates}, {"runs", runs}, {"machine", machine.to_json()}};
}

Status measure_ledger(Context& user, const EvmBenchOptions& options,
                      std::vector<EvmFigure>& figures) {
    OwnNetwork::Shape shape;
    shape.nodes =
        std::max<std::size_t>(1, *std::max_element(options.peers.begin(), options.peers.end()));
    shape.ordering = options.ordering;
    BSN_TRY(own, OwnNetwork::start(user, shape));
    for (const std::string& contract : options.contracts) {
        for (std::size_t peers : options.peers) {
            EvmStage stage(own->context(), options, contract, peers);
            BSN_TRY(figure, stage.measure());
            figures.push_back(std::move(figure));
            BSN_TRY(api, own->context().client(Context::Signing::yes));
            const std::string url =
                fmt::format("{}/rpc/bench-{}-{}", api->endpoints()[0].url(), contract, peers);
            BSN_TRY(single, measure_rpc(options, contract, "bsn", url, std::nullopt, peers));
            figures.push_back(std::move(single));
        }
    }
    return own->check();
}

Status measure_others(const EvmBenchOptions& options, std::vector<EvmFigure>& figures) {
    for (const std::string& text : options.rpc) {
        const std::size_t name = text.find('=');
        if (name == std::string::npos) {
            return Error{Code::invalid_argument,
                         fmt::format("--rpc {}: name it as NAME=URL, or NAME=URL,KEY", text)};
        }
        const std::size_t key = text.find(',', name);
        std::optional<std::string> funder;
        if (key != std::string::npos) funder = text.substr(key + 1);
        for (const std::string& contract : options.contracts) {
            BSN_TRY(figure, measure_rpc(options, contract, text.substr(0, name),
                                        text.substr(name + 1, key - name - 1), funder, 0));
            figures.push_back(std::move(figure));
        }
    }
    return {};
}

Outcome bench_evm(Context& context, const EvmBenchOptions& options) {
    std::vector<EvmFigure> figures;
    Status outcome;
    if (!options.skip_ledger) outcome = measure_ledger(context, options, figures);
    if (outcome) outcome = measure_others(options, figures);
    if (figures.empty()) {
        if (!outcome) return outcome.error();
        return context.usage("--only-rpc measures nothing without --rpc");
    }
    // What was measured is told also if a later measurement failed.
    const Machine machine = Machine::here(context.home().folder());
    context.out().json(report(figures, machine));
    if (!context.out().is_json()) print_figures(context.out(), figures, machine);
    if (!outcome) return outcome.error();
    return Exit::done;
}

}  // namespace

void add_bench_evm_command(Commands& commands, CLI::App* group) {
    auto options = std::make_shared<EvmBenchOptions>();
    CLI::App* command = commands.add(
        group, "evm", "Solidity contracts: throughput and latency, beside other nodes",
        "bsn bench evm --json\n  bsn bench evm --rpc anvil=http://127.0.0.1:8545,0xac09…ff80");
    LoadOptions& load = options->load;
    command
        ->add_option("--contract", options->contracts,
                     "evidence, token (ERC-20 transfers), or both with a comma (default)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"evidence", "token"}))
        ->type_name("NAME");
    command->add_option("--peers", options->peers, "Accounting nodes of the app (1,3)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(1, 16))
        ->type_name("N");
    command->add_option("--ordering", options->ordering, "The ordering of the network (embedded)")
        ->check(CLI::IsMember({"embedded", "cometbft"}))
        ->type_name("TYPE");
    command->add_option("--connections", load.connections, "Connections, a thread each (4)")
        ->check(CLI::Range(1, 256))
        ->type_name("N");
    command->add_option("--batch", load.batch, "Transactions in one request (500)")
        ->check(CLI::Range(1, 4000))
        ->type_name("N");
    command->add_option("--accounts", options->accounts, "Accounts of each connection (64)")
        ->check(CLI::Range(2, 4096))
        ->type_name("N");
    command->add_option("--duration", load.duration_s, "Seconds to measure (20)")
        ->check(CLI::Range(0.1, 3'600.0))
        ->type_name("S");
    command->add_option("--warmup", load.warmup_s, "Seconds before that (3)")
        ->check(CLI::Range(0.0, 600.0))
        ->type_name("S");
    command
        ->add_option("--presign", options->presign,
                     "Transactions to sign beforehand (12,000 for each second)")
        ->check(CLI::Range(1, 20'000'000))
        ->type_name("N");
    command
        ->add_option("--rpc", options->rpc,
                     "Also load this node, by Ethereum's JSON-RPC; KEY pays for gas there")
        ->expected(1)
        ->take_all()
        ->type_name("NAME=URL[,KEY]");
    command->add_flag("--only-rpc", options->skip_ledger, "Measure only the nodes of --rpc");
    command
        ->add_option("--rpc-connections", options->rpc_connections,
                     "Connections that send single requests (8)")
        ->check(CLI::Range(1, 256))
        ->type_name("N");
    command
        ->add_option("--rpc-duration", options->rpc_duration_s, "Seconds of single requests (10)")
        ->check(CLI::Range(0.1, 600.0))
        ->type_name("S");
    commands.on(command, [options](Context& context) { return bench_evm(context, *options); });
}

}  // namespace bsn::cli
