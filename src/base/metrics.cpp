#include "base/metrics.hpp"

#include "base/result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bsn {
namespace {

bool is_name(std::string_view name, bool colons) {
    auto allowed = [colons](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '_' || (colons && letter == ':');
    };
    bool digit_first = !name.empty() && name[0] >= '0' && name[0] <= '9';
    return !name.empty() && !digit_first && std::all_of(name.begin(), name.end(), allowed);
}

/// Backslash and line end are escaped everywhere, quotation marks only in label values.
std::string escaped(std::string_view text, bool quotes) {
    std::string safe;
    for (char letter : text) {
        if (letter == '\\') {
            safe += "\\\\";
        } else if (letter == '\n') {
            safe += "\\n";
        } else if (letter == '"' && quotes) {
            safe += "\\\"";
        } else {
            safe += letter;
        }
    }
    return safe;
}

/// `a="1",b="2"`, sorted by name, so that the order given does not matter.
std::string label_text(Labels labels) {
    std::sort(labels.begin(), labels.end());
    std::string text;
    for (const auto& [name, value] : labels) {
        if (!text.empty()) text += ',';
        text += fmt::format("{}=\"{}\"", name, escaped(value, true));
    }
    return text;
}

std::string number_text(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", value);
}

/// `name{labels,more} value`, with braces only where there are labels.
void append_line(std::string& text, std::string_view name, std::string_view labels,
                 std::string_view more, std::string_view value) {
    text += name;
    if (!labels.empty() || !more.empty()) {
        bool both = !labels.empty() && !more.empty();
        text += fmt::format("{{{}{}{}}}", labels, both ? "," : "", more);
    }
    text += fmt::format(" {}\n", value);
}

void append_histogram(std::string& text, std::string_view name, std::string_view labels,
                      const Histogram& histogram) {
    Histogram::Reading reading = histogram.read();
    std::span<const double> bounds = histogram.bounds();
    std::string buckets = fmt::format("{}_bucket", name);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < reading.counts.size(); ++i) {
        below += reading.counts[i];
        std::string bound = i < bounds.size() ? number_text(bounds[i]) : "+Inf";
        append_line(text, buckets, labels, fmt::format("le=\"{}\"", bound), fmt::to_string(below));
    }
    append_line(text, fmt::format("{}_sum", name), labels, "", number_text(reading.sum));
    append_line(text, fmt::format("{}_count", name), labels, "", fmt::to_string(reading.count));
}

}  // namespace

void Counter::raise_to(std::uint64_t value) {
    std::uint64_t now = value_.load(std::memory_order_relaxed);
    while (now < value && !value_.compare_exchange_weak(now, value, std::memory_order_relaxed)) {
    }
}

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds.begin(), bounds.end()),
      counts_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds.size() + 1)) {
    ensure(std::is_sorted(bounds_.begin(), bounds_.end()), "histogram bounds must ascend");
}

void Histogram::observe(double value) {
    auto range = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    counts_[static_cast<std::size_t>(range)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

Histogram::Reading Histogram::read() const {
    Reading reading;
    for (std::size_t i = 0; i <= bounds_.size(); ++i) {
        reading.counts.push_back(counts_[i].load(std::memory_order_relaxed));
        reading.count += reading.counts.back();
    }
    reading.sum = sum_.load(std::memory_order_relaxed);
    return reading;
}

/// One of the three, as the type of the family says.
struct MetricsRegistry::Series {
    Counter counter;
    Gauge gauge;
    std::unique_ptr<Histogram> histogram;
};

struct MetricsRegistry::Family {
    std::string help;
    std::string type;
    std::vector<double> bounds;
    std::map<std::string, std::unique_ptr<Series>> series;
};

MetricsRegistry::MetricsRegistry() = default;
MetricsRegistry::~MetricsRegistry() = default;

MetricsRegistry::Family& MetricsRegistry::family(std::string_view name, std::string_view help,
                                                 std::string_view type) {
    auto found = families_.find(name);
    if (found == families_.end()) {
        ensure(is_name(name, true), "bad name of a metric");
        auto made = std::make_unique<Family>();
        made->help = help;
        made->type = type;
        found = families_.emplace(name, std::move(made)).first;
    }
    ensure(found->second->type == type, "one metric name used for two types");
    return *found->second;
}

MetricsRegistry::Series& MetricsRegistry::series(Family& family, const Labels& labels) {
    std::string text = label_text(labels);
    auto found = family.series.find(text);
    if (found != family.series.end()) return *found->second;
    for (const auto& label : labels) ensure(is_name(label.first, false), "bad name of a label");
    if (family.series.size() >= k_max_series) {
        Labels other = labels;
        for (auto& label : other) label.second = "other";
        text = label_text(other);
    }
    std::unique_ptr<Series>& slot = family.series[text];
    if (!slot) {
        slot = std::make_unique<Series>();
        if (family.type == "histogram")
            slot->histogram = std::make_unique<Histogram>(family.bounds);
    }
    return *slot;
}

Counter& MetricsRegistry::counter(std::string_view name, std::string_view help,
                                  const Labels& labels) {
    std::lock_guard lock(mutex_);
    return series(family(name, help, "counter"), labels).counter;
}

Gauge& MetricsRegistry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
    std::lock_guard lock(mutex_);
    return series(family(name, help, "gauge"), labels).gauge;
}

Histogram& MetricsRegistry::histogram(std::string_view name, std::string_view help,
                                      std::span<const double> bounds, const Labels& labels) {
    std::lock_guard lock(mutex_);
    Family& found = family(name, help, "histogram");
    if (found.series.empty()) found.bounds.assign(bounds.begin(), bounds.end());
    return *series(found, labels).histogram;
}

std::string MetricsRegistry::render() const {
    std::lock_guard lock(mutex_);
    std::string text;
    for (const auto& [name, family] : families_) {
        text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(family->help, false),
                            name, family->type);
        for (const auto& [labels, series] : family->series) {
            if (family->type == "counter") {
                append_line(text, name, labels, "", fmt::to_string(series->counter.value()));
            } else if (family->type == "gauge") {
                append_line(text, name, labels, "", number_text(series->gauge.value()));
            } else {
                append_histogram(text, name, labels, *series->histogram);
            }
        }
    }
    return text;
}

}  // namespace bsn
