#include "ordering/cometbft/following_orderer.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::ordering {
namespace {

/// Of envelopes that are handed over at once.
constexpr std::size_t k_hand_over_bytes = 256U << 10;
constexpr auto k_try_again = std::chrono::milliseconds(200);
/// After so long without a block, those who submit are told that nothing is ordered.
constexpr std::uint64_t k_standstill_ms = 10'000;

/// By which headers name a set of validators.
Result<ledger::Hash> hash_of(const std::vector<Validator>& validators) {
    BSN_TRY(set, ValidatorSet::of(validators));
    return set.hash();
}

}  // namespace

FollowingOrderer::FollowingOrderer(AgreedOrigin origin, std::unique_ptr<store::AppendLog> log,
                                   OrderRules& rules, OrderSource& source, const Clock& clock)
    : chain_id_(chain_id_of(origin.network)),
      rules_(rules),
      source_(source),
      clock_(clock),
      log_(std::move(origin), std::move(log), rules) {}

FollowingOrderer::~FollowingOrderer() { stop(); }

void FollowingOrderer::subscribe(OrderConsumer& consumer, std::uint64_t from) {
    ensure(!follower_.joinable(), "subscribe before start");
    log_.subscribe(consumer, from);
}

Status FollowingOrderer::start() {
    BSN_CHECK(log_.replay());
    last_block_ = clock_.monotonic();
    follower_ = std::thread([this] { follow_until_stopped(); });
    sender_ = std::thread([this] { hand_over_until_stopped(); });
    return {};
}

void FollowingOrderer::stop() {
    queue_.close();
    source_.stop();
    if (follower_.joinable()) follower_.join();
    if (sender_.joinable()) sender_.join();
}

Status FollowingOrderer::submit(Bytes envelope) {
    BSN_CHECK(health());
    return queue_.add(std::move(envelope));
}

Status FollowingOrderer::health() const {
    std::lock_guard lock(mutex_);
    if (!alarm_.empty()) return Error{Code::unavailable, alarm_};
    if (!unsent_.empty()) return Error{Code::unavailable, unsent_};
    const std::uint64_t idle_ms = clock_.monotonic() - last_block_;
    if (idle_ms <= k_standstill_ms) return {};
    const std::string why =
        trouble_.empty() ? "more than two thirds of the validators must run and reach one another"
                         : trouble_;
    return Error{Code::unavailable,
                 fmt::format("nothing has been ordered for {} s, as far as this node sees: {}; it "
                             "goes on by itself",
                             idle_ms / 1000, why)};
}

OrdererStatus FollowingOrderer::status() const {
    OrdererStatus status;
    status.waiting_bytes = queue_.waiting_bytes();
    for (const Validator& one : log_.state().validators) status.validators.push_back(one.key);
    return status;
}

bool FollowingOrderer::has_begun() const { return behind().has_value(); }

std::optional<std::uint64_t> FollowingOrderer::behind() const {
    std::lock_guard lock(mutex_);
    return behind_;
}

void FollowingOrderer::set_trouble(std::string trouble) {
    std::lock_guard lock(mutex_);
    if (trouble_ == trouble) return;
    if (!trouble.empty()) log_warn("ordering", "{}", trouble);
    trouble_ = std::move(trouble);
}

void FollowingOrderer::follow_until_stopped() {
    while (!queue_.closed_within(std::chrono::milliseconds(0))) {
        Status went_on = follow_next();
        if (went_on) continue;
        if (queue_.closed_within(std::chrono::milliseconds(0))) return;
        log_error("ordering", "following stopped: {}", went_on.error().message);
        std::lock_guard lock(mutex_);
        alarm_ = went_on.error().message;
        return;
    }
}

Status FollowingOrderer::follow_next() {
    const std::uint64_t height = log_.height() + 1;
    if (!validators_) {
        BSN_TRY(set, ValidatorSet::of(log_.next_validators()));
        validators_ = std::move(set);
    }
    std::optional<AgreedBlock> block = next_block(height);
    if (!block) return {};
    BSN_CHECK(await_executed(height - 1));
    BSN_CHECK(check_state(*block));
    BSN_TRY(decided, log_.decide(height, block->time, block->transactions));
    BSN_CHECK(log_.keep(decided, [this](const std::string& trouble) {
        set_trouble(trouble);
        return !trouble.empty() && queue_.closed_within(k_try_again);
    }));
    const bool same = block->next_validators == validators_->hash();
    if (!same) validators_.reset();
    log_.deliver(decided);
    return {};
}

std::optional<AgreedBlock> FollowingOrderer::next_block(std::uint64_t height) {
    auto sourced = source_.next(height);
    if (!sourced) {
        set_trouble(sourced.error().message);
        return std::nullopt;
    }
    auto block = verify_block(std::move(sourced->block), chain_id_, height, *validators_);
    if (!block) {
        set_trouble(fmt::format("the block of height {} that validator {} gave is not believed: {}",
                                height, source_.followed(), block.error().message));
        source_.distrust();
        return std::nullopt;
    }
    set_trouble({});
    std::lock_guard lock(mutex_);
    behind_ = sourced->newest - std::min(sourced->newest, height);
    last_block_ = clock_.monotonic();
    return std::move(*block);
}

Status FollowingOrderer::await_executed(std::uint64_t height) {
    for (;;) {
        Status executed = rules_.await_executed(height);
        if (executed || executed.error().code != Code::unavailable) return executed;
        {
            std::lock_guard lock(mutex_);
            trouble_ = executed.error().message;
        }
        if (queue_.closed_within(k_try_again)) return executed;
    }
}

Status FollowingOrderer::check_state(const AgreedBlock& block) const {
    const AgreedState state = log_.state();
    BSN_TRY(next_validators, hash_of(state.validators));
    if (block.app_hash == state.app_hash && block.next_validators == next_validators) return {};
    return Error{Code::corrupted,
                 fmt::format("after ordering height {} this node's state differs from the one that "
                             "the validators agreed on, so it follows them no more: restore the "
                             "node from a backup (`bsn node restore`), or its data from another's",
                             block.height - 1)};
}

void FollowingOrderer::hand_over_until_stopped() {
    for (;;) {
        const std::vector<Bytes> envelopes = queue_.take(k_hand_over_bytes);
        if (envelopes.empty()) return;
        hand_over(envelopes);
    }
}

void FollowingOrderer::hand_over(const std::vector<Bytes>& envelopes) {
    for (;;) {
        Status taken = source_.submit(envelopes);
        const bool comes_again = !taken && (taken.error().code == Code::unavailable ||
                                            taken.error().code == Code::overloaded);
        if (!taken) {
            log_warn("ordering", "{} envelopes not handed over: {}", envelopes.size(),
                     taken.error().message);
        }
        {
            std::lock_guard lock(mutex_);
            unsent_ = comes_again ? "nothing is ordered for this node: " + taken.error().message +
                                        "; it tries again by itself"
                                  : "";
        }
        if (!comes_again || queue_.closed_within(k_try_again)) return;
    }
}

}  // namespace bsn::ordering
