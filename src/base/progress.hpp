#pragma once
// A progress bar for work that takes long: drawn on stderr if that is a terminal, else silent.

#include "base/clock.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace bsn {

/// How far a work is.
struct ProgressState {
    std::string_view title;
    std::string_view unit;  ///< what is counted, such as "blocks"
    std::uint64_t done = 0;
    std::uint64_t total = 0;   ///< 0: unknown
    std::uint64_t millis = 0;  ///< since the work began
};

/// The bar as one line of at most `width` columns, without a line end:
/// `Replaying  [######      ]  52% 5200/10000 blocks 1300/s 00:03 left`.
std::string progress_line(const ProgressState& state, std::size_t width);

/// The bar of one work. Any thread may call `add` and `set`; they cost little.
class Progress {
  public:
    /// Whether bars are drawn.
    static bool is_shown();
    /// `total` 0 means unknown: then only count and rate are shown.
    Progress(std::string title, std::uint64_t total, std::string unit = {});
    /// Ends the line.
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void add(std::uint64_t amount = 1);
    void set(std::uint64_t done);

  private:
    void draw_if_due();
    void draw(std::uint64_t now);

    const std::string title_;
    const std::string unit_;
    const std::uint64_t total_;
    const bool terminal_;
    SystemClock clock_;
    const std::uint64_t begin_;
    std::atomic<std::uint64_t> done_{0};
    std::atomic<std::uint64_t> next_draw_{0};
    std::mutex drawing_;
};

}  // namespace bsn
