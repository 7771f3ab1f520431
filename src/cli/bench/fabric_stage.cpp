#include "cli/bench/fabric_stage.hpp"

#include "base/files.hpp"
#include "base/progress.hpp"
#include "cli/bench/foreign_client.hpp"
#include "cli/bench/path_load.hpp"
#include "cli/bench/resources.hpp"
#include "cli/commands/fabric_readiness.hpp"
#include "cli/evidence.hpp"
#include "cli/fabric/creator.hpp"
#include "cli/fabric/depositor.hpp"
#include "crypto/random.hpp"

#include <fmt/format.h>

#include <thread>
#include <unistd.h>

namespace bsn::cli {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr const char* k_suite = "secp256r1";
constexpr std::size_t k_max_file = 64U << 10;
constexpr const char* k_key_file = "client-key.pem";
constexpr const char* k_task_file = "client-task.json";
/// A tenth of a second, so much is a step of the progress bar.
constexpr double k_steps = 10;

/// Hashes of random contents.
Result<Bytes> random_content(std::size_t) {
    Bytes content(32);
    crypto::fill_random(content);
    return content;
}

/// Deposits of random contents, signed, for our own ledger. The identity outlives the maker.
TransactionMaker deposits(const ChainRef& chain, const Identity& identity,
                          std::size_t metadata_bytes) {
    return [chain, &identity,
            metadata = Bytes(metadata_bytes, 'x')](std::size_t number) -> Result<Bytes> {
        BSN_TRY(content, random_content(number));
        BSN_TRY(transaction, make_transaction(chain, identity,
                                              {std::string(k_evidence_contract),
                                               "deposit",
                                               {to_bytes(to_hex(content)), metadata}}));
        return transaction.bytes();
    };
}

Result<std::string> text_in(const fs::path& file) {
    BSN_TRY(content, read_file(file, k_max_file));
    return to_text(content);
}

}  // namespace

/// What the network and this process had used by then.
struct RecordStage::Moment {
    std::map<std::string, ProcessUsage> programs;
    double own_cpu_s = 0;
    std::uint64_t disk = 0;
};

RecordStage::Moment RecordStage::now() const {
    Moment moment;
    if (auto pid = own_->pid()) moment.programs = usage_by_program(*pid);
    moment.own_cpu_s = own_cpu_s();
    moment.disk = disk_usage(own_->context().home().network_folder()).total();
    return moment;
}

PathCosts RecordStage::costs_since(const Moment& begin, std::uint64_t records) const {
    const Moment end = now();
    PathCosts costs;
    costs.records = records;
    for (const auto& [program, usage] : end.programs) {
        const auto before = begin.programs.find(program);
        costs.cpu_s[program] =
            usage.cpu_s - (before == begin.programs.end() ? 0 : before->second.cpu_s);
        costs.rss[program] = usage.resident_bytes;
    }
    costs.client_cpu_s = end.own_cpu_s - begin.own_cpu_s;
    costs.disk_bytes = static_cast<double>(end.disk) - static_cast<double>(begin.disk);
    return costs;
}

Status RecordStage::prepare() {
    BSN_TRY(own, OwnNetwork::start(user_, {.nodes = shape_.nodes, .ordering = shape_.ordering}));
    own_ = std::move(own);
    Context& context = own_->context();
    BenchPlan plan{{"bench-records"}, k_suite};
    if (shape_.fabric) {
        plan.framework = "fabric";
        BSN_CHECK(prepare_fabric(context, {}, fabric_version({})));
    }
    BSN_TRY(stage, prepare_bench(context, plan));
    stage_.emplace(std::move(stage));
    if (!shape_.fabric) return {};
    BSN_CHECK(await_channel(context, stage_->apps.front().ref.name, false));
    return await_first_record();
}

Status RecordStage::await_first_record() {
    RecordLoad load;
    load.in_flight = stage_->apps.front().nodes.size();
    load.warmup_s = 0;
    load.duration_s = 0.1;
    constexpr int k_tries = 60;
    Status last;
    for (int i = 0; i < k_tries; ++i) {
        auto first = measure_own(RecordPath::fabric_single, load);
        if (first) return {};
        last = first.error();
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
    return last;
}

Result<PathFigure> RecordStage::measure(RecordPath path, const RecordLoad& load) {
    if (path == RecordPath::fabric_node_client) return measure_node_client(load);
    return measure_own(path, load);
}

Result<PathFigure> RecordStage::measure_own(RecordPath path, const RecordLoad& load) {
    BSN_TRY(api, stage_->acting.client(Context::Signing::yes));
    BSN_TRY(identity, stage_->acting.identity());
    const BenchApp& app = stage_->apps.front();
    const ChainRef chain{api->network(), app.ref.channel};
    std::shared_ptr<const Creator> creator;
    if (shape_.fabric) {
        BSN_TRY(made, creator_of(*api, app.ref, *identity));
        creator = std::make_shared<const Creator>(std::move(made));
    }
    TransactionSource source(chain, shape_.fabric
                                        ? TransactionMaker(random_content)
                                        : deposits(chain, *identity, load.metadata_bytes));
    asio::io_context io(1);
    std::vector<std::unique_ptr<Submitter>> clients;
    for (std::size_t i = 0; i < load.in_flight; ++i) {
        const net::Endpoint& node = api->endpoints()[app.nodes[i % app.nodes.size()]];
        BSN_TRY(client, shape_.fabric
                            ? fabric_depositor(io, node, app.ref, creator, load.metadata_bytes)
                            : gateway_submitter(io, node, app.ref.channel));
        clients.push_back(std::move(client));
    }
    std::unique_ptr<Progress> bar;
    if (user_.out().is_chatty() && load.duration_s >= 1) {
        bar = std::make_unique<Progress>(
            path_title(path),
            static_cast<std::uint64_t>((load.warmup_s + load.duration_s) * k_steps));
    }
    const Moment begin = now();
    BSN_TRY(result, run_path_load(io, clients, source, {load.batch, load.warmup_s, load.duration_s},
                                  nullptr, [&](double passed_s) {
                                      if (bar) {
                                          bar->set(static_cast<std::uint64_t>(passed_s * k_steps));
                                      }
                                  }));
    PathFigure figure;
    figure.path = path;
    figure.in_flight = load.in_flight;
    figure.records_per_transaction = load.batch;
    figure.records = result.committed;
    figure.seconds = result.seconds;
    figure.latency = std::move(result.latency);
    figure.costs = costs_since(begin, result.all);
    if (auto own = usage_of(::getpid())) figure.costs.client_rss = own->resident_bytes;
    return figure;
}

Result<PathFigure> RecordStage::measure_node_client(const RecordLoad& load) {
    BSN_TRY(task, task_of(load));
    const fs::path file = own_->context().home().folder() / k_task_file;
    BSN_CHECK(write_file_atomically(file, as_bytes(task.dump()), 0600));
    const Moment begin = now();
    BSN_TRY(result, run_foreign_load({"node", shape_.node_client}, file.string()));
    versions_ = result.versions;
    PathFigure figure;
    figure.path = RecordPath::fabric_node_client;
    figure.in_flight = load.in_flight;
    figure.records = result.committed;
    figure.seconds = result.seconds;
    figure.latency = std::move(result.latency);
    figure.costs = costs_since(begin, result.all);
    figure.costs.client_cpu_s = result.cpu_s;
    figure.costs.client_rss = result.rss_bytes;
    return figure;
}

/// Who signs (the same key and certificate as through our gateway), where the peers are, and with
/// what to connect.
Result<Json> RecordStage::task_of(const RecordLoad& load) {
    BSN_TRY(api, stage_->acting.client(Context::Signing::yes));
    BSN_TRY(identity, stage_->acting.identity());
    const AppRef& app = stage_->apps.front().ref;
    BSN_TRY(creator, creator_of(*api, app, *identity));
    const fs::path home = own_->context().home().folder();
    BSN_CHECK(write_file_atomically(home / k_key_file, as_bytes(identity->key.to_pem("")), 0600));
    BSN_TRY(record, api->app_record(app.name));
    Json peers = Json::array();
    fs::path administrator;
    for (std::size_t i = 1; i <= shape_.nodes; ++i) {
        const fs::path folder =
            own_->context().home().network_folder() / fmt::format("node{}", i) / "fabric";
        BSN_TRY(msp, text_in(folder / "msp-id"));
        for (const Json& member : record["fabric"]["members"]) {
            if (!msp.starts_with(text_of(member, "msp"))) continue;
            peers.push_back(
                {{"address", text_of(member, "peer")},
                 {"tls_root", (folder / "tls-authority" / "certificate.pem").string()}});
            if (administrator.empty()) administrator = folder / "admin" / "tls";
        }
    }
    return Json{{"channel", creator.channel},
                {"chaincode", k_evidence_contract},
                {"msp_id", creator.identity.msp_id},
                {"certificate", creator.identity.certificate},
                {"key", (home / k_key_file).string()},
                {"peers", std::move(peers)},
                {"tls_certificate", (administrator / "certificate.pem").string()},
                {"tls_key", (administrator / "key.pem").string()},
                {"in_flight", load.in_flight},
                {"metadata_bytes", load.metadata_bytes},
                {"warmup_s", load.warmup_s},
                {"duration_s", load.duration_s}};
}

void RecordStage::tell_of(FabricFigures& figures) const {
    const auto version = [&](const char* name) {
        const auto found = versions_.find(name);
        return found == versions_.end() ? std::string() : found->second;
    };
    figures.node_version = version("node");
    figures.client_version = version("client");
}

}  // namespace bsn::cli
