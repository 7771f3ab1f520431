#pragma once
// Addresses of IPv4 and IPv6, networks of them, and which of them are not of the public internet.

#include "base/bytes.hpp"

#include <array>
#include <string>
#include <string_view>

namespace bsn::net {

/// An address of IPv4 or IPv6. One of IPv4 and its IPv4-mapped form (`::ffff:a.b.c.d`) are the
/// same address.
class IpAddress {
  public:
    static constexpr std::size_t k_size = 16;

    /// All zero bytes: `::`.
    IpAddress() = default;
    /// 4 or 16 bytes, the first of the address first; anything else is a bug.
    static IpAddress of(ByteView bytes);
    /// `192.0.2.1` or `2001:db8::1`, without brackets and zone. `invalid_argument` for others.
    static Result<IpAddress> parse(std::string_view text);

    bool is_v4() const;
    /// IPv6's 16 bytes; an address of IPv4 is mapped.
    ByteView bytes() const { return bytes_; }
    std::string text() const;

    auto operator<=>(const IpAddress&) const = default;

  private:
    std::array<std::uint8_t, k_size> bytes_{};
};

/// A network: all addresses that begin with the same bits.
class IpNetwork {
  public:
    /// `10.0.0.0/8`, `fc00::/7`, or an address, which is a network of one. `invalid_argument` for
    /// others, also where bits behind the prefix are set: `10.0.0.1/8` names no network.
    static Result<IpNetwork> parse(std::string_view text);

    bool contains(const IpAddress& address) const;
    std::string text() const;

    bool operator==(const IpNetwork&) const = default;

  private:
    IpAddress base_;
    unsigned bits_ = 0;  ///< of IPv6; networks of IPv4 have 96 more than they are written with
};

/// What an address is if it is not of the public internet, such as `loopback`; empty: it is. An
/// address that stands for one of IPv4 (6to4, NAT64) is what that one is.
std::string_view internal_kind(const IpAddress& address);

}  // namespace bsn::net
