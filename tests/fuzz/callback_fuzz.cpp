// URLs of callbacks, networks that they may reach, and patterns over names of events: what members
// and operators write.
#include "fuzz/laws.hpp"
#include "gateway/callbacks/callback_guard.hpp"
#include "gateway/callbacks/event_selection.hpp"

namespace bsn::fuzz {
namespace {

void check_url(std::string_view text) {
    auto url = gateway::CallbackUrl::parse(text);
    if (!url) return check_refusal(url.error());
    const std::string sent = url->endpoint.host + url->target;
    law(std::all_of(sent.begin(), sent.end(), [](char c) { return c > ' ' && c <= '~'; }),
        "nothing of a URL can end a line of a request");
    law(url->target.starts_with('/'), "a target is a path");
    law(url->endpoint.port > 0, "a port is none of the system's choosing");
    law(url->endpoint.host.find('@') == std::string::npos, "a URL names no user");
    auto again = gateway::CallbackUrl::parse(url->endpoint.url() + url->target);
    // With its port written out it may be too long.
    if (!again) return law(text.size() + 8 > gateway::CallbackUrl::k_most, "a URL reads again");
    law(again->endpoint == url->endpoint && again->target == url->target, "a URL reads the same");
}

void check_address(std::string_view text) {
    auto network = net::IpNetwork::parse(text);
    if (network) {
        auto again = net::IpNetwork::parse(network->text());
        law(again.ok() && *again == *network, "a network reads the same");
    } else {
        check_refusal(network.error());
    }
    auto address = net::IpAddress::parse(text);
    if (!address) return check_refusal(address.error());
    law(network.ok() && network->contains(*address), "an address is a network of one");
    auto again = net::IpAddress::parse(address->text());
    law(again.ok() && *again == *address, "an address reads the same");
    const gateway::CallbackGuard strict({});
    const gateway::CallbackGuard open({.allow = {*network}});
    law(strict.check(*address).ok() == net::internal_kind(*address).empty(), "a guard is strict");
    law(open.check(*address).ok(), "what an operator allows is reached");
}

void check_pattern(std::string_view text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    auto pattern = gateway::EventPattern::compile(std::string(text.substr(0, end)));
    if (!pattern) return check_refusal(pattern.error());
    const std::string_view name = text.substr(std::min(end + 1, text.size()));
    law(pattern->matches(name) == pattern->matches(name), "a pattern matches or not");
}

}  // namespace

void run(ByteView input) {
    if (input.empty()) return;
    const std::string_view text = as_text(input.subspan(1));
    switch (input[0] % 3) {
        case 0: return check_url(text);
        case 1: return check_address(text);
        default: return check_pattern(text);
    }
}

}  // namespace bsn::fuzz
