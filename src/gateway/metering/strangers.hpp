#pragma once
// Who sends what no app's member has signed. Apps are not charged for it, so those who send it are
// held back by where they come from.

#include "base/clock.hpp"
#include "gateway/metering/meter.hpp"
#include "net/ip_address.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

namespace bsn::gateway {

/// The address to which something is counted: of IPv6 the network of 64 bits that a site gets.
net::IpAddress site_of(const net::IpAddress& address);

/// What was refused to each address as nobody's who may call: a rate, with a second's worth at
/// once. Whoever sends more at once waits until it is paid off. Any thread may call any member.
class Strangers {
  public:
    static constexpr std::uint64_t k_usual_rate = 1000;
    /// Addresses beyond so many that are remembered at a time are counted as one.
    static constexpr std::size_t k_most_addresses = 16'384;

    /// `rate`: so many a second of each address, 0: without end. None: the usual one, and without
    /// end for this machine's own, where a proxy may stand for all clients.
    explicit Strangers(std::optional<std::uint64_t> rate) : rate_(rate) {}

    /// Why somebody at this address may not come in now; none: they may. An unspecified address is
    /// that of a node that hands on, and is not held back. `now`: monotonic milliseconds.
    std::optional<Refusal> turn_away(const net::IpAddress& address, std::uint64_t now);
    /// So much that came from there was refused.
    void note(const net::IpAddress& address, std::uint64_t refused, std::uint64_t now);

  private:
    std::uint64_t rate_of(const net::IpAddress& address) const;
    /// With the lock: what an address still owes, in microseconds; of many, those of all others.
    std::uint64_t& debt_until(const net::IpAddress& address, std::uint64_t now);

    const std::optional<std::uint64_t> rate_;
    std::mutex mutex_;  ///< guards what follows
    /// When all that was refused is paid off, in microseconds of the monotonic clock.
    std::map<net::IpAddress, std::uint64_t> until_;
    std::uint64_t others_until_ = 0;
};

}  // namespace bsn::gateway
