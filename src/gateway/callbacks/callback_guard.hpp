#pragma once
// Where callbacks may go. Members of apps say where their node sends notifications; without a guard
// they would make it ask whatever it can reach and they cannot (server-side request forgery).
//
// A name is looked up once, every address that it has is checked, and one of those very addresses
// is connected to: a name that changes its address in between (DNS rebinding) wins nothing. It is
// checked when somebody registers, and again for each callback.

#include "net/http_client.hpp"
#include "net/ip_address.hpp"

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

/// Any thread may call any member.
class CallbackGuard {
  public:
    /// `allowed`: networks that are reached although they are internal.
    explicit CallbackGuard(std::vector<net::IpNetwork> allowed) : allowed_(std::move(allowed)) {}

    /// `forbidden`, saying what the address is, if callbacks must not go there.
    Status check(const net::IpAddress& address) const;
    /// Looks up where a URL leads, and checks all of it. May wait for name servers. `unavailable`
    /// if the host is not found.
    Status check(const CallbackUrl& url) const;

  private:
    const std::vector<net::IpNetwork> allowed_;
};

}  // namespace bsn::gateway
