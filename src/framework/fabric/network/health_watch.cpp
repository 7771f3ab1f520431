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
    pid_t answered = 0;  // this one has, so it may be expected to
    Clock::time_point last;
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, options_.interval, [this] { return stopping_; })) {
        lock.unlock();
        const pid_t pid = process_.pid().value_or(0);
        auto unwell = pid != 0 ? ask() : Result<std::string>(std::string());
        const bool same = pid != 0 && pid == process_.pid();
        const auto silence = Clock::now() - last;
        std::string trouble;
        if (same && unwell) {
            answered = pid;
            last = Clock::now();
            trouble = std::move(*unwell);
        } else if (same && pid == answered && silence >= options_.alarm_after) {
            trouble =
                fmt::format("{} runs, but has not answered for {} s", options_.name,
                            std::chrono::duration_cast<std::chrono::seconds>(silence).count());
            if (silence >= options_.restart_after) {
                log_warn("fabric", "{}; it is started again", trouble);
                process_.restart();
                answered = 0;
            }
        }
        lock.lock();
        trouble_ = std::move(trouble);
    }
}

}  // namespace bsn::framework::fabric
