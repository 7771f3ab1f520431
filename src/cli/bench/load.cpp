#include "cli/bench/load.hpp"

#include <algorithm>
#include <list>
#include <thread>

namespace bsn::cli {
namespace {

constexpr auto k_watch = std::chrono::milliseconds(20);

SteadyClock::duration seconds(double value) {
    return std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(value));
}

double seconds_between(SteadyClock::time_point begin, SteadyClock::time_point end) {
    return std::chrono::duration<double>(end - begin).count();
}

/// A schedule that the connections of an app share.
class SharedSchedule {
  public:
    SharedSchedule(const LoadOptions& options, std::size_t apps)
        : schedule_(options.rate / static_cast<double>(apps),
                    Nanos(static_cast<Nanos::rep>(options.window_ms * 1e6)), options.batch) {}

    std::optional<OpenSchedule::Slot> next(Nanos now, Nanos end) {
        std::lock_guard lock(mutex_);
        return schedule_.next(now, end);
    }
    /// Without a lock: what does not change, and what is asked after the end.
    const OpenSchedule& content() const { return schedule_; }

  private:
    std::mutex mutex_;
    OpenSchedule schedule_;
};

/// One run. The workers share the schedules, the sources and two flags.
class Load {
  public:
    Load(const LoadOptions& options, const LoadTarget& target, const LoadEvents& events)
        : options_(options), target_(target), events_(events) {
        if (options_.rate <= 0) return;
        for (std::size_t i = 0; i < target_.apps.size(); ++i) {
            schedules_.emplace_back(options_, target_.apps.size());
        }
    }

    Result<LoadResult> run() {
        for (std::size_t i = 0; i < options_.connections; ++i) workers_.emplace_back(*this, i);
        start_ = SteadyClock::now();
        measured_from_ = start_ + seconds(options_.warmup_s);
        end_ = measured_from_ + seconds(options_.duration_s);
        running_ = workers_.size();
        for (Worker& worker : workers_) worker.thread = std::thread([&] { work(worker); });
        conduct();
        for (Worker& worker : workers_) worker.thread.join();
        auto now = SteadyClock::now();
        for (const Worker& worker : workers_) {
            if (worker.failure) return *worker.failure;
        }
        take_over(result_.counts);
        result_.measured_from = measured_from_;
        result_.window_s = seconds_between(measured_from_, now);
        count_unsent(now);
        result_.highest.resize(target_.apps.size());
        for (const Worker& worker : workers_) {
            ledger::Height& highest = result_.highest[worker.app];
            highest = std::max(highest, worker.sender.highest());
        }
        return std::move(result_);
    }

  private:
    struct Worker {
        Worker(Load& load, std::size_t number)
            : app(number % load.target_.apps.size()),
              sender(load.endpoint_of(number), load.target_.authority,
                     load.target_.apps[app].source->chain().channel, number + 1, tally) {}

        std::size_t app;
        Tally tally;
        Sender sender;
        std::optional<Error> failure;
        std::thread thread;
    };

    const net::Endpoint& endpoint_of(std::size_t worker) const {
        const std::size_t apps = target_.apps.size();
        const auto& endpoints = target_.apps[worker % apps].endpoints;
        // Also with as many apps as nodes, an app's connections go to different nodes.
        return endpoints[(worker + worker / apps) % endpoints.size()];
    }

    void work(Worker& worker) {
        Status outcome = schedules_.empty() ? work_closed(worker) : work_open(worker);
        if (!outcome) {
            worker.failure = outcome.error();
            give_up_ = true;
        }
        --running_;
    }

    Status work_closed(Worker& worker) {
        while (!give_up_ && SteadyClock::now() < end_) {
            BSN_TRY(shipment, load_up(worker, options_.batch));
            auto now = SteadyClock::now();
            shipment.since.assign(options_.batch, now);
            shipment.measured = now >= measured_from_;
            BSN_CHECK(worker.sender.deliver(shipment, give_up_));
        }
        return {};
    }

    Status work_open(Worker& worker) {
        SharedSchedule& schedule = *std::next(schedules_.begin(), static_cast<long>(worker.app));
        while (!give_up_) {
            auto slot = schedule.next(SteadyClock::now() - start_, end_ - start_);
            if (!slot) return {};
            BSN_TRY(shipment, load_up(worker, slot->count));
            for (std::size_t i = 0; i < slot->count; ++i) {
                shipment.since.push_back(start_ + schedule.content().due(slot->first + i));
            }
            shipment.measured = shipment.since.front() >= measured_from_;
            std::this_thread::sleep_until(start_ + slot->send_at);
            std::uint64_t late = micros_between(start_ + slot->send_at, SteadyClock::now());
            if (shipment.measured) {
                worker.tally.change([&](LoadCounts& counts) {
                    if (late > LoadCounts::k_late_us) counts.late += slot->count;
                    counts.most_late_us = std::max(counts.most_late_us, late);
                });
            }
            BSN_CHECK(worker.sender.deliver(shipment, give_up_));
        }
        return {};
    }

    Result<Shipment> load_up(Worker& worker, std::size_t count) {
        BSN_TRY(taken, target_.apps[worker.app].source->take(count));
        if (taken.signed_now > 0) {
            worker.tally.change([&](LoadCounts& counts) {
                counts.signed_live += taken.signed_now;
                counts.signing_s += taken.signing_s;
            });
        }
        return Shipment{.transactions = std::move(taken.transactions)};
    }

    /// Follows the run by the clock, and ends it.
    void conduct() {
        wait_until(measured_from_, "Warming up", start_, options_.warmup_s);
        take_over(result_.counts);  // errors and pauses so far are of no interval
        if (events_.measuring) events_.measuring();
        double begun = seconds_between(measured_from_, SteadyClock::now());
        for (double at = options_.every_s; options_.every_s > 0 && running_ > 0;) {
            at = std::min(std::max(at, begun), options_.duration_s);
            wait_until(measured_from_ + seconds(at), "Measuring", measured_from_,
                       options_.duration_s);
            end_interval();
            if (at >= options_.duration_s) break;
            at += options_.every_s;
        }
        wait_until(end_, "Measuring", measured_from_, options_.duration_s);
        wait_until(end_ + seconds(options_.drain_s), "Draining", end_, options_.drain_s);
        give_up_ = true;
    }

    void wait_until(SteadyClock::time_point until, const char* title, SteadyClock::time_point from,
                    double total_s) {
        for (auto now = SteadyClock::now(); now < until && running_ > 0; now = SteadyClock::now()) {
            if (events_.progress) events_.progress(title, seconds_between(from, now), total_s);
            std::this_thread::sleep_for(std::min<SteadyClock::duration>(k_watch, until - now));
        }
    }

    void end_interval() {
        LoadCounts counts;
        take_over(counts);
        double begin = result_.intervals.empty() ? 0 : result_.intervals.back().end_s;
        LoadInterval interval(begin, seconds_between(measured_from_, SteadyClock::now()), counts);
        if (events_.look) interval.usage = events_.look();
        result_.counts.merge(counts);
        result_.intervals.push_back(std::move(interval));
    }

    void take_over(LoadCounts& sum) {
        for (Worker& worker : workers_) worker.tally.take_over(sum);
    }

    /// What an open loop owed: latencies of what was never sent are at least what passed since.
    void count_unsent(SteadyClock::time_point now) {
        for (const SharedSchedule& shared : schedules_) {
            const OpenSchedule& schedule = shared.content();
            std::uint64_t first = schedule.due_before(measured_from_ - start_);
            std::uint64_t behind = schedule.due_before(end_ - start_);
            result_.due += behind - first;
            for (std::uint64_t i = std::max(first, schedule.next_number()); i < behind; ++i) {
                ++result_.unsent;
                result_.counts.latency.record(micros_between(start_ + schedule.due(i), now));
            }
        }
    }

    const LoadOptions& options_;
    const LoadTarget& target_;
    const LoadEvents& events_;
    std::list<SharedSchedule> schedules_;  ///< one for each app; closed loop: none
    std::list<Worker> workers_;
    SteadyClock::time_point start_;
    SteadyClock::time_point measured_from_;
    SteadyClock::time_point end_;
    std::atomic<std::size_t> running_{0};
    std::atomic<bool> give_up_{false};
    LoadResult result_;
};

}  // namespace

Result<LoadResult> run_load(const LoadOptions& options, const LoadTarget& target,
                            const LoadEvents& events) {
    ensure(!target.apps.empty(), "a load without a target");
    for (const LoadTarget::App& app : target.apps) {
        ensure(app.source != nullptr && !app.endpoints.empty(), "an app that nobody serves");
    }
    return Load(options, target, events).run();
}

}  // namespace bsn::cli
