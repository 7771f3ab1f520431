#include "gateway/callbacks/notification.hpp"

#include "base/codec.hpp"
#include "crypto/hash.hpp"
#include "gateway/json.hpp"
#include "gateway/published/mac.hpp"

namespace bsn::gateway {
namespace {

using published::EventRegistration;

constexpr std::size_t k_nonce_bytes = 16;
/// `eventType`
constexpr int k_block = 1;
constexpr int k_contract = 2;

/// Members in the order of signing, which is that of Fabric's receivers.
Json own_ledger_body(const NotificationFrame& frame, const EventRegistration& one,
                     const Notice& notice, const framework::BlockView* block) {
    const auto* event = notice.event ? &*notice.event : nullptr;
    Json body{{"chainCode", nullptr},
              {"orgCode", frame.node},
              {"eventKey", one.event_key},
              {"eventId", one.id},
              {"attachArgs", one.attach_args},
              {"eventName", nullptr},
              {"txId", nullptr},
              {"payload", nullptr},
              {"blockNumber", notice.place.height},
              {"nonceStr", notification_nonce(one.id, notice.place)}};
    if (event != nullptr) {
        body["chainCode"] = event->contract;
        body["eventName"] = event->name;
        body["txId"] = to_hex(event->transaction);
        body["payload"] = to_base64(event->data);
    } else if (block != nullptr) {
        body["previousHash"] = to_hex(block->previous);
    }
    return body;
}

Json event_data(const NotificationFrame& frame, const Notice& notice) {
    Json data{{"appId", frame.app},
              {"blockNumber", notice.place.height},
              {"eventType", notice.event ? k_contract : k_block},
              {"groupId", *frame.group}};
    if (!notice.event) return data;
    const framework::Event& event = *notice.event;
    Json topics = Json::array();
    if (!event.name.empty()) topics.push_back(event.name);
    for (const Bytes& topic : event.topics) topics.push_back("0x" + to_hex(topic));
    data["contractAddress"] = "0x" + event.contract;
    data["txId"] = "0x" + to_hex(event.transaction);
    data["logIndex"] = event.log;
    data["topics"] = std::move(topics);
    data["data"] = "0x" + to_hex(event.data);
    return data;
}

Json fisco_body(const NotificationFrame& frame, const EventRegistration& one,
                const Notice& notice) {
    return {{"eventId", one.id},
            {"orgCode", frame.node},
            {"appCode", frame.app},
            {"attachArgs", one.attach_args},
            {"nonceStr", notification_nonce(one.id, notice.place)},
            {"eventType", notice.event ? k_contract : k_block},
            {"eventData", to_text(event_data(frame, notice))}};
}

/// The values one after the other: texts, and numbers in decimal.
std::string signed_values(const Json& body) {
    std::string text;
    for (const Json& value : body) {
        if (value.is_string()) {
            text += value.get_ref<const std::string&>();
        } else if (!value.is_null()) {
            text += value.dump();
        }
    }
    return text;
}

}  // namespace

std::string notification_nonce(std::string_view registration, const EventPlace& place) {
    Writer what;
    what.text(registration);
    what.u64(place.height);
    what.u32(place.index);
    what.u32(place.log);
    return to_hex(crypto::hash(crypto::HashId::sha256, what.view()).view().first(k_nonce_bytes));
}

std::string notification_text(const NotificationFrame& frame, const EventRegistration& registration,
                              const Notice& notice, const framework::BlockView* block) {
    const Json raw = frame.group ? fisco_body(frame, registration, notice)
                                 : own_ledger_body(frame, registration, notice, block);
    // What is signed is what the reader will see: bytes that are not UTF-8 are replaced first.
    const Json body = Json::parse(to_text(raw));
    const std::string user = to_hex(registration.user);
    Json json;
    json["header"] = {{"userCode", user}, {"appCode", frame.app}};
    json["body"] = body;
    json["mac"] = frame.key == nullptr
                      ? ""
                      : published::make_mac(*frame.key, user + frame.app + signed_values(body));
    return to_text(json);
}

}  // namespace bsn::gateway
