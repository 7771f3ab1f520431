#pragma once
// Events as readers of streams get them: server-sent events, or the messages of a WebSocket.

#include "gateway/event_place.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bsn::gateway {

enum class EventForm : std::uint8_t {
    /// `id:`, `event:` and `data:` lines; `: height N` once all up to block N was sent
    server_sent,
    /// `{"height": N, "events": […]}`: all up to block N were sent with this message
    messages,
};

/// Events of whole blocks, of which `read_up_to` is the last. Empty if there are none.
std::string events_text(EventForm form, const std::vector<framework::Event>& events,
                        std::uint64_t read_up_to);
/// How far was read; none: nothing yet.
std::string height_text(EventForm form, std::optional<std::uint64_t> height);
/// Why the stream ends.
std::string ending_text(EventForm form, const Error& error);

}  // namespace bsn::gateway
