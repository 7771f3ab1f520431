#include "net/ip_address.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace bsn::net {
namespace {

constexpr std::size_t k_v4_size = 4;
constexpr std::size_t k_v4_at = IpAddress::k_size - k_v4_size;
constexpr unsigned k_v4_bits = 32;
constexpr unsigned k_bits = 128;
constexpr std::array<std::uint8_t, k_v4_at> k_mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// The number behind a network's slash; none if it is none or too large.
std::optional<unsigned> prefix_length(std::string_view text, unsigned most) {
    unsigned bits = 0;
    const char* end = text.data() + text.size();
    auto [at, failure] = std::from_chars(text.data(), end, bits);
    if (failure != std::errc{} || at != end || bits > most) return std::nullopt;
    return bits;
}

/// Whether two addresses have the same first bits.
bool same_prefix(ByteView left, ByteView right, unsigned bits) {
    const std::size_t whole = bits / 8;
    if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(whole),
                    right.begin())) {
        return false;
    }
    if (bits % 8 == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xffU << (8 - bits % 8));
    return ((left[whole] ^ right[whole]) & mask) == 0;
}

struct Kind {
    IpNetwork network;
    std::string_view name;
};

std::vector<Kind> kinds(std::initializer_list<std::pair<const char*, const char*>> rows) {
    std::vector<Kind> all;
    for (const auto& [network, name] : rows) {
        auto parsed = IpNetwork::parse(network);
        ensure(parsed.ok(), "a network of the table of special addresses is none");
        all.push_back({*parsed, name});
    }
    return all;
}

/// IANA's registries of special-purpose addresses. The first that holds counts.
const std::vector<Kind>& special_kinds() {
    static const std::vector<Kind> k_all = kinds({
        {"0.0.0.0/8", "unspecified"},
        {"10.0.0.0/8", "private"},
        {"100.64.0.0/10", "shared (carrier-grade NAT)"},
        {"127.0.0.0/8", "loopback"},
        {"169.254.0.0/16", "link-local"},
        {"172.16.0.0/12", "private"},
        {"192.0.0.0/24", "reserved for protocols"},
        {"192.0.2.0/24", "for documentation"},
        {"192.88.99.0/24", "reserved for protocols"},
        {"192.168.0.0/16", "private"},
        {"198.18.0.0/15", "for benchmarks"},
        {"198.51.100.0/24", "for documentation"},
        {"203.0.113.0/24", "for documentation"},
        {"224.0.0.0/4", "multicast"},
        {"240.0.0.0/4", "reserved"},
        {"::/128", "unspecified"},
        {"::1/128", "loopback"},
        {"fc00::/7", "unique local"},
        {"fe80::/10", "link-local"},
        {"ff00::/8", "multicast"},
        {"2001::/23", "reserved for protocols"},  // Teredo among them
        {"2001:db8::/32", "for documentation"},
        {"3fff::/20", "for documentation"},
    });
    return k_all;
}

IpNetwork network_of(std::string_view text) {
    auto network = IpNetwork::parse(text);
    ensure(network.ok(), "a network that is written here is none");
    return *network;
}

/// The address of IPv4 to which traffic to one of IPv6 goes in the end, if it is of that kind.
std::optional<IpAddress> embedded_v4(const IpAddress& address) {
    static const IpNetwork k_6to4 = network_of("2002::/16");
    static const IpNetwork k_nat64 = network_of("64:ff9b::/96");
    if (k_6to4.contains(address)) return IpAddress::of(address.bytes().subspan(2, k_v4_size));
    if (k_nat64.contains(address)) return IpAddress::of(address.bytes().subspan(k_v4_at));
    return std::nullopt;
}

}  // namespace

IpAddress IpAddress::of(ByteView bytes) {
    ensure(bytes.size() == k_v4_size || bytes.size() == k_size, "an address has 4 or 16 bytes");
    IpAddress address;
    const bool v4 = bytes.size() == k_v4_size;
    if (v4) std::copy(k_mapped.begin(), k_mapped.end(), address.bytes_.begin());
    std::copy(bytes.begin(), bytes.end(), address.bytes_.begin() + (v4 ? k_v4_at : 0));
    return address;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
    boost::system::error_code failure;
    auto parsed = boost::asio::ip::make_address(std::string(text), failure);
    // A zone (`%eth0`) says which interface an address is of, and is no part of it. What stands
    // behind a zero byte the system would not see.
    if (failure || text.find_first_of(std::string_view("%\0", 2)) != std::string_view::npos) {
        return Error{Code::invalid_argument, fmt::format("\"{}\" is no IP address", text)};
    }
    return parsed.is_v4() ? of(parsed.to_v4().to_bytes()) : of(parsed.to_v6().to_bytes());
}

bool IpAddress::is_v4() const {
    return std::equal(k_mapped.begin(), k_mapped.end(), bytes_.begin());
}

std::string IpAddress::text() const {
    using namespace boost::asio::ip;
    if (!is_v4()) return address_v6(bytes_).to_string();
    address_v4::bytes_type last{};
    std::copy(bytes_.begin() + k_v4_at, bytes_.end(), last.begin());
    return address_v4(last).to_string();
}

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    BSN_TRY(base, IpAddress::parse(text.substr(0, slash)));
    const bool v4 = base.is_v4() && text.find(':') == std::string_view::npos;
    const unsigned most = v4 ? k_v4_bits : k_bits;
    auto bits = slash == std::string_view::npos ? std::optional(most)
                                                : prefix_length(text.substr(slash + 1), most);
    if (!bits) {
        return Error{Code::invalid_argument,
                     fmt::format("\"{}\" is no network; write ADDRESS/BITS with 0 to {} bits, such "
                                 "as 10.0.0.0/8",
                                 text, most)};
    }
    IpNetwork network;
    network.base_ = base;
    network.bits_ = *bits + (v4 ? k_bits - k_v4_bits : 0);
    Bytes cleared = to_bytes(base.bytes());
    for (unsigned bit = network.bits_; bit < k_bits; ++bit) {
        cleared[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
    }
    if (IpAddress::of(cleared) != base) {
        return Error{Code::invalid_argument,
                     fmt::format("\"{}\" has bits behind its prefix; the network is {}/{}", text,
                                 IpAddress::of(cleared).text(), *bits)};
    }
    return network;
}

bool IpNetwork::contains(const IpAddress& address) const {
    return same_prefix(base_.bytes(), address.bytes(), bits_);
}

std::string IpNetwork::text() const {
    const bool v4 = base_.is_v4() && bits_ >= k_bits - k_v4_bits;
    return fmt::format("{}/{}", base_.text(), v4 ? bits_ - (k_bits - k_v4_bits) : bits_);
}

std::string_view internal_kind(const IpAddress& address) {
    if (auto v4 = embedded_v4(address)) return internal_kind(*v4);
    for (const Kind& kind : special_kinds()) {
        if (kind.network.contains(address)) return kind.name;
    }
    // Of IPv6 only this part was ever given out. Outside are site-local addresses, IPv4-compatible
    // and IPv4-translated ones, local NAT64 and whatever is still to come.
    static const IpNetwork k_global = network_of("2000::/3");
    return address.is_v4() || k_global.contains(address) ? "" : "not of the public internet";
}

}  // namespace bsn::net
