#include "cli/background.hpp"

#include "net/listening.hpp"

#include <fmt/format.h>
#include <spawn.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char** environ;

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view k_pid_name = "bsn.pid";
constexpr std::size_t k_max_pid_bytes = 64;
constexpr std::size_t k_max_log_tail = 1U << 20;
constexpr auto k_poll = std::chrono::milliseconds(20);
/// Somebody who only looks whether the network runs holds the lock for a moment.
constexpr int k_lock_tries = 10;

void sleep_a_little() { std::this_thread::sleep_for(k_poll); }

std::optional<pid_t> parse_pid(std::string_view text) {
    pid_t pid = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), pid);
    bool good = failure == std::errc{} && pid > 1 && end != text.data() && *(end - 1) != '-';
    return good ? std::optional(pid) : std::nullopt;
}

/// What posix_spawn needs, freed at the end.
class SpawnPlan {
  public:
    SpawnPlan() {
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawnattr_init(&attributes);
    }
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

std::vector<char*> environment_without_secrets() {
    std::vector<char*> kept;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        if (std::strncmp(*entry, "BSN_PASSPHRASE=", 15) != 0) kept.push_back(*entry);
    }
    kept.push_back(nullptr);
    return kept;
}

}  // namespace

Result<FileHandle> lock_network(const fs::path& network_folder) {
    for (int left = k_lock_tries;; --left) {
        auto lock = lock_folder(network_folder, k_pid_name);
        if (lock || lock.error().code != Code::unavailable || left == 0) return lock;
        sleep_a_little();
    }
}

Result<FileHandle> inherited_lock() {
    if (::fcntl(k_inherited_lock, F_SETFD, FD_CLOEXEC) != 0) {
        return Error{Code::invalid_argument,
                     "--inherited-lock is for `bsn up` itself; use `bsn up --foreground`"};
    }
    return FileHandle(k_inherited_lock);
}

Status write_pid(const FileHandle& lock, pid_t pid) {
    std::string text = fmt::format("{}\n", pid);
    bool written =
        ::ftruncate(lock.get(), 0) == 0 &&
        ::pwrite(lock.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
    if (!written) return file_error("write the process id to", fs::path(k_pid_name), errno);
    return {};
}

Result<std::optional<pid_t>> running_network(const fs::path& network_folder) {
    fs::path path = network_folder / k_pid_name;
    for (int left = k_lock_tries; left > 0; --left) {
        auto file = open_file(path, O_RDONLY);  // the disk may be read-only by now
        if (!file && file.error().code == Code::not_found) return std::optional<pid_t>();
        if (!file) return file.error();
        if (::flock(file->get(), LOCK_SH | LOCK_NB) == 0) return std::optional<pid_t>();
        if (errno != EWOULDBLOCK) return file_error("examine", path, errno);
        BSN_TRY(content, read_file(path, k_max_pid_bytes));
        if (auto pid = parse_pid(as_text(content))) return std::optional(*pid);
        sleep_a_little();  // it has just taken the lock
    }
    return Error{Code::corrupted,
                 fmt::format("{} is locked, but names no process; find the bsn process with `fuser "
                             "{}` and stop it",
                             path.string(), path.string())};
}

Result<pid_t> start_in_background(const std::vector<std::string>& arguments,
                                  const fs::path& network_folder, const fs::path& log,
                                  const FileHandle& lock) {
    // The program that runs now, wherever it is and whatever it was called as.
    std::error_code failure;
    fs::path program = fs::read_symlink("/proc/self/exe", failure);
    if (failure) return file_error("find", "/proc/self/exe", failure.value());

    BSN_TRY(log_file, open_file(log, O_WRONLY | O_CREAT | O_APPEND, 0600));
    SpawnPlan plan;
    ::posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&plan.actions, log_file.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&plan.actions, log_file.get(), STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(&plan.actions, lock.get(), k_inherited_lock);
    ::posix_spawn_file_actions_addchdir_np(&plan.actions, network_folder.c_str());
    ::posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETSID);

    std::vector<std::string> words{program.string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> raw;
    for (std::string& word : words) raw.push_back(word.data());
    raw.push_back(nullptr);
    std::vector<char*> environment = environment_without_secrets();
    pid_t pid = 0;
    int error = ::posix_spawn(&pid, program.c_str(), &plan.actions, &plan.attributes, raw.data(),
                              environment.data());
    if (error != 0) return file_error("start", program, error);
    return pid;
}

std::optional<std::string> ended(pid_t pid) {
    int state = 0;
    if (::waitpid(pid, &state, WNOHANG) != pid) return std::nullopt;
    if (WIFSIGNALED(state)) return fmt::format("it was killed by signal {}", WTERMSIG(state));
    return fmt::format("it ended with status {}", WEXITSTATUS(state));
}

std::string last_words(const fs::path& log, std::uint64_t offset) {
    auto file = open_file(log, O_RDONLY);
    if (!file) return {};
    std::string tail(k_max_log_tail, '\0');
    ssize_t got = ::pread(file->get(), tail.data(), tail.size(), static_cast<off_t>(offset));
    tail.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    constexpr std::string_view k_mark = "bsn: ";
    std::size_t at = tail.rfind("\n" + std::string(k_mark));
    if (at != std::string::npos) {
        ++at;
    } else if (tail.starts_with(k_mark)) {
        at = 0;
    } else {
        return {};
    }
    std::size_t begin = at + k_mark.size();
    return tail.substr(begin, tail.find('\n', begin) - begin);
}

Status stop_network(const fs::path& network_folder, pid_t pid, std::uint64_t timeout_ms) {
    if (::kill(pid, SIGTERM) != 0 && errno != ESRCH) {
        return Error{Code::forbidden,
                     fmt::format("cannot stop process {}: {}; run this as the user who started it",
                                 pid, std::strerror(errno))};
    }
    auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    for (;;) {
        BSN_TRY(running, running_network(network_folder));
        if (!running || *running != pid) return {};
        if (std::chrono::steady_clock::now() > end) {
            return Error{
                Code::unavailable,
                fmt::format("process {} is still stopping after {} s; look into {}, wait, "
                            "or end it with `kill -9 {}` (nothing acknowledged is lost)",
                            pid, timeout_ms / 1000, (network_folder / "bsn.log").string(), pid)};
        }
        sleep_a_little();
    }
}

Status check_ports_free(std::uint32_t first, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t port = first + i;
        if (port > 65535) {
            return Error{Code::invalid_argument,
                         fmt::format("{} nodes from port {} on exceed port 65535; choose a lower "
                                     "--port",
                                     count, first)};
        }
        Status free = net::check_can_listen(fmt::format("127.0.0.1:{}", port));
        if (!free) return Error{free.error().code, free.error().message + " with --port"};
    }
    return {};
}

}  // namespace bsn::cli
