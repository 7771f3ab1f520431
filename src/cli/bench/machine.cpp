#include "cli/bench/machine.hpp"

#include "cli/bench/proc_text.hpp"

#include <fmt/format.h>

#include <sstream>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

/// What stands behind the first line that begins with `key` and the separator.
std::string value_of(const std::string& text, std::string_view key, std::string_view separator) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::size_t at = line.find(separator);
        if (!line.starts_with(key) || at == std::string::npos) continue;
        return line.substr(at + separator.size());
    }
    return "";
}

std::string without_quotes(std::string text) {
    std::erase(text, '"');
    return text;
}

}  // namespace

std::pair<std::string, std::string> file_system_of(std::string_view mountinfo,
                                                   std::string_view path) {
    std::istringstream lines{std::string(mountinfo)};
    std::pair<std::string, std::string> best;
    std::size_t longest = 0;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string skip;
        std::string point;
        words >> skip >> skip >> skip >> skip >> point;
        while (words >> skip && skip != "-") {
        }
        std::string type;
        std::string device;
        if (!(words >> type >> device)) continue;
        bool inside = path.starts_with(point) &&
                      (point == "/" || path.size() == point.size() || path[point.size()] == '/');
        if (!inside || point.size() < longest) continue;  // later mounts lie above earlier ones
        longest = point.size();
        best = {type, device};
    }
    return best;
}

Machine Machine::here(const fs::path& folder) {
    Machine machine;
    machine.cpu = value_of(content_of("/proc/cpuinfo"), "model name", ": ");
    if (machine.cpu.empty()) machine.cpu = "unknown processor";
    machine.cores = std::thread::hardware_concurrency();
    machine.memory_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                           static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    machine.system = without_quotes(value_of(content_of("/etc/os-release"), "PRETTY_NAME", "="));
    utsname names{};
    if (::uname(&names) == 0) machine.kernel = names.release;
    std::error_code failure;
    fs::path real = fs::weakly_canonical(folder, failure);
    std::tie(machine.file_system, machine.disk) =
        file_system_of(content_of("/proc/self/mountinfo"), failure ? "/" : real.string());
    // A changed root shows no mount that it lies on.
    if (machine.file_system.empty()) machine.file_system = "unknown file system";
    machine.version = BSN_VERSION;
    machine.commit = built_commit();
#ifdef __clang__
    machine.compiler = "clang " __clang_version__;
#else
    machine.compiler = "g++ " __VERSION__;
#endif
    return machine;
}

Json Machine::to_json() const {
    return {{"cpu", cpu},          {"cores", cores},     {"memory_bytes", memory_bytes},
            {"system", system},    {"kernel", kernel},   {"file_system", file_system},
            {"disk", disk},        {"version", version}, {"commit", commit},
            {"compiler", compiler}};
}

std::string Machine::summary() const {
    return fmt::format("{} x {}, {:.0f} GiB, {}, Linux {}, {}; bsn {} ({}), {}", cores, cpu,
                       static_cast<double>(memory_bytes) / (1U << 30), system, kernel, file_system,
                       version, commit, compiler);
}

}  // namespace bsn::cli
