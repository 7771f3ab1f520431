#include "cli/build_progress.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace bsn::cli {
namespace {

constexpr std::uint64_t k_longest_silence_ms = 30'000;

/// Of the line `packages N`; 0 for all others.
std::uint64_t count_in(std::string_view line) {
    constexpr std::string_view k_mark = "packages ";
    std::uint64_t count = 0;
    if (line.starts_with(k_mark)) {
        line.remove_prefix(k_mark.size());
        std::from_chars(line.data(), line.data() + line.size(), count);
    }
    return count;
}

}  // namespace

BuildProgress::BuildProgress(Output& out, std::string what, const Clock& clock)
    : out_(out), what_(std::move(what)), clock_(clock), told_at_(clock.monotonic()) {
    if (!out_.is_chatty()) return;
    if (Progress::is_shown()) {
        bar_.emplace(fmt::format("Fetching {}", what_), 0, "modules");
    } else {
        out_.text(fmt::format("Building {} from its Go module; some minutes at first.", what_));
    }
}

void BuildProgress::take(std::string_view said) {
    if (const std::uint64_t count = count_in(said); count > 0 && packages_ == 0) {
        begin(count);
        return;
    }
    ++done_;
    if (bar_) {
        bar_->add();
    } else if (out_.is_chatty()) {
        tell_if_due();
    }
}

void BuildProgress::begin(std::uint64_t packages) {
    packages_ = packages;
    done_ = 0;
    if (bar_) bar_.emplace(fmt::format("Building {}", what_), packages, "packages");
}

void BuildProgress::tell_if_due() {
    const std::uint64_t now = clock_.monotonic();
    const std::uint64_t tenths = packages_ == 0 ? 0 : done_ * 10 / packages_;
    if (tenths == told_tenths_ && now < told_at_ + k_longest_silence_ms) return;
    told_tenths_ = tenths;
    told_at_ = now;
    out_.text(packages_ == 0 ? fmt::format("Fetching {}: {} modules so far.", what_, done_)
                             : fmt::format("Building {}: {} % ({} of {} packages).", what_,
                                           done_ * 100 / packages_, done_, packages_));
}

}  // namespace bsn::cli
