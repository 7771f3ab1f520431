#pragma once
// Who wants to be told of events by the published protocol. Whoever implements it keeps
// registrations and delivers.

#include "base/clock.hpp"
#include "ledger/types.hpp"

#include <functional>
#include <string>
#include <vector>

namespace bsn::gateway::published {

/// What somebody wants to be told of, and where.
struct EventRegistration {
    std::string id;  ///< 32 hexadecimal digits, by which it is removed
    ledger::ChannelId channel;
    ledger::ParticipantId user;
    bool blocks = false;      ///< every block; otherwise events of a contract
    std::string contract;     ///< its name; may be empty if there is an address
    std::string address;      ///< of a contract of FISCO BCOS; may be empty
    std::string event_key;    ///< a regular expression over names of events; Fabric's
    std::string notify_url;   ///< http or https
    std::string attach_args;  ///< handed back with each notification
    UnixMillis created = 0;
};

/// Any thread may call any member.
class EventRegistrations {
  public:
    /// Takes what came of a registration: any thread, once.
    using Added = std::function<void(Status)>;

    virtual ~EventRegistrations() = default;
    /// Takes a registration, durably; it is told of what comes after the chain's last block now.
    /// `overloaded` if the user or app has too many, `forbidden` if nothing may be sent to its URL,
    /// `unavailable` if that host is not found. Returns at once: names have to be looked up.
    virtual void add(const EventRegistration& registration, Added done) = 0;
    /// Those of a user, oldest first.
    virtual Result<std::vector<EventRegistration>> of(const ledger::ChannelId& channel,
                                                      const ledger::ParticipantId& user) = 0;
    /// `not_found` if the user has none of that id.
    virtual Status remove(const ledger::ChannelId& channel, const ledger::ParticipantId& user,
                          std::string_view id) = 0;
};

}  // namespace bsn::gateway::published
