#include "net/listening.hpp"

#include "base/files.hpp"
#include "net/http_client.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <sys/socket.h>

namespace bsn::net {
namespace {

/// Zero, or why it cannot be bound.
int try_to_bind(const addrinfo& address) {
    FileHandle socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return errno;
    int yes = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return ::bind(socket.get(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
}

}  // namespace

Status check_can_listen(const std::string& address) {
    BSN_TRY(endpoint, parse_endpoint("http://" + address));
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(endpoint.port);
    if (const int failure = ::getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &found);
        failure != 0) {
        return Error{Code::invalid_argument,
                     fmt::format("cannot listen at {}: {}; choose an address of this machine, or "
                                 "0.0.0.0 for all",
                                 address, ::gai_strerror(failure))};
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    const int failure = try_to_bind(*found);
    if (failure == 0) return {};
    if (failure == EADDRINUSE) {
        return Error{Code::unavailable,
                     fmt::format("cannot listen at {0}: port {1} is in use by another program; "
                                 "stop that, or choose another port",
                                 address, endpoint.port)};
    }
    return Error{Code::unavailable, fmt::format("cannot listen at {}: {}; choose another address "
                                                "or port",
                                                address, std::strerror(failure))};
}

}  // namespace bsn::net
