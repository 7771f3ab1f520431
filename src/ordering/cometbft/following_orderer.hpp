#pragma once
// The order that CometBFT makes elsewhere, on a node that runs none.

#include "base/clock.hpp"
#include "ordering/cometbft/agreed_log.hpp"
#include "ordering/cometbft/order_source.hpp"
#include "ordering/envelope_queue.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace bsn::ordering {

/// Follows the validators: takes their blocks one height after the other, believes what more than
/// two thirds of them signed and nothing else, writes it to a log of its own, and only then
/// delivers it. It makes of a block exactly what a node beside a CometBFT makes of it, and checks
/// that: a header holds the state that the validators reached at the height before. If this node's
/// differs it stops there, and says so.
///
/// Its own threads: one that follows, and one that hands envelopes over.
class FollowingOrderer final : public Orderer {
  public:
    /// `log` holds the ordered heights and nothing else; `source` and `rules` outlive it.
    FollowingOrderer(AgreedOrigin origin, std::unique_ptr<store::AppendLog> log, OrderRules& rules,
                     OrderSource& source, const Clock& clock);
    ~FollowingOrderer() override;

    void subscribe(OrderConsumer& consumer, std::uint64_t from) override;
    /// Delivers the old heights from the log, then follows.
    Status start() override;
    void stop() override;
    Status submit(Bytes envelope) override;
    std::uint64_t height() const override { return log_.height(); }
    Status revisit(std::uint64_t from, std::uint64_t through,
                   const std::function<void(const OrderedHeight&)>& visit) const override {
        return log_.revisit(from, through, visit);
    }
    Status health() const override;
    OrdererStatus status() const override;
    /// Whether a block has come since the start.
    bool has_begun() const;
    /// The heights that the validator has and this node has not, as of the last block; none: no
    /// block has come since the start.
    std::optional<std::uint64_t> behind() const;

  private:
    void follow_until_stopped();
    /// Takes the next height. An error ends the following for good; what a validator did wrong is
    /// none.
    Status follow_next();
    /// A block that the validators agreed on; none: it did not come, or was not right.
    std::optional<AgreedBlock> next_block(std::uint64_t height);
    /// Waits until this node has executed the permission chain up to a height.
    Status await_executed(std::uint64_t height);
    /// That the validators' state is this node's.
    Status check_state(const AgreedBlock& block) const;
    void hand_over_until_stopped();
    /// Tries until a validator has taken them.
    void hand_over(const std::vector<Bytes>& envelopes);
    void set_trouble(std::string trouble);

    const std::string chain_id_;
    OrderRules& rules_;
    OrderSource& source_;
    const Clock& clock_;
    AgreedLog log_;
    EnvelopeQueue queue_;
    std::optional<ValidatorSet> validators_;  ///< of the next height; the following thread's

    mutable std::mutex mutex_;
    std::string alarm_;    ///< why it follows no more; empty: it does
    std::string trouble_;  ///< why a height did not come; empty: it did
    std::string unsent_;   ///< why envelopes are not handed over; empty: they are
    std::optional<std::uint64_t> behind_;
    std::uint64_t last_block_ = 0;  ///< monotonic ms

    std::thread follower_;
    std::thread sender_;
};

}  // namespace bsn::ordering
