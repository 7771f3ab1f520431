#pragma once
// What a callback says, in the published form:
//
//     {"header": {"userCode": "…", "appCode": "…"}, "body": {…}, "mac": "<base64>"}
//
// The mac is the gateway's, over user, app and the members of the body one after the other, as of
// requests. `nonceStr` is the same each time that the same thing is told.

#include "crypto/private_key.hpp"
#include "gateway/event_place.hpp"
#include "gateway/published/event_registrations.hpp"

#include <optional>
#include <string>

namespace bsn::gateway {

/// What is told: an event, or a block.
struct Notice {
    EventPlace place;  ///< of a block: its height only
    std::optional<framework::Event> event;

    /// The first place behind it.
    EventPlace next() const {
        return event ? EventPlace{place.height, place.index, place.log + 1}
                     : EventPlace{place.height + 1, 0, 0};
    }
};

/// What stands in each notification of an app's.
struct NotificationFrame {
    std::string app;                          ///< its name
    std::string node;                         ///< of this city node, `orgCode`
    std::optional<std::uint64_t> group;       ///< of an app of FISCO BCOS; none: of the own ledger
    const crypto::PrivateKey* key = nullptr;  ///< the gateway's, of the app's suite; null: no mac
};

/// The same for the same registration and place, and nobody else's: 32 hexadecimal digits.
std::string notification_nonce(std::string_view registration, const EventPlace& place);

/// The JSON text to send. `block`: what was told of, for those of the own ledger; else null.
std::string notification_text(const NotificationFrame& frame,
                              const published::EventRegistration& registration,
                              const Notice& notice, const framework::BlockView* block);

}  // namespace bsn::gateway
