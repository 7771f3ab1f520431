#include "gateway/fisco/frame.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace bsn::gateway::fisco {
namespace {

using Json = nlohmann::json;

constexpr int k_first_version = 1;
constexpr int k_last_version = 3;

std::uint64_t read_number(ByteView bytes) {
    std::uint64_t number = 0;
    for (std::uint8_t byte : bytes) number = number << 8 | byte;
    return number;
}

void put_number(std::string& out, std::uint64_t number, std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) out.push_back(static_cast<char>(number >> (8 * i)));
}

}  // namespace

Result<FrameHeader> decode_header(ByteView bytes, std::size_t max_frame) {
    ensure(bytes.size() == k_frame_header, "a frame's header has 42 bytes");
    const std::uint64_t length = read_number(bytes.subspan(0, 4));
    if (length < k_frame_header) {
        return Error{Code::invalid_argument, "a frame that is shorter than its header"};
    }
    if (length > max_frame) {
        return Error{Code::too_large,
                     fmt::format("a frame of {} bytes; at most {} are taken", length, max_frame)};
    }
    FrameHeader header;
    header.type = static_cast<std::uint16_t>(read_number(bytes.subspan(4, 2)));
    std::memcpy(header.sequence.data(), bytes.data() + 6, header.sequence.size());
    header.result = static_cast<std::int32_t>(read_number(bytes.subspan(38, 4)));
    header.body = static_cast<std::size_t>(length) - k_frame_header;
    return header;
}

std::string encode_frame(FrameType type, const Sequence& sequence, std::string_view body,
                         std::int32_t result) {
    std::string frame;
    frame.reserve(k_frame_header + body.size());
    put_number(frame, k_frame_header + body.size(), 4);
    put_number(frame, static_cast<std::uint16_t>(type), 2);
    frame.append(sequence.data(), sequence.size());
    put_number(frame, static_cast<std::uint32_t>(result), 4);
    frame += body;
    return frame;
}

std::string topic_body(std::string_view topic, std::string_view data) {
    ensure(topic.size() <= k_max_topic, "a topic of 254 bytes at most");
    std::string body(1, static_cast<char>(topic.size() + 1));
    body += topic;
    body += data;
    return body;
}

Result<TopicBody> split_topic_body(std::string_view body) {
    const std::size_t length = body.empty() ? 0 : static_cast<std::uint8_t>(body.front());
    if (length == 0 || length > body.size()) {
        return Error{Code::invalid_argument, "a body whose topic is longer than itself"};
    }
    return TopicBody{body.substr(1, length - 1), body.substr(length)};
}

std::optional<int> common_version(std::string_view handshake) {
    const Json json = Json::parse(handshake, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    auto number = [&](const char* name) -> std::optional<std::int64_t> {
        auto found = json.find(name);
        if (found == json.end() || !found->is_number_integer()) return std::nullopt;
        return found->get<std::int64_t>();
    };
    auto least = number("minimumSupport");
    auto most = number("maximumSupport");
    if (!least || !most || *least > k_last_version || *most < k_first_version || *least > *most) {
        return std::nullopt;
    }
    return static_cast<int>(std::min<std::int64_t>(*most, k_last_version));
}

std::string handshake_answer(int version, std::string_view node_version) {
    return Json{{"nodeVersion", node_version}, {"protocol", version}}.dump();
}

std::string heartbeat_answer(std::string_view body) {
    return body == "0" ? "1" : R"({"heartBeat":1})";
}

Result<std::vector<std::string>> topics_from(std::string_view text, std::size_t most) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_array()) return Error{Code::invalid_argument, "topics are a JSON array"};
    if (json.size() > most) {
        return Error{Code::too_large, fmt::format("more than {} topics", most)};
    }
    std::vector<std::string> topics;
    for (const Json& one : json) {
        if (!one.is_string() || one.get_ref<const std::string&>().size() > k_max_topic) {
            return Error{Code::invalid_argument, "a topic is a text of at most 254 bytes"};
        }
        topics.push_back(one.get<std::string>());
    }
    return topics;
}

std::string block_topic(std::uint64_t group) { return fmt::format("_block_notify_{}", group); }

std::string block_notice(int version, std::uint64_t group, std::uint64_t height) {
    if (version <= 1) return fmt::format("{},{}", group, height);
    return fmt::format(R"({{"blockNumber":{},"groupID":{}}})", height, group);
}

}  // namespace bsn::gateway::fisco
