#include "framework/fabric/network/ports.hpp"

#include "base/files.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>

namespace bsn::framework::fabric {
namespace {

constexpr std::uint16_t k_first = 23'900;

TEST(PortsTest, ports_are_chosen_once_and_kept) {
    const TemporaryFolder folder;
    const auto file = folder.path() / "ports.json";
    auto ports = Ports::open(file, k_first);
    ASSERT_TRUE(ports.ok());
    const auto peer = ports->of("peer");
    const auto orderer = ports->of("orderer");
    ASSERT_TRUE(peer.ok() && orderer.ok());
    EXPECT_NE(*peer, *orderer);
    EXPECT_GE(*peer, k_first);

    auto again = Ports::open(file, k_first);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again->of("orderer"), *orderer);
    EXPECT_EQ(*again->of("peer"), *peer);
    const auto third = again->of("third");
    ASSERT_TRUE(third.ok());
    EXPECT_NE(*third, *peer);
    EXPECT_NE(*third, *orderer);
}

TEST(PortsTest, a_port_that_is_taken_is_passed_over) {
    const TemporaryFolder folder;
    const std::uint16_t taken = *Ports::open(folder.path() / "scout.json", k_first)->of("x");
    const FileHandle socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(taken);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    auto ports = Ports::open(folder.path() / "ports.json", k_first);
    EXPECT_GT(*ports->of("x"), taken);
}

TEST(PortsTest, nodes_that_start_together_choose_different_ports) {
    const TemporaryFolder folder;
    auto one = Ports::open(folder.path() / "one.json", k_first);
    auto other = Ports::open(folder.path() / "other.json", k_first);
    const std::uint16_t chosen = *one->of("x");
    EXPECT_NE(*other->of("x"), chosen);
    // Also by one that was there before, until it has gone.
    one = Ports::open(folder.path() / "one.json", k_first);
    EXPECT_NE(*other->of("y"), chosen);
}

TEST(PortsTest, a_damaged_file_is_told_of) {
    const TemporaryFolder folder;
    const auto file = folder.path() / "ports.json";
    for (const char* text : {"", "[]", R"({"peer":"1"})", R"({"peer":70000})"}) {
        ASSERT_TRUE(write_file_atomically(file, as_bytes(std::string_view(text))));
        auto ports = Ports::open(file, k_first);
        ASSERT_FALSE(ports.ok()) << text;
        EXPECT_EQ(ports.error().code, Code::corrupted);
    }
}

}  // namespace
}  // namespace bsn::framework::fabric
