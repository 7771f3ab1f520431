// Addresses, networks, and what is not of the public internet.
#include "net/ip_address.hpp"

#include <gtest/gtest.h>

namespace bsn::testing {
namespace {

using net::internal_kind;
using net::IpAddress;
using net::IpNetwork;

IpAddress address(std::string_view text) {
    auto parsed = IpAddress::parse(text);
    EXPECT_TRUE(parsed.ok()) << text;
    return parsed ? *parsed : IpAddress();
}

TEST(IpAddress, TextsAreReadAndWritten) {
    for (const char* text :
         {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::1:2:3:4"}) {
        EXPECT_EQ(address(text).text(), text);
    }
    EXPECT_TRUE(address("192.0.2.1").is_v4());
    EXPECT_FALSE(address("2001:db8::1").is_v4());
    EXPECT_EQ(address("::ffff:192.0.2.1"), address("192.0.2.1"));
    for (const char* text : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "0x7f.0.0.1", "localhost",
                             "[::1]", "fe80::1%eth0", "::1%", "1.2.3.4 ", "2130706433"}) {
        EXPECT_FALSE(IpAddress::parse(text).ok()) << text;
    }
    EXPECT_FALSE(IpAddress::parse(std::string_view("8.8.8.8\0.example", 16)).ok());
}

TEST(IpNetwork, ContainsWhatBeginsWithItsBits) {
    struct Row {
        const char* network;
        const char* inside;
        const char* outside;
    };
    for (const Row& row :
         {Row{"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
          Row{"172.16.0.0/12", "172.31.255.255", "172.32.0.0"},
          Row{"192.0.2.7", "192.0.2.7", "192.0.2.6"}, Row{"192.0.2.6/31", "192.0.2.7", "192.0.2.8"},
          Row{"0.0.0.0/0", "8.8.8.8", "2001:db8::"}, Row{"fc00::/7", "fdff::1", "fe00::"},
          Row{"2001:db8::/32", "2001:db8:ffff::", "2001:db9::"}, Row{"::1", "::1", "::2"},
          Row{"10.0.0.0/8", "::ffff:10.1.2.3", "::10.1.2.3"}}) {
        auto network = IpNetwork::parse(row.network);
        ASSERT_TRUE(network.ok()) << row.network;
        EXPECT_TRUE(network->contains(address(row.inside))) << row.network << row.inside;
        EXPECT_FALSE(network->contains(address(row.outside))) << row.network << row.outside;
    }
    EXPECT_EQ(IpNetwork::parse("10.0.0.0/8")->text(), "10.0.0.0/8");
    EXPECT_EQ(IpNetwork::parse("::1")->text(), "::1/128");
    EXPECT_EQ(IpNetwork::parse("10.1.2.3")->text(), "10.1.2.3/32");
}

TEST(IpNetwork, RefusesWhatIsNone) {
    for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x",
                             "::/129", "host/8", "10.0.0.0/8/8", "10.0.0.1/8", "fc00::1/7"}) {
        EXPECT_FALSE(IpNetwork::parse(text).ok()) << text;
    }
    EXPECT_NE(IpNetwork::parse("10.9.0.1/8").error().message.find("10.0.0.0/8"), std::string::npos);
}

TEST(InternalKind, EveryPartThatIsNotOfThePublicInternet) {
    struct Row {
        const char* address;
        const char* kind;
    };
    for (const Row& row : {
             Row{"0.0.0.0", "unspecified"},
             Row{"0.1.2.3", "unspecified"},
             Row{"10.0.0.1", "private"},
             Row{"100.64.0.1", "shared (carrier-grade NAT)"},
             Row{"100.127.255.255", "shared (carrier-grade NAT)"},
             Row{"127.0.0.1", "loopback"},
             Row{"127.255.255.254", "loopback"},
             Row{"169.254.169.254", "link-local"},
             Row{"172.16.0.1", "private"},
             Row{"172.31.255.255", "private"},
             Row{"192.0.0.192", "reserved for protocols"},
             Row{"192.168.1.1", "private"},
             Row{"198.18.0.1", "for benchmarks"},
             Row{"203.0.113.5", "for documentation"},
             Row{"224.0.0.1", "multicast"},
             Row{"239.255.255.250", "multicast"},
             Row{"255.255.255.255", "reserved"},
             Row{"::", "unspecified"},
             Row{"::1", "loopback"},
             Row{"::ffff:127.0.0.1", "loopback"},
             Row{"::ffff:7f00:1", "loopback"},
             Row{"::ffff:169.254.169.254", "link-local"},
             Row{"::127.0.0.1", "not of the public internet"},
             Row{"::ffff:0:127.0.0.1", "not of the public internet"},
             Row{"fe80::1", "link-local"},
             Row{"febf::1", "link-local"},
             Row{"fec0::1", "not of the public internet"},
             Row{"fc00::1", "unique local"},
             Row{"fd12:3456::1", "unique local"},
             Row{"ff02::1", "multicast"},
             Row{"100::1", "not of the public internet"},
             Row{"64:ff9b::127.0.0.1", "loopback"},
             Row{"64:ff9b::a9fe:a9fe", "link-local"},
             Row{"64:ff9b:1::10.0.0.1", "not of the public internet"},
             Row{"2002:7f00:1::", "loopback"},
             Row{"2002:a00:1::1", "private"},
             Row{"2001:0:53aa:64c::1", "reserved for protocols"},
             Row{"2001:db8::1", "for documentation"},
             Row{"5f00::1", "not of the public internet"},
         }) {
        EXPECT_EQ(internal_kind(address(row.address)), row.kind) << row.address;
    }
    for (const char* text :
         {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.1.1.1",
          "128.0.0.1", "169.253.1.1", "172.15.255.255", "172.32.0.0", "192.167.1.1", "223.1.1.1",
          "::ffff:8.8.8.8", "2606:4700::1111", "2a00:1450::1", "2002:808:808::1",
          "64:ff9b::8.8.8.8"}) {
        EXPECT_EQ(internal_kind(address(text)), "") << text;
    }
}

}  // namespace
}  // namespace bsn::testing
