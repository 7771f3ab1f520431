#pragma once
// Where callbacks may go. Members of apps say where their node sends notifications; without a guard
// they would make it ask whatever it can reach and they cannot (server-side request forgery).
//
// A name is looked up once, every address that it has is checked, and one of those very addresses
// is connected to: a name that changes its address in between (DNS rebinding) wins nothing. It is
// checked when somebody registers, and again for each callback.

#include "net/http_client.hpp"
#include "net/own_addresses.hpp"

#include <functional>
#include <string>
#include <vector>

namespace bsn::gateway {

/// Where a notification is sent: the parts of its URL.
struct CallbackUrl {
    net::Endpoint endpoint;
    std::string target;  ///< path and query, as sent

    /// The most bytes of a URL.
    static constexpr std::size_t k_most = 1024;
    /// Reads `http://HOST[:PORT][/PATH][?QUERY]`, or https. `invalid_argument`, saying why, for
    /// anything else: users in it, fragments, bytes that do not belong in a request.
    static Result<CallbackUrl> parse(std::string_view text);
};

/// What an operator opens and closes.
struct CallbackRules {
    std::vector<net::IpNetwork> allow;  ///< networks that are reached although they are internal
    std::vector<net::IpNetwork> deny;   ///< networks that are not reached, whatever they are
    std::vector<std::string>
        deny_hosts;  ///< names that are not, in small letters; theirs below too
};

/// How a guard finds out about the world, for tests.
struct CallbackWorld {
    net::Resolve resolve = {};  ///< empty: as the system does
    std::function<std::vector<net::IpAddress>()> own_addresses = net::own_addresses;
};

/// Any thread may call any member.
class CallbackGuard {
  public:
    explicit CallbackGuard(CallbackRules rules, CallbackWorld world = {})
        : rules_(std::move(rules)), world_(std::move(world)) {}

    /// `forbidden`, saying what the address is, if callbacks must not go there.
    Status check(const net::IpAddress& address) const;
    /// `forbidden` if the operator closed the name.
    Status check_name(const std::string& host) const;
    /// Looks up where a URL leads, and checks all of it. May wait for name servers. `unavailable`
    /// if the host is not found.
    Status check(const CallbackUrl& url) const;
    /// How names are looked up.
    const net::Resolve& resolve() const { return world_.resolve; }

  private:
    /// What an address is where it is not of the public internet, or this machine's own.
    std::string_view kind_of(const net::IpAddress& address) const;

    const CallbackRules rules_;
    const CallbackWorld world_;
};

}  // namespace bsn::gateway
