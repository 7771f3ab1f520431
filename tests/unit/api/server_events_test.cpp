#include "api/server_events.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bsn::api {
namespace {

constexpr std::string_view k_stream =
    ": height 4\n\n"
    "id: 5-0-1\r\nevent: deposited\r\ndata: {\"a\":1}\r\n\r\n"
    "data: first\ndata:second\nunknown: x\n\n"
    "id: 6\n\n"
    "data: never ended";

std::vector<ServerEvent> read_in_pieces(std::size_t size) {
    std::vector<ServerEvent> events;
    ServerEventReader reader([&](const ServerEvent& event) {
        events.push_back(event);
        return true;
    });
    for (std::size_t at = 0; at < k_stream.size(); at += size) {
        EXPECT_TRUE(reader.feed(k_stream.substr(at, size)));
    }
    return events;
}

TEST(ServerEventReaderTest, PiecesOfAnySize) {
    for (std::size_t size : {1UL, 2UL, 7UL, k_stream.size()}) {
        auto events = read_in_pieces(size);
        ASSERT_EQ(events.size(), 2U) << size;
        EXPECT_EQ(events[0].id, "5-0-1");
        EXPECT_EQ(events[0].name, "deposited");
        EXPECT_EQ(events[0].data, "{\"a\":1}");
        EXPECT_EQ(events[1].data, "first\nsecond");
    }
}

TEST(ServerEventReaderTest, EndsWhenItIsEnough) {
    int taken = 0;
    ServerEventReader reader([&](const ServerEvent&) { return ++taken < 1; });
    EXPECT_FALSE(reader.feed("data: a\n\ndata: b\n\n"));
    EXPECT_EQ(taken, 1);
}

}  // namespace
}  // namespace bsn::api
