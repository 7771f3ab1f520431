#include "cli/bench/resources.hpp"

#include "cli/background.hpp"
#include "cli/bench/proc_text.hpp"
#include "cli/home.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <sstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t k_answer_ms = 10'000;
/// Time and share of one core below which a process counts as quiet.
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

double own_cpu_s() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Result<std::string> get_text(net::HttpConnection& connection, std::string_view target) {
    BSN_TRY(response, connection.send({.target = target}, k_answer_ms));
    if (response.status != 200) return api_error(response, connection.endpoint());
    return to_text(response.body);
}

}  // namespace

std::optional<double> cpu_seconds(std::string_view stat, long ticks_per_s) {
    // The second field is the program's name in parentheses, and may hold anything.
    std::size_t name_end = stat.rfind(')');
    if (name_end == std::string_view::npos) return std::nullopt;
    std::istringstream words{std::string(stat.substr(name_end + 1))};
    constexpr int k_before_utime = 11;
    std::string skip;
    for (int i = 0; i < k_before_utime; ++i) words >> skip;
    double user = 0;
    double system = 0;
    if (!(words >> user >> system)) return std::nullopt;
    return (user + system) / static_cast<double>(ticks_per_s);
}

std::optional<std::uint64_t> proc_number(std::string_view text, std::string_view key) {
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ':') {
            continue;
        }
        std::size_t begin = line.find_first_of("0123456789", key.size());
        std::uint64_t number = 0;
        if (begin == std::string::npos) return std::nullopt;
        auto parsed = std::from_chars(line.data() + begin, line.data() + line.size(), number);
        if (parsed.ec != std::errc{}) return std::nullopt;
        return number;
    }
    return std::nullopt;
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

Result<ProcessUsage> usage_of(pid_t pid) {
    std::string folder = fmt::format("/proc/{}/", pid);
    auto cpu = cpu_seconds(content_of(folder + "stat"), ::sysconf(_SC_CLK_TCK));
    auto resident = proc_number(content_of(folder + "status"), "VmRSS");
    if (!cpu || !resident) {
        return Error{Code::not_found, fmt::format("there is no process {} any more", pid)};
    }
    ProcessUsage usage{.cpu_s = *cpu, .resident_bytes = *resident * 1024};
    usage.written_bytes = proc_number(content_of(folder + "io"), "write_bytes").value_or(0);
    return usage;
}

DiskUsage disk_usage(const fs::path& network_folder) {
    DiskUsage usage{.ordering = space_of(network_folder / "ordering")};
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(network_folder, failure)) {
        if (!entry.path().filename().string().starts_with("node")) continue;
        usage.state += space_of(entry.path() / "data" / "state");
        usage.batches += space_of(entry.path() / "data" / "batches");
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
    std::uint64_t order_height = 0;
    for (net::HttpConnection& connection : connections_) {
        BSN_TRY(metrics, get_text(connection, "/metrics"));
        sample.fsyncs += sum_of_counters(metrics, "bsn_fsyncs_total");
        BSN_TRY(text, get_text(connection, "/v1/status"));
        BSN_TRY(status, parse_json(text, "the node's status"));
        order_height = std::max(order_height, number_of(status, "order_height"));
        std::uint64_t transactions = 0;
        for (const Json& chain : status.value("chains", Json::array())) {
            transactions += number_of(chain, "transactions");
        }
        sample.transactions = std::max(sample.transactions, transactions);
    }
    // The orderer syncs its log once for each height.
    sample.fsyncs += order_height;
    sample.process = process();
    if (local_) sample.disk = disk_usage(local_->folder);
    sample.generator_cpu_s = own_cpu_s();
    return sample;
}

std::optional<ProcessUsage> NetworkProbe::process() const {
    if (!local_) return std::nullopt;
    auto usage = usage_of(local_->pid);
    return usage ? std::optional(*usage) : std::nullopt;
}

void NetworkProbe::wait_until_quiet(double most_s) const {
    auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(most_s);
    auto before = process();
    while (before && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(k_look);
        auto after = process();
        if (!after) return;
        double share =
            (after->cpu_s - before->cpu_s) / std::chrono::duration<double>(k_look).count();
        if (share < k_quiet_share) return;
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
