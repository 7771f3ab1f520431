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

namespace bsn::contract::evm {
namespace {

constexpr std::size_t k_least_messages = 16;  ///< of a block that is worth it
constexpr std::size_t k_first_window = 32;
constexpr std::size_t k_largest_window = 1024;
constexpr std::size_t k_first_retreat = 512;  ///< messages in order after a bad window
constexpr std::size_t k_longest_retreat = 8192;
/// A window is bad if more than one in so many messages had to be executed again.
constexpr std::size_t k_bad = 4;

/// An early execution; `result` is none until there was one.
struct Early {
    std::optional<Result<Executed>> result;
    std::vector<Read> reads;
};

/// What a thread keeps between windows.
struct Lane {
    explicit Lane(const Runtime& runtime) : seat(runtime) {}
    Runtime::Seat seat;
    Layer cache;  ///< of the state below the block
};

/// A window of messages while it is executed early.
class Window {
  public:
    Window(const BlockRun& block, std::size_t begin, std::size_t end, std::size_t lanes)
        : block_(block), begin_(begin), end_(end), early_(end - begin) {
        KeyMap<Address, std::size_t> group_of;
        group_of.reserve(end - begin);
        groups_.reserve(end - begin);
        next_of_.resize(end - begin, k_none);
        std::vector<std::size_t> last;
        last.reserve(end - begin);
        for (std::size_t i = 0; i < end - begin; ++i) {
            const Address& from = block.messages()[begin + i].from;
            const auto [at, is_new] = group_of.try_emplace(from, groups_.size());
            if (is_new) {
                groups_.push_back(i);
                last.push_back(i);
            } else {
                next_of_[last[at->second]] = i;
                last[at->second] = i;
            }
        }
        chunk_ = std::max<std::size_t>(1, groups_.size() / (8 * lanes));
    }

    std::size_t begin() const { return begin_; }
    std::size_t end() const { return end_; }
    std::size_t groups() const { return groups_.size(); }
    Early& early(std::size_t message) { return early_[message - begin_]; }

    /// Executes groups until none is left; any thread.
    void work(Lane& lane) {
        while (true) {
            const std::size_t first = next_.fetch_add(chunk_, std::memory_order_relaxed);
            const std::size_t last = std::min(first + chunk_, groups_.size());
            if (first >= last) return;
            for (std::size_t group = first; group < last; ++group) run(groups_[group], lane);
        }
    }

  private:
    static constexpr std::size_t k_none = static_cast<std::size_t>(-1);

    void run(std::size_t at, Lane& lane) {
        std::optional<Layer> changed;
        for (; at != k_none; at = next_of_[at]) {
            const std::size_t message = begin_ + at;
            Early& early = early_[at];
            early.reads.reserve(8);
            EarlySource source(changed ? &*changed : nullptr, block_.committed(), lane.cache,
                               block_.below(), early.reads);
            early.result = block_.execute(block_.messages()[message], source, lane.seat);
            if (!*early.result) return;
            if (next_of_[at] == k_none) return;
            if (!changed) changed.emplace();
            apply((*early.result)->execution, early_version(message), *changed);
        }
    }

    const BlockRun& block_;
    std::size_t begin_;
    std::size_t end_;
    std::vector<std::size_t> groups_;   ///< the first message of each, from the window's beginning
    std::vector<std::size_t> next_of_;  ///< the next message of the same group
    std::vector<Early> early_;
    std::size_t chunk_ = 1;
    std::atomic<std::size_t> next_{0};
};

/// What the messages of a window that are committed already have written. The slots of an account
/// that was destroyed are not listed: who reads one has read the account first, which is.
class Written {
  public:
    explicit Written(const Address& beneficiary) : beneficiary_(key_id(beneficiary)) {}

    void note(const Executed& executed, Version version) {
        for (const KeyId id : executed.changed) last_.insert_or_assign(id, version);
        if (!executed.execution.reward.is_zero()) last_.insert_or_assign(beneficiary_, version);
    }

    /// Whether all still has the version that was read.
    bool agrees(const std::vector<Read>& reads) const {
        return std::all_of(reads.begin(), reads.end(), [&](const Read& read) {
            const auto found = last_.find(read.id);
            return read.version == (found == last_.end() ? 0 : found->second);
        });
    }

  private:
    struct Same {
        using is_avalanching = void;
        std::size_t operator()(KeyId id) const { return id; }
    };
    boost::unordered_flat_map<KeyId, Version, Same> last_;
    KeyId beneficiary_;
};

/// Commits a window in order; answers how many messages had to be executed again.
Result<std::size_t> commit(BlockRun& block, Window& window, Crew& crew) {
    Written written(block.beneficiary());
    std::size_t again = 0;
    while (block.next() < window.end()) {
        const std::size_t message = block.next();
        Early& early = window.early(message);
        if (early.result && written.agrees(early.reads)) {
            if (!*early.result) return early.result->error();
            written.note(**early.result, early_version(message));
            BSN_CHECK(block.take(std::move(**early.result), early_version(message)));
        } else {
            BSN_TRY(executed, block.execute_next());
            written.note(executed, final_version(message));
            BSN_CHECK(block.take(std::move(executed), final_version(message)));
            ++again;
        }
    }
    block.apply(&crew);
    return again;
}

}  // namespace

Status run_in_parallel(BlockRun& block, Crew& crew) {
    const std::size_t total = block.messages().size();
    if (total < k_least_messages) return block.run_in_order(total);
    std::vector<std::unique_ptr<Lane>> lanes(crew.lanes());
    for (auto& lane : lanes) lane = std::make_unique<Lane>(block.runtime());
    std::size_t size = k_first_window;
    std::size_t retreat = k_first_retreat;
    while (!block.done()) {
        const std::size_t end = std::min(total, block.next() + size);
        Window window(block, block.next(), end, lanes.size());
        if (window.groups() == 1) {
            BSN_CHECK(block.run_in_order(end - block.next()));
            block.apply(nullptr);
            size = std::min(2 * size, k_largest_window);
            continue;
        }
        crew.run([&](std::size_t lane) { window.work(*lanes[lane]); });
        BSN_TRY(again, commit(block, window, crew));
        if (again * k_bad <= window.end() - window.begin()) {
            size = std::min(2 * size, k_largest_window);
            retreat = k_first_retreat;
        } else {
            BSN_CHECK(block.run_in_order(retreat));
            block.apply(nullptr);
            retreat = std::min(2 * retreat, k_longest_retreat);
            size = k_first_window;
        }
    }
    return {};
}

}  // namespace bsn::contract::evm
