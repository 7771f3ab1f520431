#include "gateway/metering/strangers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::gateway {
namespace {

constexpr std::uint64_t k_second_us = 1'000'000;
constexpr std::uint64_t k_ms_us = 1000;
constexpr std::size_t k_site_bytes = 8;

bool is_loopback(const net::IpAddress& address) {
    return net::internal_kind(address) == "loopback";
}

}  // namespace

net::IpAddress site_of(const net::IpAddress& address) {
    if (address.is_v4()) return address;
    Bytes bytes = to_bytes(address.bytes());
    std::fill(bytes.begin() + k_site_bytes, bytes.end(), std::uint8_t{0});
    // The machine itself is not all that begins with zero bits.
    return is_loopback(address) ? address : net::IpAddress::of(bytes);
}

std::uint64_t Strangers::rate_of(const net::IpAddress& address) const {
    if (address == net::IpAddress()) return 0;
    if (rate_) return *rate_;
    return is_loopback(address) ? 0 : k_usual_rate;
}

std::uint64_t& Strangers::debt_until(const net::IpAddress& address, std::uint64_t now) {
    const net::IpAddress site = site_of(address);
    auto found = until_.find(site);
    if (found != until_.end()) return found->second;
    if (until_.size() >= k_most_addresses) {
        std::erase_if(until_, [now](const auto& one) { return one.second <= now; });
    }
    if (until_.size() >= k_most_addresses) return others_until_;
    return until_[site];
}

std::optional<Refusal> Strangers::turn_away(const net::IpAddress& address, std::uint64_t now) {
    const std::uint64_t rate = rate_of(address);
    if (rate == 0) return std::nullopt;
    now *= k_ms_us;
    std::lock_guard lock(mutex_);
    const auto found = until_.find(site_of(address));
    const std::uint64_t until = found != until_.end()               ? found->second
                                : until_.size() >= k_most_addresses ? others_until_
                                                                    : 0;
    if (until <= now + k_second_us) return std::nullopt;
    const std::uint64_t wait = until - now - k_second_us;
    return Refusal{{Code::overloaded,
                    fmt::format("more than {} a second of what came from {} was refused as signed "
                                "by nobody who may call; wait, and sign with a member's key",
                                rate, address.text())},
                   wait / k_second_us + 1};
}

void Strangers::note(const net::IpAddress& address, std::uint64_t refused, std::uint64_t now) {
    const std::uint64_t rate = rate_of(address);
    if (rate == 0 || refused == 0) return;
    now *= k_ms_us;
    std::lock_guard lock(mutex_);
    std::uint64_t& until = debt_until(address, now);
    until = std::max(until, now) + refused * k_second_us / rate;
}

}  // namespace bsn::gateway
