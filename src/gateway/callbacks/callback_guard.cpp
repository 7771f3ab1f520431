#include "gateway/callbacks/callback_guard.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::gateway {
namespace {

Error bad(std::string_view why) {
    return {Code::invalid_argument,
            fmt::format("{}; write http://HOST[:PORT]/PATH or https://HOST[:PORT]/PATH", why)};
}

/// What may stand in a request's first line and header. Others read a backslash as a slash.
bool may_stand(char c) { return c > ' ' && c <= '~' && c != '\\'; }

bool is_in(const std::vector<net::IpNetwork>& networks, const net::IpAddress& address) {
    return std::any_of(networks.begin(), networks.end(),
                       [&](const auto& one) { return one.contains(address); });
}

}  // namespace

Result<CallbackUrl> CallbackUrl::parse(std::string_view text) {
    if (text.size() > k_most) return bad(fmt::format("the URL has more than {} bytes", k_most));
    if (!std::all_of(text.begin(), text.end(), may_stand)) {
        return bad(
            "the URL has bytes that must be written as %XX, or a host that must be in ASCII");
    }
    if (text.find('#') != std::string_view::npos) return bad("the URL has a fragment (#)");
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) return bad("the URL begins with neither http nor https");
    const std::size_t end = std::min(text.find_first_of("/?", scheme + 3), text.size());
    auto endpoint = net::parse_endpoint(text.substr(0, end));
    if (!endpoint) return bad("the URL has no host that can be called");
    CallbackUrl url{std::move(*endpoint), std::string(text.substr(end))};
    if (!url.target.starts_with('/')) url.target.insert(url.target.begin(), '/');
    return url;
}

std::string_view CallbackGuard::kind_of(const net::IpAddress& address) const {
    const std::string_view kind = net::internal_kind(address);
    if (!kind.empty()) return kind;
    const auto own = world_.own_addresses();
    const bool is_own = std::find(own.begin(), own.end(), address) != own.end();
    return is_own ? "an address of this city node itself" : "";
}

Status CallbackGuard::check(const net::IpAddress& address) const {
    if (is_in(rules_.deny, address)) {
        return Error{Code::forbidden,
                     fmt::format("callbacks do not go to {}: the operator of this city node has "
                                 "closed it (`api.callbacks.deny`)",
                                 address.text())};
    }
    if (is_in(rules_.allow, address)) return {};
    const std::string_view kind = kind_of(address);
    if (kind.empty()) return {};
    return Error{Code::forbidden,
                 fmt::format("callbacks do not go to {}, which is {}; the operator of this city "
                             "node can allow it (`api.callbacks.allow`)",
                             address.text(), kind)};
}

Status CallbackGuard::check_name(const std::string& host) const {
    std::string name = host;
    while (name.ends_with('.')) name.pop_back();
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    for (const std::string& denied : rules_.deny_hosts) {
        if (name != denied && !name.ends_with("." + denied)) continue;
        return Error{Code::forbidden,
                     fmt::format("callbacks do not go to {}: the operator of this city node has "
                                 "closed {} (`api.callbacks.deny`)",
                                 host, denied)};
    }
    return {};
}

Status CallbackGuard::check(const CallbackUrl& url) const {
    BSN_CHECK(check_name(url.endpoint.host));
    return net::look_up(
        url.endpoint, [this](const net::IpAddress& one) { return check(one); }, world_.resolve);
}

}  // namespace bsn::gateway
