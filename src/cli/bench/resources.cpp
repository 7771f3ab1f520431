#include "cli/bench/resources.hpp"

#include "cli/background.hpp"
#include "cli/home.hpp"
#include "ledger/genesis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <numeric>
#include <sstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t k_answer_ms = 10'000;
/// Time, and share of one core for each process, below which a network counts as quiet.
constexpr auto k_look = std::chrono::milliseconds(200);
constexpr double k_quiet_share = 0.05;

/// The blocks that the files of a folder occupy. Files may come and go meanwhile.
std::uint64_t space_of(const fs::path& folder) {
    std::uint64_t sum = 0;
    std::error_code failure;
    fs::recursive_directory_iterator entries(folder, failure);
    for (; !failure && entries != fs::recursive_directory_iterator(); entries.increment(failure)) {
        struct stat state {};
        bool is_file = ::lstat(entries->path().c_str(), &state) == 0 && S_ISREG(state.st_mode);
        if (is_file) sum += static_cast<std::uint64_t>(state.st_blocks) * 512;
    }
    return sum;
}

Result<std::string> get_text(net::HttpConnection& connection, std::string_view target) {
    BSN_TRY(response, connection.send({.target = target}, k_answer_ms));
    if (response.status != 200) return api_error(response, connection.endpoint());
    return to_text(response.body);
}

}  // namespace

double own_cpu_s() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t sum_of_counters(std::string_view metrics, std::string_view name) {
    std::uint64_t sum = 0;
    std::istringstream lines{std::string(metrics)};
    for (std::string line; std::getline(lines, line);) {
        bool is_it = line.starts_with(name) && line.size() > name.size() &&
                     (line[name.size()] == ' ' || line[name.size()] == '{');
        std::size_t space = line.rfind(' ');
        if (!is_it || space == std::string::npos) continue;
        std::uint64_t value = 0;
        std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
        sum += value;
    }
    return sum;
}

DiskUsage disk_usage(const fs::path& network_folder) {
    DiskUsage usage{.ordering = space_of(network_folder / "ordering")};
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(network_folder, failure)) {
        if (!entry.path().filename().string().starts_with("node")) continue;
        usage.state += space_of(entry.path() / "data" / "state");
        usage.batches += space_of(entry.path() / "data" / "batches");
        usage.ordering += space_of(entry.path() / "data" / "ordering");
        usage.engine += space_of(entry.path() / "cometbft" / "data");
        usage.fabric += space_of(entry.path() / "fabric" / "peer" / "data");
        const fs::path orderer = entry.path() / "fabric" / "orderer" / "data";
        const std::uint64_t log_ahead = space_of(orderer / "wal");
        const std::uint64_t all = space_of(orderer);
        usage.fabric += all - std::min(all, log_ahead);
    }
    return usage;
}

NetworkProbe::NetworkProbe(const std::vector<net::Endpoint>& endpoints,
                           const std::string& authority, std::optional<Local> local)
    : local_(std::move(local)) {
    for (const net::Endpoint& endpoint : endpoints) connections_.emplace_back(endpoint, authority);
}

Result<NetworkSample> NetworkProbe::sample() {
    NetworkSample sample;
    std::map<std::string, std::uint64_t> stored;  // of each chain, on the node that has most of it
    std::vector<std::uint64_t> order_heights;
    bool has_one_order_log = false;
    for (net::HttpConnection& connection : connections_) {
        BSN_TRY(metrics, get_text(connection, "/metrics"));
        sample.fsyncs += sum_of_counters(metrics, "bsn_fsyncs_total");
        sample.ordered_bytes = std::max(
            sample.ordered_bytes, sum_of_counters(metrics, "bsn_ordering_envelope_bytes_total"));
        BSN_TRY(text, get_text(connection, "/v1/status"));
        BSN_TRY(status, parse_json(text, "the node's status"));
        order_heights.push_back(number_of(status, "order_height"));
        has_one_order_log =
            text_of(status, "ordering") == ledger::ordering_name(ledger::OrderingType::embedded);
        for (const Json& chain : status.value("chains", Json::array())) {
            std::uint64_t& most = stored[text_of(chain, "channel")];
            most = std::max(most, number_of(chain, "transactions"));
        }
    }
    for (const auto& [channel, transactions] : stored) sample.transactions += transactions;
    // A log of what was ordered is synced once for each height.
    sample.fsyncs +=
        has_one_order_log
            ? *std::max_element(order_heights.begin(), order_heights.end())
            : std::accumulate(order_heights.begin(), order_heights.end(), std::uint64_t{0});
    sample.usage = usage();
    if (local_) sample.disk = disk_usage(local_->folder);
    sample.generator_cpu_s = own_cpu_s();
    return sample;
}

std::optional<NetworkUsage> NetworkProbe::usage() const {
    if (!local_) return std::nullopt;
    auto usage = usage_of_network(local_->pid);
    return usage ? std::optional(*usage) : std::nullopt;
}

void NetworkProbe::wait_until_quiet(double most_s) const {
    auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(most_s);
    auto before = usage();
    while (before && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(k_look);
        auto after = usage();
        if (!after) return;
        double share =
            (after->all.cpu_s - before->all.cpu_s) / std::chrono::duration<double>(k_look).count();
        if (share < k_quiet_share * static_cast<double>(after->processes)) return;
        before = after;
    }
}

std::optional<NetworkProbe::Local> local_network_behind(
    const Home& home, const std::vector<net::Endpoint>& endpoints) {
    auto config = ClientConfig::load(home.config_file());
    if (!config || !config->local_network) return std::nullopt;
    std::vector<std::string> own = local_endpoints(*config->local_network);
    bool all = std::all_of(endpoints.begin(), endpoints.end(), [&](const net::Endpoint& endpoint) {
        return std::find(own.begin(), own.end(), endpoint.url()) != own.end();
    });
    auto running = running_network(home.network_folder());
    if (!all || !running || !*running) return std::nullopt;
    return NetworkProbe::Local{**running, home.network_folder()};
}

}  // namespace bsn::cli
