#include "framework/fabric/network/ports.hpp"

#include "base/files.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace bsn::framework::fabric {
namespace {

using Json = nlohmann::json;

constexpr std::size_t k_max_file = 64U << 10;
/// Above, systems choose ports for outgoing connections.
constexpr std::uint32_t k_end = 32'000;
constexpr std::uint32_t k_first = 1'024;

bool is_free(std::uint16_t port) {
    const FileHandle socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    return socket.is_open() &&
           ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// A name of the machine, in Linux's abstract namespace, that one process has until it ends. It
/// keeps nodes that start at the same time, in this process or another, off each other's ports
/// before their programs listen.
FileHandle reserve(std::uint16_t port) {
    FileHandle socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = fmt::format("bsn-port-{}", port);
    name.copy(address.sun_path + 1, sizeof address.sun_path - 1);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    const bool bound = socket.is_open() &&
                       ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0;
    return bound ? std::move(socket) : FileHandle();
}

}  // namespace

Result<Ports> Ports::open(std::filesystem::path file, std::uint16_t first) {
    Ports ports(std::move(file), first);
    auto content = read_file(ports.file_, k_max_file);
    if (!content) {
        if (content.error().code == Code::not_found) return ports;
        return content.error();
    }
    const Json json = Json::parse(as_text(*content), nullptr, false);
    const Error damaged{Code::corrupted,
                        fmt::format("{} is damaged: it holds no ports", ports.file_.string())};
    if (!json.is_object()) return damaged;
    for (const auto& [name, port] : json.items()) {
        if (!port.is_number_unsigned() || port.get<std::uint64_t>() > 0xFFFF) return damaged;
        const auto number = port.get<std::uint16_t>();
        ports.chosen_[name] = number;
        ports.reserved_.push_back(reserve(number));  // its own, whoever else has the name
    }
    return ports;
}

Result<std::uint16_t> Ports::of(const std::string& name) {
    if (const auto known = chosen_.find(name); known != chosen_.end()) return known->second;
    for (; next_ >= k_first && next_ < k_end; ++next_) {
        const auto port = static_cast<std::uint16_t>(next_);
        const bool taken = std::any_of(chosen_.begin(), chosen_.end(),
                                       [&](const auto& one) { return one.second == port; });
        if (taken || !is_free(port)) continue;
        FileHandle reserved = reserve(port);
        if (!reserved.is_open()) continue;
        reserved_.push_back(std::move(reserved));
        chosen_[name] = port;
        ++next_;
        BSN_CHECK(save());
        return port;
    }
    return Error{Code::unavailable,
                 fmt::format("no port up to {} is free for {}", k_end - 1, name)};
}

Status Ports::save() const { return write_file_atomically(file_, as_bytes(Json(chosen_).dump(2))); }

}  // namespace bsn::framework::fabric
