#include "sim/driver.hpp"

#include "base/log.hpp"
#include "sim/world.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace bsn::sim {
namespace {

constexpr std::uint64_t k_most_jobs = 64;
/// Every so many seeds are run twice, to see that the same seed is the same run.
constexpr std::uint64_t k_twice_every = 25;

/// What the processes tell each other.
struct Job {
    std::atomic<std::uint64_t> seed{0};  ///< at work on
    std::atomic<std::uint64_t> done{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> transactions{0};
};

void say(const std::string& line) {
    std::fputs(line.c_str(), stdout);
    std::fflush(stdout);
}

std::string replay_line(std::uint64_t seed) {
    return fmt::format("make sim SEED={}   or   bsn_sim --seed {} --trace", seed, seed);
}

/// The product's log is not of interest while laws hold.
void silence() {
    if (std::freopen("/dev/null", "w", stderr) == nullptr) std::fputs("no /dev/null\n", stdout);
}

/// Runs a seed; what was wrong, or nothing.
std::string judge(std::uint64_t seed, bool twice, Job& job) {
    Outcome outcome = run(seed, false);
    job.transactions += outcome.transactions;
    if (!outcome.violation.empty()) return outcome.violation;
    if (twice && run(seed, false).trace_hash != outcome.trace_hash) {
        return "two runs of this seed are not the same";
    }
    return {};
}

void work(const DriverOptions& options, std::uint64_t number, Job* jobs) {
    Job& job = jobs[number];
    auto any_failed = [&] {
        return std::any_of(jobs, jobs + options.jobs,
                           [](const Job& one) { return one.failed > 0; });
    };
    for (std::uint64_t i = number; i < options.seeds; i += options.jobs) {
        if (options.first && any_failed()) return;
        const std::uint64_t seed = options.from + i;
        job.seed = seed;
        const std::string wrong = judge(seed, i % k_twice_every == 0, job);
        if (!wrong.empty()) {
            ++job.failed;
            say(fmt::format("seed {} ({}): {}\n    {}\n", seed, Plan::of(seed).describe(), wrong,
                            replay_line(seed)));
        }
        ++job.done;
    }
}

class Progress {
  public:
    Progress(const Job* jobs, const DriverOptions& options) : jobs_(jobs), options_(options) {}

    void show(bool last) const {
        std::uint64_t done = 0;
        std::uint64_t failed = 0;
        std::uint64_t transactions = 0;
        for (std::uint64_t i = 0; i < options_.jobs; ++i) {
            done += jobs_[i].done;
            failed += jobs_[i].failed;
            transactions += jobs_[i].transactions;
        }
        std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
        say(fmt::format("{}{} of {} seeds, {} failed, {} transactions certified, {:.1f} seeds/s{}",
                        is_terminal_ ? "\r" : "", done, options_.seeds, failed, transactions,
                        static_cast<double>(done) / std::max(passed.count(), 0.001),
                        last || !is_terminal_ ? "\n" : ""));
    }
    bool is_due() {
        auto now = std::chrono::steady_clock::now();
        if (now - shown_ < (is_terminal_ ? std::chrono::seconds(1) : std::chrono::seconds(30))) {
            return false;
        }
        shown_ = now;
        return true;
    }

  private:
    const Job* jobs_;
    const DriverOptions& options_;
    const bool is_terminal_ = ::isatty(1) == 1;
    const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point shown_ = begin_;
};

}  // namespace

int run_one(const DriverOptions& options) {
    const std::uint64_t seed = *options.seed;
    say(fmt::format("seed {}: {}\n", seed, Plan::of(seed).describe()));
    if (options.trace) {
        (void)init_logging(LogLevel::debug);
    } else {
        silence();
    }
    Outcome outcome = run(seed, options.trace);
    say(fmt::format(
        "{} events, {} transactions certified, {:.1f} s of simulated time, trace "
        "{:016x}\n",
        outcome.events, outcome.transactions,
        static_cast<double>(outcome.time) / static_cast<double>(k_second), outcome.trace_hash));
    silence();
    const bool same = run(seed, false).trace_hash == outcome.trace_hash;
    if (!same) say("two runs of this seed are not the same\n");
    say(outcome.violation.empty() ? "all laws held\n" : outcome.violation + "\n");
    return outcome.violation.empty() && same ? 0 : 1;
}

int run_many(const DriverOptions& asked) {
    DriverOptions options = asked;
    options.jobs = std::clamp<std::uint64_t>(options.jobs, 1, k_most_jobs);
    void* shared = ::mmap(nullptr, sizeof(Job) * options.jobs, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return 2;
    Job* jobs = new (shared) Job[options.jobs];
    Progress progress(jobs, options);
    std::vector<pid_t> children;
    for (std::uint64_t number = 0; number < options.jobs; ++number) {
        pid_t child = ::fork();
        if (child < 0) return 2;
        if (child == 0) {
            silence();
            work(options, number, jobs);
            ::_exit(0);
        }
        children.push_back(child);
    }
    std::size_t left = children.size();
    while (left > 0) {
        int status = 0;
        pid_t ended = ::waitpid(-1, &status, WNOHANG);
        if (ended > 0) {
            --left;
            if (status == 0) continue;
            auto number = std::find(children.begin(), children.end(), ended) - children.begin();
            const std::uint64_t seed = jobs[number].seed;
            ++jobs[number].failed;
            say(fmt::format("seed {}: the process died\n    {}\n", seed, replay_line(seed)));
        } else {
            ::usleep(20'000);
            if (progress.is_due()) progress.show(false);
        }
    }
    progress.show(true);
    std::uint64_t failed = 0;
    for (std::uint64_t i = 0; i < options.jobs; ++i) failed += jobs[i].failed;
    return failed == 0 ? 0 : 1;
}

}  // namespace bsn::sim
