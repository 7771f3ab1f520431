#include "cli/bench/processes.hpp"

#include "cli/bench/proc_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <sstream>
#include <unistd.h>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view k_engine = "cometbft";

std::optional<pid_t> pid_in(const std::string& name) {
    pid_t pid = 0;
    auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), pid);
    const bool good = failure == std::errc{} && end == name.data() + name.size();
    return good ? std::optional(pid) : std::nullopt;
}

/// All processes that run now. They may come and go meanwhile.
std::vector<ProcessLink> all_processes() {
    std::vector<ProcessLink> all;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator("/proc", failure)) {
        auto pid = pid_in(entry.path().filename().string());
        if (!pid) continue;
        auto stat = process_stat(content_of(fmt::format("/proc/{}/stat", *pid)), 1);
        if (stat) all.push_back({*pid, stat->parent, stat->name});
    }
    return all;
}

}  // namespace

ProcessUsage& ProcessUsage::operator+=(const ProcessUsage& other) {
    cpu_s += other.cpu_s;
    resident_bytes += other.resident_bytes;
    written_bytes += other.written_bytes;
    return *this;
}

std::optional<ProcessStat> process_stat(std::string_view stat, long ticks_per_s) {
    // The second field is the program's name in parentheses, and may hold anything.
    const std::size_t name_begin = stat.find('(');
    const std::size_t name_end = stat.rfind(')');
    if (name_begin == std::string_view::npos || name_end < name_begin) return std::nullopt;
    if (name_end == std::string_view::npos) return std::nullopt;
    ProcessStat found;
    found.name = stat.substr(name_begin + 1, name_end - name_begin - 1);
    std::istringstream words{std::string(stat.substr(name_end + 1))};
    std::string skip;
    words >> skip >> found.parent;
    constexpr int k_between_parent_and_user_time = 9;
    for (int i = 0; i < k_between_parent_and_user_time; ++i) words >> skip;
    double user = 0;
    double system = 0;
    if (!(words >> user >> system)) return std::nullopt;
    found.cpu_s = (user + system) / static_cast<double>(ticks_per_s);
    return found;
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

Result<ProcessUsage> usage_of(pid_t pid) {
    std::string folder = fmt::format("/proc/{}/", pid);
    auto stat = process_stat(content_of(folder + "stat"), ::sysconf(_SC_CLK_TCK));
    auto resident = proc_number(content_of(folder + "status"), "VmRSS");
    if (!stat || !resident) {
        return Error{Code::not_found, fmt::format("there is no process {} any more", pid)};
    }
    ProcessUsage usage{.cpu_s = stat->cpu_s, .resident_bytes = *resident * 1024};
    usage.written_bytes = proc_number(content_of(folder + "io"), "write_bytes").value_or(0);
    return usage;
}

std::vector<ProcessLink> family_of(pid_t root, const std::vector<ProcessLink>& all) {
    std::vector<ProcessLink> family;
    for (const ProcessLink& one : all) {
        if (one.pid == root) family.push_back(one);
    }
    for (std::size_t i = 0; i < family.size(); ++i) {
        const pid_t parent = family[i].pid;
        for (const ProcessLink& one : all) {
            if (one.parent == parent && one.pid != root) family.push_back(one);
        }
    }
    return family;
}

std::map<std::string, ProcessUsage> usage_by_program(pid_t root) {
    std::map<std::string, ProcessUsage> programs;
    for (const ProcessLink& process : family_of(root, all_processes())) {
        if (auto usage = usage_of(process.pid)) programs[process.name] += *usage;
    }
    return programs;
}

Result<NetworkUsage> usage_of_network(pid_t root) {
    NetworkUsage network;
    for (const ProcessLink& process : family_of(root, all_processes())) {
        auto usage = usage_of(process.pid);
        if (!usage) continue;
        network.all += *usage;
        if (process.name == k_engine) {
            network.engines += *usage;
            ++network.engine_processes;
        } else {
            ++network.processes;
        }
    }
    if (network.processes == 0) {
        return Error{Code::not_found, fmt::format("there is no process {} any more", root)};
    }
    return network;
}

}  // namespace bsn::cli
