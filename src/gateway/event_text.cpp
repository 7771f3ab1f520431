#include "gateway/event_text.hpp"

#include "gateway/errors.hpp"
#include "gateway/json.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

/// A contract chose this name: no line end in it may begin a line of the stream.
std::string one_line(std::string_view name) {
    std::string line(name);
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    }
    return line;
}

Json event_json(const framework::Event& event) {
    Json topics = Json::array();
    for (const Bytes& topic : event.topics) topics.push_back(to_hex(topic));
    return {{"height", event.height},     {"index", event.index},
            {"log", event.log},           {"transaction", to_hex(event.transaction)},
            {"contract", event.contract}, {"name", event.name},
            {"topics", topics},           {"data", to_base64(event.data)},
            {"time", event.time}};
}

std::string server_sent(const std::vector<framework::Event>& events) {
    std::string text;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const framework::Event& event = events[i];
        text += fmt::format("id: {}\nevent: {}\ndata: {}\n\n", EventPlace::of(event).text(),
                            one_line(event.name), to_text(event_json(event)));
        const bool ends_block = i + 1 == events.size() || events[i + 1].height != event.height;
        if (ends_block) text += height_text(EventForm::server_sent, event.height);
    }
    return text;
}

}  // namespace

std::string events_text(EventForm form, const std::vector<framework::Event>& events,
                        std::uint64_t read_up_to) {
    if (events.empty()) return "";
    if (form == EventForm::server_sent) return server_sent(events);
    Json list = Json::array();
    for (const framework::Event& event : events) {
        Json json{{"id", EventPlace::of(event).text()}};
        json.update(event_json(event));
        list.push_back(std::move(json));
    }
    return to_text({{"height", read_up_to}, {"events", std::move(list)}});
}

std::string height_text(EventForm form, std::optional<std::uint64_t> height) {
    if (form == EventForm::server_sent) {
        return height ? fmt::format(": height {}\n\n", *height) : ": waiting\n\n";
    }
    Json json = Json::object();
    if (height) json["height"] = *height;
    json["events"] = Json::array();
    return to_text(json);
}

std::string ending_text(EventForm form, const Error& error) {
    const std::string json = fmt::format("{{\"error\":{}}}", error_json(error));
    return form == EventForm::server_sent ? fmt::format("event: bsn.error\ndata: {}\n\n", json)
                                          : json;
}

}  // namespace bsn::gateway
