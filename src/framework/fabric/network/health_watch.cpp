#include "framework/fabric/network/health_watch.hpp"

#include "base/log.hpp"
#include "net/http_client.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {
namespace {

constexpr unsigned k_ok = 200;

}  // namespace

HealthWatch::HealthWatch(SupervisedProcess& process, HealthWatchOptions options)
    : process_(process), options_(std::move(options)), thread_([this] { run(); }) {}

HealthWatch::~HealthWatch() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

Result<std::string> HealthWatch::ask() const {
    net::HttpConnection connection({false, "127.0.0.1", options_.port}, "");
    BSN_TRY(answer, connection.send({.target = "/healthz"},
                                    static_cast<std::uint64_t>(options_.patience.count())));
    if (answer.status == k_ok) return std::string();
    return fmt::format("{} is not well: {}", options_.name, answer.text());
}

Status HealthWatch::check() const {
    if (const std::string ended = process_.trouble(); !ended.empty()) {
        return Error{Code::unavailable, ended};
    }
    BSN_TRY(unwell, ask());
    if (!unwell.empty()) return Error{Code::unavailable, unwell};
    return {};
}

std::string HealthWatch::trouble() const {
    if (std::string ended = process_.trouble(); !ended.empty()) return ended;
    std::lock_guard lock(mutex_);
    return trouble_;
}

void HealthWatch::run() {
    using Clock = std::chrono::steady_clock;
    pid_t watched = 0;
    bool answered = false;    // it has, so that it may be expected to
    Clock::time_point since;  // it began, or answered last
    auto round = Clock::now();
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, options_.interval, [this] { return stopping_; })) {
        std::string trouble = trouble_;
        lock.unlock();
        const pid_t pid = process_.pid().value_or(0);
        const auto last_round = std::exchange(round, Clock::now());
        // After a pause of our own the program has paused, too, or could not reach us.
        const bool late = round - last_round > options_.alarm_after;
        if (late || std::exchange(watched, pid) != pid) since = round;
        if (pid != 0) {
            if (auto unwell = ask()) {
                answered = true;
                since = Clock::now();
                trouble = std::move(*unwell);
            } else if (const auto silence = Clock::now() - since;
                       silence >= (answered ? options_.alarm_after : options_.start_within)) {
                trouble =
                    fmt::format("{} runs, but has not answered for {} s", options_.name,
                                std::chrono::duration_cast<std::chrono::seconds>(silence).count());
                if (silence >= (answered ? options_.restart_after : options_.restart_start_after)) {
                    log_warn("fabric", "{}; it is started again", trouble);
                    process_.restart(pid);
                    answered = false;
                    since = Clock::now();
                }
            }
        }
        lock.lock();
        trouble_ = std::move(trouble);
    }
}

}  // namespace bsn::framework::fabric
