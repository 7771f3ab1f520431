#pragma once
// The frames of FISCO BCOS's channel protocol, and the small messages that are not JSON-RPC.
//
//   u32 length of the frame | u16 type | 32 bytes sequence | i32 result | body        (big-endian)

#include "base/bytes.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace bsn::gateway::fisco {

enum class FrameType : std::uint16_t {
    rpc = 0x12,
    heartbeat = 0x13,
    handshake = 0x14,
    register_event = 0x15,
    unregister_event = 0x16,
    amop_request = 0x30,
    amop_response = 0x31,
    amop_topics = 0x32,
    amop_broadcast = 0x35,
    transaction_notify = 0x1000,
    block_notify = 0x1001,
    event_push = 0x1002,
};

/// What went wrong with a message to another client.
enum class AmopResult : std::int32_t {
    unreachable = 99,
    nobody = 100,
    timeout = 102,
    overloaded = 103,
};

/// By which an answer finds its question: 32 characters of the sender's choice.
using Sequence = std::array<char, 32>;
/// Of what nobody asked for.
inline constexpr Sequence k_no_sequence = [] {
    Sequence zeros{};
    zeros.fill('0');
    return zeros;
}();

inline constexpr std::size_t k_frame_header = 42;

struct FrameHeader {
    std::uint16_t type = 0;
    Sequence sequence = k_no_sequence;
    std::int32_t result = 0;
    std::size_t body = 0;  ///< bytes that follow
};

/// Reads the 42 bytes of a header; refuses frames that are shorter than a header, or longer than
/// `max_frame`.
Result<FrameHeader> decode_header(ByteView bytes, std::size_t max_frame);
std::string encode_frame(FrameType type, const Sequence& sequence, std::string_view body,
                         std::int32_t result = 0);

/// A body that names a topic: its length with that byte itself, the topic, the data.
struct TopicBody {
    std::string_view topic;
    std::string_view data;
};
inline constexpr std::size_t k_max_topic = 254;
/// The topic has at most `k_max_topic` bytes.
std::string topic_body(std::string_view topic, std::string_view data);
Result<TopicBody> split_topic_body(std::string_view body);

/// The version of the protocol that both sides speak; none if there is none.
std::optional<int> common_version(std::string_view handshake);
std::string handshake_answer(int version, std::string_view node_version);
/// The answer to a heartbeat; clients of version 1 send a text, others JSON, or nothing.
std::string heartbeat_answer(std::string_view body);
/// The topics of a subscription, of which there may be so many.
Result<std::vector<std::string>> topics_from(std::string_view json, std::size_t most);

/// The topic under which a client wants to hear of the blocks of a group.
std::string block_topic(std::uint64_t group);
/// What it is told, by its version.
std::string block_notice(int version, std::uint64_t group, std::uint64_t height);

}  // namespace bsn::gateway::fisco
