#pragma once
// Numbers about the running process, in Prometheus' text format. Ask the registry once for a
// counter and keep the reference: counting is then one atomic addition.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bsn {

/// Names and values that tell the series of one metric apart. Names are [a-zA-Z_][a-zA-Z0-9_]*.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// Only grows. Any thread.
class Counter {
  public:
    void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
    /// For what is counted elsewhere: takes over that count, unless it is smaller.
    void raise_to(std::uint64_t value);
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

/// Goes up and down. Any thread.
class Gauge {
  public:
    void set(double value) { value_.store(value, std::memory_order_relaxed); }
    void add(double amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
    double value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<double> value_{0};
};

/// How often values fell into which range. Any thread.
class Histogram {
  public:
    /// `bounds` are the inclusive upper ends of the ranges, ascending; a last, open range is added.
    explicit Histogram(std::span<const double> bounds);

    void observe(double value);

    /// What was observed: for each range, then in all.
    struct Reading {
        std::vector<std::uint64_t> counts;
        std::uint64_t count = 0;
        double sum = 0;
    };
    Reading read() const;
    std::span<const double> bounds() const { return bounds_; }

  private:
    std::vector<double> bounds_;
    std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
    std::atomic<double> sum_{0};
};

/// Upper ends for latencies in seconds, 0.5 ms to 10 s.
inline constexpr double k_latency_bounds[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                              0.1,    0.25,  0.5,    1,     2.5,  5,     10};

/// All metrics of one node. Any thread may call any member. The references that it gives stay
/// valid for as long as it lives; the same name and labels give the same one.
///
/// A family has at most `k_max_series` series: beyond that, values of new ones are summed up in one
/// whose labels all read "other", so that labels taken from outside cannot fill the memory.
class MetricsRegistry {
  public:
    static constexpr std::size_t k_max_series = 2000;

    MetricsRegistry();
    ~MetricsRegistry();
    MetricsRegistry(const MetricsRegistry&) = delete;
    MetricsRegistry& operator=(const MetricsRegistry&) = delete;

    Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
    /// The bounds of the first call for a name hold for the whole family.
    Histogram& histogram(std::string_view name, std::string_view help,
                         std::span<const double> bounds = k_latency_bounds,
                         const Labels& labels = {});

    /// Everything, in Prometheus' text format 0.0.4 (`k_content_type`), sorted by name and labels.
    std::string render() const;
    static constexpr std::string_view k_content_type = "text/plain; version=0.0.4; charset=utf-8";

  private:
    struct Family;
    struct Series;
    Family& family(std::string_view name, std::string_view help, std::string_view type);
    Series& series(Family& family, const Labels& labels);

    mutable std::mutex mutex_;
    std::map<std::string, std::unique_ptr<Family>, std::less<>> families_;
};

}  // namespace bsn
