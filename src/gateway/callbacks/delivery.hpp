#pragma once
// One registration on its way along its chain:
//
//     blocks are read -> what it is about waits, in order -> the first is sent
//                                 ^                            |
//                                 +-- told, or given up <------+-> failed: sent again, later
//
// Times are monotonic milliseconds. Not locked: whoever has it sees to that.

#include "gateway/callbacks/event_selection.hpp"
#include "gateway/callbacks/notification.hpp"
#include "gateway/callbacks/registration_store.hpp"

#include <array>
#include <deque>

namespace bsn::gateway {

/// When a notification is sent again, after it was sent first: the published protocol's times. Who
/// has not answered `success` then is not told of it any more.
inline constexpr std::array<std::uint64_t, 4> k_again_after_ms{3'000, 12'000, 27'000, 48'000};

class Delivery {
  public:
    /// The most that waits to be sent; what comes after it in the chain is read again then.
    static constexpr std::size_t k_most_waiting = 64;
    static constexpr std::size_t k_most_waiting_bytes = std::size_t{1} << 20;
    /// Whose receiver takes longer is slow.
    static constexpr std::uint64_t k_slow_ms = 1'000;

    /// `invalid_argument` for a registration that selects nothing.
    static Result<Delivery> of(KeptRegistration kept);

    const published::EventRegistration& registration() const { return kept_.registration; }
    /// Everything before it was told, or given up.
    const EventPlace& next() const { return kept_.next; }

    /// Where blocks are to be read on; none while something waits, or before its time.
    std::optional<std::uint64_t> reads_from(std::uint64_t now) const;
    /// Which events it is about.
    const EventSelection& selection() const { return selection_; }
    /// Takes those events that it is about, in order, of all that were read from `reads_from` on up
    /// to, but without, the block `end`.
    void take(std::vector<framework::Event> events, std::uint64_t end);
    /// Nothing is read or sent until then: its user may not, or its chain is not there. What is
    /// being sent now counts as not sent.
    void pause(std::uint64_t until);

    /// True if something is to be sent now: one at a time, until `sent` or `pause`.
    bool begin(std::uint64_t now);
    /// What is being sent.
    const Notice& sent_now() const { return waiting_.front(); }
    enum class Outcome { told, again, given_up };
    /// What came of it.
    Outcome sent(bool success, std::uint64_t now);

    /// Whether its receiver made us wait, or did not answer, when it was last asked.
    bool is_slow() const { return slow_; }
    bool is_sending() const { return sending_; }
    /// The block from which on it may have to tell of something.
    std::uint64_t height() const { return waiting_.empty() ? read_.height : kept_.next.height; }

    /// How far it came, if that is so much further than was last noted that it should be: where
    /// nothing is to be told, blocks need not be read again after a restart.
    std::optional<EventPlace> unsaved(std::uint64_t least_blocks);

  private:
    Delivery(KeptRegistration kept, EventSelection selection);
    void next_notice();

    KeptRegistration kept_;
    EventSelection selection_;
    EventPlace read_;               ///< everything before it was read
    std::deque<Notice> waiting_;    ///< the first may be being sent
    std::uint64_t saved_ = 0;       ///< the height that was last noted
    std::uint64_t first_sent_ = 0;  ///< the first of `waiting_`
    std::uint64_t due_ = 0;
    std::uint64_t begun_ = 0;
    unsigned failures_ = 0;  ///< of the first of `waiting_`
    bool sending_ = false;
    bool slow_ = false;
};

}  // namespace bsn::gateway
