#pragma once
// A program that runs beside this one, and is started again when it ends.

#include "base/result.hpp"

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace bsn {

struct SupervisedOptions {
    std::string name;                            ///< for logs
    std::vector<std::string> command;            ///< the program's file, then its arguments
    std::filesystem::path log;                   ///< its stdout and stderr are appended
    std::uint64_t max_log_bytes = 10U << 20;     ///< beyond: see below
    std::chrono::milliseconds log_look{10'000};  ///< how often the log's size is looked at
    int orphan_signal = SIGTERM;                 ///< what it gets when this process has died
    std::vector<std::string> environment = {};   ///< NAME=VALUE each, beside this process's own
};

/// It has no input. It ends with this process, however that ends. After an end of its own it is
/// started again: at once if it ran for a while, otherwise with growing pauses of up to ten
/// seconds. A log that has grown too long goes on empty, and what it held is kept as `LOG.1`, in
/// place of the one before.
class SupervisedProcess {
  public:
    explicit SupervisedProcess(SupervisedOptions options);
    ~SupervisedProcess();
    SupervisedProcess(const SupervisedProcess&) = delete;
    SupervisedProcess& operator=(const SupervisedProcess&) = delete;

    /// Starts it; an error if the program is not there.
    Status start();
    /// Kills it if it runs as this process, so that it is started again.
    void restart(pid_t pid);
    /// Asks it to end, and does not wait.
    void ask_to_end();
    /// Asks it to end, and kills it if it does not within `patience`.
    void stop(std::chrono::milliseconds patience = std::chrono::seconds(30));

    std::optional<pid_t> pid() const;
    /// How it ended, while it waits to be started again; empty while it runs.
    std::string trouble() const;
    std::size_t restarts() const;

  private:
    void run_until_stopped();
    Result<pid_t> spawn() const;
    /// Waits for the end, and keeps the log short meanwhile; how it ended.
    std::string wait_for(pid_t pid) const;
    void shorten_log() const;
    bool stopped_within(std::chrono::milliseconds time);

    const SupervisedOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    pid_t pid_ = 0;  ///< 0: it does not run
    std::string trouble_;
    std::size_t restarts_ = 0;
    std::thread thread_;
};

}  // namespace bsn
