#include "base/supervised_process.hpp"

#include "base/files.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bsn {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto k_first_pause = 100ms;
constexpr auto k_longest_pause = 10'000ms;
constexpr auto k_ran_for_a_while = 10s;

}  // namespace

SupervisedProcess::SupervisedProcess(SupervisedOptions options) : options_(std::move(options)) {}

SupervisedProcess::~SupervisedProcess() { stop(); }

Status SupervisedProcess::start() {
    const std::string& program = options_.command.front();
    if (::access(program.c_str(), X_OK) != 0) {
        return Error{Code::not_found,
                     fmt::format("cannot run {}: {}", program, std::strerror(errno))};
    }
    thread_ = std::thread([this] { run_until_stopped(); });
    return {};
}

void SupervisedProcess::restart(pid_t pid) {
    std::lock_guard lock(mutex_);
    if (pid_ != 0 && pid_ == pid) ::kill(pid_, SIGKILL);
}

void SupervisedProcess::ask_to_end() {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    if (pid_ != 0) ::kill(pid_, SIGTERM);
}

void SupervisedProcess::stop(std::chrono::milliseconds patience) {
    if (!thread_.joinable()) return;
    ask_to_end();
    {
        std::unique_lock lock(mutex_);
        const bool ended = changed_.wait_for(lock, patience, [this] { return pid_ == 0; });
        if (!ended) {
            log_warn("process", "{} did not end when asked, and is killed", options_.name);
            ::kill(pid_, SIGKILL);
        }
    }
    thread_.join();
}

std::optional<pid_t> SupervisedProcess::pid() const {
    std::lock_guard lock(mutex_);
    return pid_ == 0 ? std::nullopt : std::optional(pid_);
}

std::string SupervisedProcess::trouble() const {
    std::lock_guard lock(mutex_);
    return trouble_;
}

std::size_t SupervisedProcess::restarts() const {
    std::lock_guard lock(mutex_);
    return restarts_;
}

// Copied and cut, not renamed: the process goes on writing to the file that it has opened.
void SupervisedProcess::shorten_log() const {
    std::error_code failure;
    const std::uintmax_t size = std::filesystem::file_size(options_.log, failure);
    if (failure || size <= options_.max_log_bytes) return;
    const auto kept = options_.log.string() + ".1";
    std::filesystem::copy_file(options_.log, kept,
                               std::filesystem::copy_options::overwrite_existing, failure);
    if (!failure) std::filesystem::resize_file(options_.log, 0, failure);
    if (failure)
        log_warn("process", "cannot shorten {}: {}", options_.log.string(), failure.message());
}

// Forked by the thread that lives until the end: the kernel ends the child with it.
Result<pid_t> SupervisedProcess::spawn() const {
    std::vector<char*> arguments;
    for (const std::string& one : options_.command)
        arguments.push_back(const_cast<char*>(one.c_str()));
    arguments.push_back(nullptr);
    std::vector<char*> environment;
    for (char** one = environ; *one != nullptr; ++one) environment.push_back(*one);
    // What comes first counts.
    for (const std::string& one : options_.environment)
        environment.insert(environment.begin(), const_cast<char*>(one.c_str()));
    environment.push_back(nullptr);
    BSN_TRY(nothing, open_file("/dev/null", O_RDONLY));
    const int log = ::open(options_.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) {
        return Error{Code::io_error, fmt::format("cannot write to {}: {}", options_.log.string(),
                                                 std::strerror(errno))};
    }
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
        // Only what is safe between fork and exec in a process with threads.
        sigset_t none;
        sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::signal(SIGPIPE, SIG_DFL);
        ::prctl(PR_SET_PDEATHSIG, options_.orphan_signal);
        if (::getppid() != parent) ::_exit(127);
        ::dup2(nothing.get(), STDIN_FILENO);
        ::dup2(log, STDOUT_FILENO);
        ::dup2(log, STDERR_FILENO);
        ::execve(arguments[0], arguments.data(), environment.data());
        ::_exit(127);
    }
    ::close(log);
    if (pid > 0) return pid;
    return Error{Code::io_error,
                 fmt::format("cannot start {}: {}", options_.name, std::strerror(errno))};
}

// Its number stays its own until it is reaped, so that no other process is signalled.
std::string SupervisedProcess::wait_for(pid_t pid) const {
    const FileHandle process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    pollfd end{process.get(), POLLIN, 0};
    while (process.is_open()) {
        const int ready = ::poll(&end, 1, static_cast<int>(options_.log_look.count()));
        if (ready > 0 || (ready < 0 && errno != EINTR)) break;
        shorten_log();
    }
    siginfo_t ended{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) < 0 &&
           errno == EINTR) {
    }
    return ended.si_code == CLD_EXITED ? fmt::format("ended with status {}", ended.si_status)
                                       : fmt::format("was ended by signal {}", ended.si_status);
}

bool SupervisedProcess::stopped_within(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [this] { return stopping_; });
}

void SupervisedProcess::run_until_stopped() {
    std::chrono::milliseconds pause = k_first_pause;
    while (!stopped_within(0ms)) {
        const auto begin = Clock::now();
        std::string how;
        shorten_log();
        auto pid = spawn();
        if (pid) {
            {
                std::lock_guard lock(mutex_);
                pid_ = *pid;
                trouble_.clear();
                if (stopping_) ::kill(pid_, SIGTERM);
            }
            how = wait_for(*pid);
        } else {
            how = pid.error().message;
        }
        {
            std::lock_guard lock(mutex_);
            pid_ = 0;
            if (pid) ::waitpid(*pid, nullptr, 0);
            if (stopping_) break;
            trouble_ = fmt::format("{} {}; see {}", options_.name, how, options_.log.string());
            ++restarts_;
            log_warn("process", "{}; it is started again", trouble_);
        }
        if (Clock::now() - begin > k_ran_for_a_while) pause = k_first_pause;
        if (stopped_within(pause)) break;
        pause = std::min(2 * pause, k_longest_pause);
    }
    std::lock_guard lock(mutex_);
    pid_ = 0;
    changed_.notify_all();
}

}  // namespace bsn
