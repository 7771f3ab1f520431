// Frames of the channel protocol, byte for byte, and its small messages.
#include "gateway/fisco/frame.hpp"

#include <gtest/gtest.h>

namespace bsn::gateway::fisco {
namespace {

Sequence letters() {
    Sequence sequence{};
    sequence.fill('a');
    return sequence;
}

TEST(ChannelFrame, IsWrittenInNetworkOrder) {
    const std::string frame = encode_frame(FrameType::transaction_notify, letters(), "xy", -2);
    EXPECT_EQ(to_hex(as_bytes(frame)),
              "0000002c"
              "1000" +
                  to_hex(as_bytes(std::string(32, 'a'))) +
                  "fffffffe"
                  "7879");
}

TEST(ChannelFrame, HeaderIsReadAsWritten) {
    const std::string frame = encode_frame(FrameType::rpc, letters(), "body", 100);
    auto header = decode_header(as_bytes(frame).subspan(0, k_frame_header), 100);
    ASSERT_TRUE(header.ok());
    EXPECT_EQ(header->type, 0x12);
    EXPECT_EQ(header->sequence, letters());
    EXPECT_EQ(header->result, 100);
    EXPECT_EQ(header->body, 4U);
}

TEST(ChannelFrame, BoundsTheLength) {
    Bytes head = to_bytes(encode_frame(FrameType::rpc, letters(), ""));
    head[3] = 41;
    EXPECT_EQ(decode_header(head, 100).error().code, Code::invalid_argument);
    head[3] = 101;
    EXPECT_EQ(decode_header(head, 100).error().code, Code::too_large);
    head[0] = 0xff;
    EXPECT_EQ(decode_header(head, 100).error().code, Code::too_large);
}

TEST(ChannelFrame, TopicStandsBeforeTheData) {
    EXPECT_EQ(topic_body("ab", "data"),
              "\x03"
              "abdata");
    EXPECT_EQ(topic_body("", "x"), "\x01x");
    auto parts = split_topic_body(
        "\x03"
        "abdata");
    ASSERT_TRUE(parts.ok());
    EXPECT_EQ(parts->topic, "ab");
    EXPECT_EQ(parts->data, "data");
    for (std::string_view bad : {std::string_view(""), std::string_view("\0x", 2),
                                 std::string_view("\x05"
                                                  "abc")}) {
        EXPECT_FALSE(split_topic_body(bad).ok());
    }
}

TEST(ChannelFrame, HighestCommonVersion) {
    EXPECT_EQ(common_version(R"({"minimumSupport":1,"maximumSupport":3})"), 3);
    EXPECT_EQ(common_version(R"({"minimumSupport":1,"maximumSupport":2})"), 2);
    EXPECT_EQ(common_version(R"({"minimumSupport":2,"maximumSupport":9})"), 3);
    for (std::string_view none :
         {R"({"minimumSupport":4,"maximumSupport":9})",
          R"({"minimumSupport":3,"maximumSupport":2})",
          R"({"minimumSupport":-1,"maximumSupport":0})", R"({"maximumSupport":3})", "[]", "no"}) {
        EXPECT_EQ(common_version(none), std::nullopt) << none;
    }
}

TEST(ChannelFrame, HeartbeatsOfAllClients) {
    EXPECT_EQ(heartbeat_answer("0"), "1");
    EXPECT_EQ(heartbeat_answer(R"({"heartBeat":0})"), R"({"heartBeat":1})");
    EXPECT_EQ(heartbeat_answer(""), R"({"heartBeat":1})");
}

TEST(ChannelFrame, TopicsAreBounded) {
    EXPECT_EQ(*topics_from(R"(["a","b"])", 2), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(topics_from(R"(["a","b","c"])", 2).error().code, Code::too_large);
    EXPECT_FALSE(topics_from(R"({"a":1})", 2).ok());
    EXPECT_FALSE(topics_from("[1]", 2).ok());
    EXPECT_FALSE(topics_from("[\"" + std::string(255, 'x') + "\"]", 2).ok());
}

TEST(ChannelFrame, BlockNoticeByVersion) {
    EXPECT_EQ(block_topic(7), "_block_notify_7");
    EXPECT_EQ(block_notice(1, 7, 15), "7,15");
    EXPECT_EQ(block_notice(3, 7, 15), R"({"blockNumber":15,"groupID":7})");
}

}  // namespace
}  // namespace bsn::gateway::fisco
