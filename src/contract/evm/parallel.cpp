// Messages are executed early, in windows: all of a window on all threads, each over the state that
// was committed before the window. Then they are committed in order. One that read what another of
// the window has changed is executed again in its turn.
//
// Messages of one sender depend on one another by its nonce. So they are one group: one thread
// executes it in order, over what the group has changed so far.
//
// Where much has to be executed again, the early work is lost. So the first window is small, and
// after a bad one the next messages run in order, twice as many each time.

#include "contract/evm/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace bsn::contract::evm {
namespace {

constexpr std::size_t k_least_messages = 16;  ///< of a block that is worth it
constexpr std::size_t k_first_window = 16;
constexpr std::size_t k_largest_window = 256;
constexpr std::size_t k_first_retreat = 512;  ///< messages in order after a bad window
constexpr std::size_t k_longest_retreat = 8192;
/// A window is bad if more than one in so many messages had to be executed again.
constexpr std::size_t k_bad = 4;

/// An early execution; `result` is none until there was one.
struct Early {
    std::optional<Result<Executed>> result;
    std::vector<Read> reads;
};

/// A window of messages while it is executed early.
class Window {
  public:
    Window(const BlockRun& block, std::size_t begin, std::size_t end)
        : block_(block), begin_(begin), early_(end - begin) {
        std::unordered_map<Address, std::size_t, KeyHash> group_of;
        for (std::size_t i = begin; i < end; ++i) {
            const auto [at, is_new] =
                group_of.try_emplace(block.messages()[i].from, groups_.size());
            if (is_new) groups_.emplace_back();
            groups_[at->second].push_back(i);
        }
    }

    std::size_t groups() const { return groups_.size(); }
    Early& early(std::size_t message) { return early_[message - begin_]; }

    /// Executes groups until none is left; any thread. `cache` is this thread's.
    void work(Layer& cache) {
        while (true) {
            const std::size_t group = next_.fetch_add(1, std::memory_order_relaxed);
            if (group >= groups_.size()) return;
            run(groups_[group], cache);
        }
    }

  private:
    void run(const std::vector<std::size_t>& group, Layer& cache) {
        Layer changed;
        for (const std::size_t message : group) {
            Early& early = early_[message - begin_];
            early.reads.reserve(8);
            EarlySource source(changed, block_.committed(), cache, block_.below(), early.reads);
            early.result = block_.execute(block_.messages()[message], source);
            if (!*early.result) return;
            if (message != group.back()) {
                changed.apply((*early.result)->execution, early_version(message));
            }
        }
    }

    const BlockRun& block_;
    std::size_t begin_;
    std::vector<std::vector<std::size_t>> groups_;
    std::vector<Early> early_;
    std::atomic<std::size_t> next_{0};
};

/// What helpers on the pool share with the thread that executes the block. A helper that comes late
/// finds the doors closed, and touches nothing but this.
class Helpers {
  public:
    explicit Helpers(std::size_t count) : caches_(count) {}

    /// The next helper's work; false if there is none (any more).
    bool help() {
        Layer* cache = nullptr;
        Window* window = nullptr;
        {
            const std::lock_guard lock(mutex_);
            if (window_ == nullptr || free_caches_ == 0) return false;
            window = window_;
            cache = &caches_[--free_caches_];
            ++busy_;
        }
        window->work(*cache);
        const std::lock_guard lock(mutex_);
        if (--busy_ == 0) idle_.notify_all();
        return true;
    }

    void open(Window& window) {
        const std::lock_guard lock(mutex_);
        window_ = &window;
        free_caches_ = caches_.size();
    }

    /// Lets nobody in any more, and waits for those who are at work.
    void close() {
        std::unique_lock lock(mutex_);
        window_ = nullptr;
        idle_.wait(lock, [&] { return busy_ == 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable idle_;
    Window* window_ = nullptr;
    std::size_t busy_ = 0;
    std::vector<Layer> caches_;
    std::size_t free_caches_ = 0;
};

/// Commits a window in order; answers how many messages had to be executed again.
Result<std::size_t> commit(BlockRun& block, Window& window, std::size_t end) {
    std::size_t again = 0;
    while (block.next() < end) {
        Early& early = window.early(block.next());
        if (early.result && still_true(early.reads, block.committed())) {
            if (!*early.result) return early.result->error();
            const Version version = early_version(block.next());
            BSN_CHECK(block.commit(std::move(**early.result), version));
        } else {
            BSN_CHECK(block.run_in_order(1));
            ++again;
        }
    }
    return again;
}

}  // namespace

Status run_in_parallel(BlockRun& block, Executor& pool) {
    const std::size_t total = block.messages().size();
    if (total < k_least_messages) return block.run_in_order(total);
    const std::size_t threads = std::max(2U, std::thread::hardware_concurrency());
    const auto helpers = std::make_shared<Helpers>(threads - 1);
    Layer cache;
    std::size_t size = k_first_window;
    std::size_t retreat = k_first_retreat;
    while (!block.done()) {
        const std::size_t end = std::min(total, block.next() + size);
        Window window(block, block.next(), end);
        const std::size_t wanted = std::min(threads, window.groups()) - 1;
        if (wanted == 0) {
            BSN_CHECK(block.run_in_order(end - block.next()));
            size = std::min(2 * size, k_largest_window);
            continue;
        }
        helpers->open(window);
        for (std::size_t i = 0; i < wanted; ++i) pool.post([helpers] { helpers->help(); });
        window.work(cache);
        helpers->close();

        const std::size_t begin = block.next();
        BSN_TRY(again, commit(block, window, end));
        if (again * k_bad <= end - begin) {
            size = std::min(2 * size, k_largest_window);
            retreat = k_first_retreat;
        } else {
            BSN_CHECK(block.run_in_order(retreat));
            retreat = std::min(2 * retreat, k_longest_retreat);
            size = k_first_window;
        }
    }
    return {};
}

}  // namespace bsn::contract::evm
