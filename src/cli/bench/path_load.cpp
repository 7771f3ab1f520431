#include "cli/bench/path_load.hpp"

#include "base/scheduling.hpp"
#include "cli/bench/sender.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <deque>

namespace bsn::cli {

namespace asio = boost::asio;

namespace {

using TimePoint = SteadyClock::time_point;

constexpr std::chrono::milliseconds k_look{100};
/// For what is on its way at the end: somewhat longer than a request waits for its answer.
constexpr double k_drain_s = 70;

SteadyClock::duration seconds(double value) {
    return std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(value));
}

class PathLoad {
  public:
    PathLoad(asio::io_context& io, const std::vector<std::unique_ptr<Submitter>>& clients,
             TransactionSource& source, const PathLoadOptions& options, ChainTimes* times)
        : io_(io),
          open_(asio::make_work_guard(io)),
          source_(source),
          options_(options),
          times_(times),
          timer_(io),
          schedule_(options.rate > 0 ? options.rate / static_cast<double>(options.batch) : 1,
                    Nanos(0), 1) {
        for (const auto& client : clients) idle_.push_back(client.get());
        clients_ = idle_.size();
    }

    Result<PathLoadResult> run(const std::function<void(double)>& progress) {
        ask_for_short_slices();  // answers are taken when they come
        start_ = SteadyClock::now();
        measured_from_ = start_ + seconds(options_.warmup_s);
        end_ = measured_from_ + seconds(options_.duration_s);
        if (options_.rate > 0) {
            await_due();
        } else {
            while (!idle_.empty() && !failure_) send(start_);
        }
        const auto last = end_ + seconds(k_drain_s);
        for (auto now = start_; !is_over(now); now = SteadyClock::now()) {
            if (now > last) fail({Code::unknown_outcome, "requests were not answered in time"});
            if (failure_ && now > last) break;
            io_.run_one_for(k_look);
            if (progress) progress(std::chrono::duration<double>(now - start_).count());
        }
        if (failure_) return *failure_;
        result_.seconds = options_.duration_s;
        return std::move(result_);
    }

  private:
    bool is_over(TimePoint now) const {
        const bool all_sent = failure_ || (now >= end_ && waiting_.empty() && !more_due_);
        return all_sent && idle_.size() == clients_;
    }

    void await_due() {
        auto slot = schedule_.next(SteadyClock::now() - start_, end_ - start_);
        more_due_ = slot.has_value();
        if (!slot) return;
        const TimePoint due = start_ + slot->send_at;
        timer_.expires_at(due);
        timer_.async_wait([this, due](boost::system::error_code) {
            waiting_.push_back(due);
            send_waiting();
            await_due();
        });
    }

    void send_waiting() {
        while (!waiting_.empty() && !idle_.empty() && !failure_) {
            const TimePoint due = waiting_.front();
            waiting_.pop_front();
            send(due);
        }
    }

    /// By a client that is free.
    void send(TimePoint since) {
        auto taken = source_.take(options_.batch);
        if (!taken) return fail(taken.error());
        Submitter* client = idle_.back();
        idle_.pop_back();
        const std::size_t key =
            times_ == nullptr ? 0 : ChainTimes::key_of(taken->transactions.front());
        const TimePoint sent = SteadyClock::now();
        client->submit(std::move(taken->transactions),
                       [this, client, key, since, sent](const Submitted& outcome) {
                           idle_.push_back(client);
                           take_answer(outcome, key, since, sent);
                       });
    }

    void take_answer(const Submitted& outcome, std::size_t key, TimePoint since, TimePoint sent) {
        if (!outcome.failure) return fail(outcome.failure.error());
        const TimePoint now = SteadyClock::now();
        const bool open = options_.rate > 0;
        result_.all += outcome.committed;
        const TimePoint counts = open ? since : now;
        if (counts >= measured_from_ && counts < end_) {
            result_.committed += outcome.committed;
            result_.latency.record(micros_between(since, now));
        }
        if (auto within = times_ == nullptr ? std::nullopt : times_->take(key)) {
            if (counts >= measured_from_ && counts < end_) {
                result_.beside_chain.record(micros_between(sent + *within, now));
            }
        }
        if (open) return send_waiting();
        if (now < end_ && !failure_) send(now);
    }

    void fail(Error error) {
        if (!failure_) failure_ = std::move(error);
    }

    asio::io_context& io_;
    /// Answers come from outside: `io_` does not end while there is nothing.
    const asio::executor_work_guard<asio::io_context::executor_type> open_;
    TransactionSource& source_;
    const PathLoadOptions& options_;
    ChainTimes* times_;
    asio::steady_timer timer_;
    OpenSchedule schedule_;  ///< of requests
    std::vector<Submitter*> idle_;
    std::size_t clients_ = 0;
    std::deque<TimePoint> waiting_;  ///< since when requests have been due that found no client
    bool more_due_ = false;
    TimePoint start_;
    TimePoint measured_from_;
    TimePoint end_;
    std::optional<Error> failure_;
    PathLoadResult result_;
};

}  // namespace

Result<PathLoadResult> run_path_load(asio::io_context& io,
                                     const std::vector<std::unique_ptr<Submitter>>& clients,
                                     TransactionSource& source, const PathLoadOptions& options,
                                     ChainTimes* times,
                                     const std::function<void(double)>& progress) {
    ensure(!clients.empty(), "a load without a client");
    ensure(!io.stopped(), "the events of a former load");
    return PathLoad(io, clients, source, options, times).run(progress);
}

}  // namespace bsn::cli
