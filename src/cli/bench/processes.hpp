#pragma once
// The processes of a network on this machine, and what they use: a network may be one process, or
// one for each node with a CometBFT beside it.

#include "base/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace bsn::cli {

/// Numbers of a process, or of several together, as the kernel keeps them.
struct ProcessUsage {
    double cpu_s = 0;                  ///< user and system time
    std::uint64_t resident_bytes = 0;  ///< memory now; what processes share counts for each
    std::uint64_t written_bytes = 0;   ///< handed to the disk; 0 if we may not know

    ProcessUsage& operator+=(const ProcessUsage& other);
};

/// The numbers of a process; `not_found` if it is gone.
Result<ProcessUsage> usage_of(pid_t pid);

/// What the text of /proc/PID/stat says.
struct ProcessStat {
    std::string name;  ///< of the program, at most 15 letters
    pid_t parent = 0;
    double cpu_s = 0;  ///< user and system time
};
std::optional<ProcessStat> process_stat(std::string_view stat, long ticks_per_s);
/// The number behind `key` in a text of lines such as `VmRSS:  1234 kB`.
std::optional<std::uint64_t> proc_number(std::string_view text, std::string_view key);

/// A process and its parent.
struct ProcessLink {
    pid_t pid = 0;
    pid_t parent = 0;
    std::string name;
};
/// A process, its children, theirs and so on, as far as they are among those given.
std::vector<ProcessLink> family_of(pid_t root, const std::vector<ProcessLink>& all);

/// What a process and all that it started use, by the names of their programs; empty if it is gone.
std::map<std::string, ProcessUsage> usage_by_program(pid_t root);

/// What a network's processes use.
struct NetworkUsage {
    ProcessUsage all;
    ProcessUsage engines;       ///< of that, CometBFT
    std::size_t processes = 0;  ///< without CometBFT
    std::size_t engine_processes = 0;
};
/// The numbers of a process and of all that it started; `not_found` if it is gone.
Result<NetworkUsage> usage_of_network(pid_t root);

}  // namespace bsn::cli
