#include "net/own_addresses.hpp"

#include <ifaddrs.h>

#include <cstring>
#include <netinet/in.h>

namespace bsn::net {
namespace {

/// An address as the system keeps it: its bytes, the first one first.
template <typename Address>
IpAddress address_of(const Address& address) {
    Bytes bytes(sizeof address);
    std::memcpy(bytes.data(), &address, sizeof address);
    return IpAddress::of(bytes);
}

}  // namespace

std::vector<IpAddress> own_addresses() {
    std::vector<IpAddress> all;
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return all;
    for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr) continue;
        if (one->ifa_addr->sa_family == AF_INET) {
            sockaddr_in v4{};
            std::memcpy(&v4, one->ifa_addr, sizeof v4);
            all.push_back(address_of(v4.sin_addr));
        } else if (one->ifa_addr->sa_family == AF_INET6) {
            sockaddr_in6 v6{};
            std::memcpy(&v6, one->ifa_addr, sizeof v6);
            all.push_back(address_of(v6.sin6_addr));
        }
    }
    freeifaddrs(list);
    return all;
}

}  // namespace bsn::net
