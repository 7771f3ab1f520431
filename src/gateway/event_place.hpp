#pragma once
// The place of an event in its chain: the cursor of whoever reads events.

#include "framework/chain.hpp"

#include <string>
#include <string_view>

namespace bsn::gateway {

struct EventPlace {
    std::uint64_t height = 0;
    std::uint32_t index = 0;  ///< of the transaction in its block
    std::uint32_t log = 0;    ///< of the event in its transaction

    static EventPlace of(const framework::Event& event) {
        return {event.height, event.index, event.log};
    }
    /// Reads `HEIGHT-INDEX-LOG`; `invalid_argument` for anything else.
    static Result<EventPlace> parse(std::string_view text);
    std::string text() const;

    auto operator<=>(const EventPlace&) const = default;
};

}  // namespace bsn::gateway
