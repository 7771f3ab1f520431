#include "cli/load.hpp"

#include "base/clock.hpp"
#include "base/progress.hpp"
#include "cli/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <sys/random.h>
#include <thread>

namespace bsn::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::uint64_t k_answer_ms = 65'000;
constexpr int k_tries = 20;
constexpr auto k_pause = std::chrono::milliseconds(100);
constexpr auto k_watch = std::chrono::milliseconds(20);

double seconds_between(SteadyClock::time_point begin, SteadyClock::time_point end) {
    return std::chrono::duration<double>(end - begin).count();
}

/// A submission ready to be sent.
struct Batch {
    Bytes body;
    std::size_t count = 0;
};

Result<Batch> make_batch(const ChainRef& chain, const Identity& identity, std::size_t count,
                         std::size_t payload_bytes) {
    std::vector<ledger::Transaction> transactions;
    std::vector<ByteView> views;
    transactions.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        BSN_TRY(transaction, make_padded_deposit(chain, identity, payload_bytes));
        transactions.push_back(std::move(transaction));
    }
    for (const auto& transaction : transactions) views.emplace_back(transaction.bytes());
    return Batch{encode_submission(views), count};
}

/// What one connection met.
struct Tally {
    std::uint64_t committed = 0;
    ledger::Height highest = 0;
    std::map<std::string, std::uint64_t> errors;
    std::vector<double> latencies_ms;
    double signing_s = 0;
    std::uint64_t signed_count = 0;
    std::optional<Error> failure;
};

/// One run of a load. The workers share the batches and two flags, and nothing else.
class Load {
  public:
    Load(const LoadOptions& options, const std::vector<Endpoint>& endpoints,
         const std::string& authority, const ChainRef& chain, const Identity& identity)
        : options_(options),
          endpoints_(endpoints),
          authority_(authority),
          chain_(chain),
          identity_(identity),
          target_(fmt::format("/v1/apps/{}/transactions?timeout_ms=60000",
                              to_hex(chain.channel.view()))) {}

    /// Signs the batches, on all cores.
    Status presign(bool show_progress) {
        std::size_t count = (options_.presigned_count + options_.batch - 1) / options_.batch;
        batches_.resize(count);
        std::unique_ptr<Progress> bar;
        if (show_progress) {
            bar = std::make_unique<Progress>("Signing", count * options_.batch, "transactions");
        }
        std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
        std::atomic<std::size_t> next{0};
        std::mutex mutex;
        std::optional<Error> failure;
        double busy_s = 0;
        run_threads(threads, [&](std::size_t) {
            auto begin = SteadyClock::now();
            for (std::size_t at = next++; at < count; at = next++) {
                auto batch = make_batch(chain_, identity_, options_.batch, options_.payload_bytes);
                if (!batch) {
                    std::lock_guard lock(mutex);
                    failure = batch.error();
                    return;
                }
                batches_[at] = std::move(*batch);
                if (bar) bar->add(options_.batch);
            }
            std::lock_guard lock(mutex);
            busy_s += seconds_between(begin, SteadyClock::now());
        });
        if (failure) return *failure;
        if (count > 0) sign_us_ = busy_s * 1e6 / static_cast<double>(count * options_.batch);
        return {};
    }

    Result<LoadResult> run(bool show_progress) {
        std::vector<Tally> tallies(options_.connections);
        std::atomic<std::size_t> running{options_.connections};
        LoadResult result;
        std::thread conductor([&] { conduct(running, result, show_progress); });
        run_threads(options_.connections, [&](std::size_t i) {
            work(i, tallies[i]);
            --running;
        });
        SteadyClock::time_point end = SteadyClock::now();
        conductor.join();
        for (Tally& tally : tallies) {
            if (tally.failure) return *tally.failure;
        }
        sum_up(tallies, end, result);
        return result;
    }

  private:
    template <typename Work>
    static void run_threads(std::size_t count, Work work) {
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
        for (std::thread& thread : threads) thread.join();
    }

    /// Begins and ends the measurement by the clock, or when the workers have nothing left to do.
    void conduct(const std::atomic<std::size_t>& running, LoadResult& result, bool show_progress) {
        auto wait = [&](double seconds, const char* title) {
            std::unique_ptr<Progress> bar;
            auto total = static_cast<std::uint64_t>(seconds * 10);
            if (show_progress && total > 0) bar = std::make_unique<Progress>(title, total);
            auto begin = SteadyClock::now();
            for (;;) {
                double passed = seconds_between(begin, SteadyClock::now());
                if (bar) bar->set(std::min(total, static_cast<std::uint64_t>(passed * 10)));
                if (passed >= seconds || running == 0) return;
                std::this_thread::sleep_for(k_watch);
            }
        };
        wait(options_.warmup_s, "Warming up");
        result.started_at = SystemClock().monotonic();
        measured_from_ = SteadyClock::now();
        measuring_ = true;
        wait(options_.duration_s, "Measuring");
        result.exhausted = running == 0;
        stopped_ = true;
    }

    /// The next batch: of the pool, or made now.
    Result<std::optional<Batch>> next_batch(Tally& tally) {
        if (options_.presigned) {
            std::size_t at = next_++;
            if (at >= batches_.size()) return std::optional<Batch>();
            return std::optional(std::move(batches_[at]));
        }
        auto begin = SteadyClock::now();
        BSN_TRY(batch, make_batch(chain_, identity_, options_.batch, options_.payload_bytes));
        tally.signing_s += seconds_between(begin, SteadyClock::now());
        tally.signed_count += batch.count;
        return std::optional(std::move(batch));
    }

    void work(std::size_t number, Tally& tally) {
        HttpConnection connection(endpoints_[number % endpoints_.size()], authority_);
        while (!stopped_) {
            auto batch = next_batch(tally);
            if (!batch) tally.failure = batch.error();
            if (!batch || !*batch) return;
            bool counts = measuring_;
            auto begin = SteadyClock::now();
            auto answers = send(connection, (*batch)->body, tally);
            double millis = seconds_between(begin, SteadyClock::now()) * 1000;
            if (!answers) {
                tally.failure = answers.error();
                return;
            }
            if (counts) tally.latencies_ms.push_back(millis);
            for (const SubmitAnswer& answer : *answers) {
                tally.highest = std::max(tally.highest, answer.height);
                if (answer.error) {
                    ++tally.errors[std::string(code_name(answer.error->code))];
                } else if (counts) {
                    ++tally.committed;
                }
            }
        }
    }

    /// Sends the same bytes until they are answered.
    Result<std::vector<SubmitAnswer>> send(HttpConnection& connection, const Bytes& body,
                                           Tally& tally) {
        HttpRequest request{.method = "POST",
                            .target = target_,
                            .content_type = "application/x-bsn-transactions",
                            .body = body};
        Error last;
        for (int left = k_tries; left > 0; --left) {
            auto response = connection.send(request, k_answer_ms);
            if (response && response->status == 200) return decode_results(response->body);
            last = response ? api_error(*response, connection.endpoint()) : response.error();
            ++tally.errors[std::string(code_name(last.code))];
            bool passes = last.code == Code::unavailable || last.code == Code::overloaded ||
                          last.code == Code::unknown_outcome;
            if (!passes) return last;
            std::this_thread::sleep_for(k_pause);
        }
        return last;
    }

    void sum_up(std::vector<Tally>& tallies, SteadyClock::time_point end, LoadResult& result) {
        double signing_s = 0;
        std::uint64_t signed_count = 0;
        for (Tally& tally : tallies) {
            result.committed += tally.committed;
            result.highest = std::max(result.highest, tally.highest);
            for (const auto& [code, count] : tally.errors) result.errors[code] += count;
            result.latencies_ms.insert(result.latencies_ms.end(), tally.latencies_ms.begin(),
                                       tally.latencies_ms.end());
            signing_s += tally.signing_s;
            signed_count += tally.signed_count;
        }
        std::sort(result.latencies_ms.begin(), result.latencies_ms.end());
        result.window_s = seconds_between(measured_from_, end);
        result.sign_us =
            signed_count > 0 ? signing_s * 1e6 / static_cast<double>(signed_count) : sign_us_;
    }

    const LoadOptions& options_;
    const std::vector<Endpoint>& endpoints_;
    const std::string& authority_;
    const ChainRef& chain_;
    const Identity& identity_;
    const std::string target_;
    std::vector<Batch> batches_;
    std::atomic<std::size_t> next_{0};
    std::atomic<bool> measuring_{false};
    std::atomic<bool> stopped_{false};
    SteadyClock::time_point measured_from_;
    double sign_us_ = 0;
};

}  // namespace

double percentile(const std::vector<double>& ascending, double share) {
    if (ascending.empty()) return 0;
    auto rank = static_cast<std::size_t>(share * static_cast<double>(ascending.size()));
    return ascending[std::min(rank, ascending.size() - 1)];
}

Result<ledger::Transaction> make_padded_deposit(const ChainRef& chain, const Identity& identity,
                                                std::size_t payload_bytes) {
    crypto::Hash content;
    ssize_t got = ::getrandom(content.data(), content.size(), 0);
    ensure(got == static_cast<ssize_t>(content.size()), "the system gave no random bytes");
    ledger::Payload payload = make_payload(
        chain, identity,
        {std::string(k_evidence_contract), "deposit", {to_bytes(to_hex(content.view())), Bytes()}});
    std::size_t least = payload.encode().size();
    if (least > payload_bytes) {
        return Error{Code::invalid_argument,
                     fmt::format("a deposit's payload takes at least {} bytes; choose a larger "
                                 "--payload-bytes",
                                 least)};
    }
    payload.arguments[1] = Bytes(payload_bytes - least, 'x');
    BSN_CHECK(payload.check());
    return ledger::Transaction::sign(std::move(payload), identity.key);
}

Result<LoadResult> run_load(const LoadOptions& options, const std::vector<Endpoint>& endpoints,
                            const std::string& authority, const ChainRef& chain,
                            const Identity& identity, bool show_progress) {
    Load load(options, endpoints, authority, chain, identity);
    if (options.presigned) BSN_CHECK(load.presign(show_progress));
    return load.run(show_progress);
}

}  // namespace bsn::cli
