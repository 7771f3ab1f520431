#pragma once
// The process that hosts the local network: who it is, starting it, stopping it.
//
// It holds an advisory lock on `bsn.pid` in the network's folder for as long as it lives; the
// file's content is its process id. The lock, not the number, says whether it runs: a number may be
// reused. `bsn up` takes the lock before it starts the process and hands it on, so that two of them
// never start two networks.

#include "base/files.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace bsn::cli {

/// The descriptor under which a started process finds its lock.
inline constexpr int k_inherited_lock = 3;

/// The lock of the network's folder, taken by this process; `unavailable` if the network runs.
Result<FileHandle> lock_network(const std::filesystem::path& network_folder);
/// Takes over the lock that the starting process handed on.
Result<FileHandle> inherited_lock();
/// Notes who holds the lock.
Status write_pid(const FileHandle& lock, pid_t pid);

/// The process that holds the lock; none: no network runs.
Result<std::optional<pid_t>> running_network(const std::filesystem::path& network_folder);

/// Starts this program anew in the background: a session of its own, working in the network's
/// folder, stdout and stderr appended to `log`, `lock` under `k_inherited_lock`. Its environment
/// holds no passphrase.
Result<pid_t> start_in_background(const std::vector<std::string>& arguments,
                                  const std::filesystem::path& network_folder,
                                  const std::filesystem::path& log, const FileHandle& lock);

/// How a started process ended; none: it runs.
std::optional<std::string> ended(pid_t pid);
/// Its last words in the log, from an offset on: the last line that begins with `bsn: `.
std::string last_words(const std::filesystem::path& log, std::uint64_t offset);

/// Asks the process to stop, and waits until it has let go of its lock.
Status stop_network(const std::filesystem::path& network_folder, pid_t pid,
                    std::uint64_t timeout_ms);

/// Whether nobody listens at these ports of this machine; `unavailable` names the first in use.
Status check_ports_free(std::uint32_t first, std::size_t count);

}  // namespace bsn::cli
