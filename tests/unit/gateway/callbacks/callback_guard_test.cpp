// Where callbacks may go.
#include "gateway/callbacks/callback_guard.hpp"

#include <gtest/gtest.h>

namespace bsn::testing {
namespace {

using gateway::CallbackGuard;
using gateway::CallbackUrl;
using net::IpAddress;
using net::IpNetwork;

CallbackUrl url(std::string_view text) {
    auto parsed = CallbackUrl::parse(text);
    EXPECT_TRUE(parsed.ok()) << text;
    return parsed ? *parsed : CallbackUrl();
}

TEST(CallbackUrl, PartsOfAnUrl) {
    struct Row {
        const char* text;
        bool tls;
        const char* host;
        std::uint16_t port;
        const char* target;
    };
    for (const Row& row : {Row{"http://a.example", false, "a.example", 80, "/"},
                           Row{"https://a.example/told", true, "a.example", 443, "/told"},
                           Row{"http://a:81/x/y?z=1&w", false, "a", 81, "/x/y?z=1&w"},
                           Row{"http://a?q=http://b/c", false, "a", 80, "/?q=http://b/c"},
                           Row{"https://[2001:db8::1]:8443/", true, "2001:db8::1", 8443, "/"}}) {
        const CallbackUrl found = url(row.text);
        EXPECT_EQ(found.endpoint, (net::Endpoint{row.tls, row.host, row.port})) << row.text;
        EXPECT_EQ(found.target, row.target) << row.text;
    }
}

TEST(CallbackUrl, RefusesWhatIsNoPlainUrl) {
    for (const std::string& text : {std::string(""),
                                    std::string("ftp://a/"),
                                    std::string("file:///etc/passwd"),
                                    std::string("gopher://a/"),
                                    std::string("HTTP://a/"),
                                    std::string("http://"),
                                    std::string("http:///x"),
                                    std::string("http://user@a/"),
                                    std::string("http://a:b@c/"),
                                    std::string("http://a#@b/"),
                                    std::string("http://a/#x"),
                                    std::string("http://a:0/"),
                                    std::string("http://a:65536/"),
                                    std::string("http://a:x/"),
                                    std::string("http://a\\b/"),
                                    std::string("http://a /"),
                                    std::string("http://a/ HTTP/1.1\r\nX: y"),
                                    std::string("http://a\r\nHost: b/"),
                                    std::string("http://a/\t"),
                                    std::string("//a/"),
                                    std::string("http://a/\xc3\xa4"),
                                    std::string("http://[::1/"),
                                    std::string("http://a/\0b", 11),
                                    "http://a/" + std::string(2000, 'x')}) {
        EXPECT_FALSE(CallbackUrl::parse(text).ok()) << text;
    }
}

TEST(CallbackGuard, RefusesInternalAddressesAndAllowsThoseNamed) {
    const CallbackGuard strict({});
    const CallbackGuard own(
        {.allow = {*IpNetwork::parse("10.1.0.0/16"), *IpNetwork::parse("::1")}});
    EXPECT_TRUE(strict.check(*IpAddress::parse("1.1.1.1")).ok());
    EXPECT_EQ(strict.check(*IpAddress::parse("10.1.2.3")).error().code, Code::forbidden);
    EXPECT_TRUE(own.check(*IpAddress::parse("10.1.2.3")).ok());
    EXPECT_TRUE(own.check(*IpAddress::parse("::ffff:10.1.2.3")).ok());
    EXPECT_TRUE(own.check(*IpAddress::parse("::1")).ok());
    EXPECT_FALSE(own.check(*IpAddress::parse("10.2.0.1")).ok());
    EXPECT_FALSE(own.check(*IpAddress::parse("127.0.0.1")).ok());
    // What stands for an address is not that address.
    EXPECT_FALSE(own.check(*IpAddress::parse("64:ff9b::10.1.2.3")).ok());
    EXPECT_NE(strict.check(*IpAddress::parse("127.0.0.1")).error().message.find("loopback"),
              std::string::npos);
}

TEST(CallbackGuard, RefusesTheNodesOwnAddressesAsTheyAreNow) {
    std::vector<IpAddress> own{*IpAddress::parse("9.9.9.9")};
    const CallbackGuard strict({}, {.own_addresses = [&own] { return own; }});
    const CallbackGuard allowed({.allow = {*IpNetwork::parse("9.9.9.9")}},
                                {.own_addresses = [&own] { return own; }});
    EXPECT_NE(strict.check(*IpAddress::parse("9.9.9.9")).error().message.find("node itself"),
              std::string::npos);
    EXPECT_TRUE(strict.check(*IpAddress::parse("9.9.9.8")).ok());
    EXPECT_TRUE(allowed.check(*IpAddress::parse("9.9.9.9")).ok());
    own = {*IpAddress::parse("9.9.9.8")};
    EXPECT_TRUE(strict.check(*IpAddress::parse("9.9.9.9")).ok());
    EXPECT_FALSE(strict.check(*IpAddress::parse("9.9.9.8")).ok());
    // The system names at least the loopback.
    const auto real = net::own_addresses();
    EXPECT_NE(std::find(real.begin(), real.end(), *IpAddress::parse("127.0.0.1")), real.end());
}

TEST(CallbackGuard, WhatTheOperatorClosesIsClosed) {
    const CallbackGuard guard(
        {.allow = {*IpNetwork::parse("10.0.0.0/8")},
         .deny = {*IpNetwork::parse("10.9.0.0/16"), *IpNetwork::parse("9.9.9.0/24")},
         .deny_hosts = {"intern.example"}},
        {.resolve = [](const std::string&) {
            return Result<std::vector<IpAddress>>(std::vector{*IpAddress::parse("1.1.1.1")});
        }});
    EXPECT_TRUE(guard.check(*IpAddress::parse("10.8.0.1")).ok());
    EXPECT_FALSE(guard.check(*IpAddress::parse("10.9.0.1")).ok());
    EXPECT_NE(guard.check(*IpAddress::parse("9.9.9.9")).error().message.find("callbacks.deny"),
              std::string::npos);
    for (const char* closed : {"http://intern.example/", "http://INTERN.example./",
                               "https://a.b.intern.example:8443/x"}) {
        EXPECT_EQ(guard.check(url(closed)).error().code, Code::forbidden) << closed;
    }
    EXPECT_TRUE(guard.check(url("http://notintern.example/")).ok());
    EXPECT_TRUE(guard.check(url("http://intern.example.org/")).ok());
}

TEST(CallbackGuard, ANameWithAGoodAndABadAddressIsRefused) {
    std::vector<IpAddress> has{*IpAddress::parse("1.1.1.1"), *IpAddress::parse("127.0.0.1")};
    const CallbackGuard guard(
        {}, {.resolve = [&](const std::string&) { return Result<std::vector<IpAddress>>(has); }});
    EXPECT_EQ(guard.check(url("http://both.example/")).error().code, Code::forbidden);
    std::swap(has[0], has[1]);
    EXPECT_EQ(guard.check(url("http://both.example/")).error().code, Code::forbidden);
    has.erase(has.begin());
    EXPECT_TRUE(guard.check(url("http://both.example/")).ok());
}

TEST(CallbackGuard, LooksUpWhereAnUrlLeads) {
    const CallbackGuard strict({});
    // All of these are 127.0.0.1 to the system's resolver, or to whoever connects to them.
    for (const char* text : {"http://127.0.0.1/", "http://localhost:1/", "http://2130706433/",
                             "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://0/",
                             "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::]/"}) {
        Status status = strict.check(url(text));
        ASSERT_FALSE(status.ok()) << text;
        EXPECT_EQ(status.error().code, Code::forbidden) << text << status.error().message;
    }
    const CallbackGuard local(
        {.allow = {*IpNetwork::parse("127.0.0.0/8"), *IpNetwork::parse("::1")}});
    EXPECT_TRUE(local.check(url("http://localhost:1/")).ok());
    Status unknown = local.check(url("http://no-such-host.invalid/"));
    EXPECT_EQ(unknown.error().code, Code::unavailable) << unknown.error().message;
}

}  // namespace
}  // namespace bsn::testing
