#pragma once
// Whether a peer or orderer of Fabric still answers.

#include "base/supervised_process.hpp"

#include <string>

namespace bsn::framework::fabric {

struct HealthWatchOptions {
    std::string name;        ///< for messages, such as `the peer of Fabric`
    std::uint16_t port = 0;  ///< of its operations service, on this machine
    std::chrono::milliseconds interval{2'000};
    std::chrono::milliseconds patience{3'000};  ///< for one answer
    std::chrono::milliseconds alarm_after{10'000};
    std::chrono::milliseconds restart_after{60'000};
    std::chrono::milliseconds start_within{120'000};  ///< then its silence is told
    /// One that has not answered since it began is started again. A peer may have much to recover.
    std::chrono::milliseconds restart_start_after{360'000};
};

/// Asks a program's health service (https://hyperledger-fabric.readthedocs.io, "The Operations
/// Service") again and again. One that runs, but does not answer any more or never does, hangs: it
/// is killed, so that it is started again. Any thread may call any member.
class HealthWatch {
  public:
    /// The process outlives it.
    HealthWatch(SupervisedProcess& process, HealthWatchOptions options);
    ~HealthWatch();
    HealthWatch(const HealthWatch&) = delete;
    HealthWatch& operator=(const HealthWatch&) = delete;

    /// Asks now: `unavailable` if there is no answer, or the program says that it is not well.
    Status check() const;
    /// What the last answers say is wrong; empty: nothing. One that has just started may take its
    /// time.
    std::string trouble() const;

  private:
    /// What it says is wrong; empty: it is well. An error if it does not answer.
    Result<std::string> ask() const;
    void run();

    SupervisedProcess& process_;
    const HealthWatchOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::string trouble_;
    std::thread thread_;
};

}  // namespace bsn::framework::fabric
