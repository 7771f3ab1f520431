// What comes over the channel of FISCO BCOS's SDKs: frames, and the messages in them.
#include "framework/fisco/event_filter.hpp"
#include "fuzz/laws.hpp"
#include "gateway/fisco/frame.hpp"

namespace bsn::fuzz {
namespace {

using namespace gateway::fisco;
namespace chain = framework::fisco;

constexpr std::size_t k_max_frame = 4096;

void check_messages(std::string_view body) {
    if (auto version = common_version(body)) {
        law(*version >= 1 && *version <= 3, "a version that there is");
    }
    law(!heartbeat_answer(body).empty(), "a heartbeat is answered");
    if (auto topics = topics_from(body, 8)) law(topics->size() <= 8, "topics are bounded");
    auto parts = split_topic_body(body);
    if (!parts) return;
    law(topic_body(parts->topic, parts->data) == body, "a body is written as it was read");
    auto registration = chain::event_registration_from(parts->data);
    if (registration.result != chain::EventResult::success) return;
    const chain::EventFilter& filter = registration.filter;
    law(!filter.id.empty(), "a filter has a name");
    law(!filter.to || filter.from.value_or(0) <= *filter.to, "a range goes forward");
    ledger::ethereum::Log log;
    if (!filter.addresses.empty()) log.address = filter.addresses.front();
    for (const auto& topics : filter.topics) {
        log.topics.push_back(topics.empty() ? ledger::Word{} : topics.front());
    }
    law(chain::matches(filter, log), "an event of what is asked for matches");
    const auto hash = crypto::HashId::keccak256;
    law(chain::may_match(filter, hash, ledger::ethereum::bloom_of(hash, {log})),
        "the bloom filter of what matches may match");
}

}  // namespace

void run(ByteView input) {
    if (input.size() < k_frame_header) return check_messages(as_text(input));
    auto header = decode_header(input.subspan(0, k_frame_header), k_max_frame);
    const std::string_view rest = as_text(input.subspan(k_frame_header));
    if (header) {
        law(header->body + k_frame_header <= k_max_frame, "a frame is bounded");
        if (header->body == rest.size()) {
            law(encode_frame(static_cast<FrameType>(header->type), header->sequence, rest,
                             header->result) == as_text(input),
                "a frame is written as it was read");
        }
    }
    check_messages(rest);
}

}  // namespace bsn::fuzz
