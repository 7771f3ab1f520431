#include "base/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace bsn {
namespace {

constexpr std::uint64_t k_redraw_millis = 100;
constexpr std::size_t k_default_width = 80;
constexpr std::size_t k_widest_bar = 40;
constexpr std::size_t k_narrowest_bar = 5;

std::size_t terminal_width() {
    winsize size{};
    bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : k_default_width;
}

std::string duration_text(std::uint64_t seconds) {
    if (seconds < 3600) return fmt::format("{:02}:{:02}", seconds / 60, seconds % 60);
    return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

/// ` 5200/10000 blocks 1300/s 00:03 left`, as far as it is known.
std::string figures(const ProgressState& state) {
    std::string text = state.total > 0 ? fmt::format(" {}/{}", state.done, state.total)
                                       : fmt::format(" {}", state.done);
    if (!state.unit.empty()) text += fmt::format(" {}", state.unit);
    if (state.millis == 0 || state.done == 0) return text;
    double rate = static_cast<double>(state.done) * 1000 / static_cast<double>(state.millis);
    text += rate < 10 ? fmt::format(" {:.1f}/s", rate) : fmt::format(" {:.0f}/s", rate);
    if (state.done < state.total) {
        double left = static_cast<double>(state.total - state.done) / rate;
        text +=
            fmt::format(" {} left", duration_text(static_cast<std::uint64_t>(std::llround(left))));
    }
    return text;
}

}  // namespace

std::string progress_line(const ProgressState& state, std::size_t width) {
    std::string numbers = figures(state);
    std::string line(state.title);
    if (state.total > 0) {
        double share =
            std::min(1.0, static_cast<double>(state.done) / static_cast<double>(state.total));
        // Title, two blanks, brackets, percentage and numbers; the bar gets what is left over.
        std::size_t taken = line.size() + 2 + 2 + 5 + numbers.size();
        if (taken + k_narrowest_bar <= width) {
            std::size_t bar = std::min(k_widest_bar, width - taken);
            auto filled = static_cast<std::size_t>(share * static_cast<double>(bar));
            line +=
                fmt::format("  [{}{}]", std::string(filled, '#'), std::string(bar - filled, ' '));
        }
        line += fmt::format(" {:3}%", static_cast<unsigned>(share * 100));
    }
    line += numbers;
    if (line.size() > width) line.resize(width);
    return line;
}

bool Progress::is_shown() { return ::isatty(STDERR_FILENO) == 1; }

Progress::Progress(std::string title, std::uint64_t total, std::string unit)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      total_(total),
      terminal_(is_shown()),
      begin_(clock_.monotonic()),
      next_draw_(begin_ + k_redraw_millis) {}

Progress::~Progress() {
    if (!terminal_) return;
    std::lock_guard lock(drawing_);
    draw(clock_.monotonic());
    std::fputc('\n', stderr);
}

void Progress::add(std::uint64_t amount) {
    done_.fetch_add(amount, std::memory_order_relaxed);
    draw_if_due();
}

void Progress::set(std::uint64_t done) {
    done_.store(done, std::memory_order_relaxed);
    draw_if_due();
}

void Progress::draw_if_due() {
    if (!terminal_) return;
    std::uint64_t now = clock_.monotonic();
    if (now < next_draw_.load(std::memory_order_relaxed)) return;
    std::unique_lock lock(drawing_, std::try_to_lock);
    if (!lock) return;
    next_draw_.store(now + k_redraw_millis, std::memory_order_relaxed);
    draw(now);
}

void Progress::draw(std::uint64_t now) {
    ProgressState state{title_, unit_, done_.load(std::memory_order_relaxed), total_, now - begin_};
    // The last column stays free: some terminals wrap as soon as it is written.
    std::string line = progress_line(state, terminal_width() - 1);
    fmt::print(stderr, "\r{}\x1b[K", line);
    std::fflush(stderr);
}

}  // namespace bsn
