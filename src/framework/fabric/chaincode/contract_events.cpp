#include "framework/fabric/chaincode/contract_events.hpp"

#include "contract/json.hpp"

namespace bsn::framework::fabric {
namespace {

/// The first topic is the event's name.
void append(std::string& out, const ledger::LogEntry& event) {
    out += R"({"name":)";
    contract::json::append_string(out, as_text(event.topics.front()));
    out += R"(,"topics":[)";
    for (std::size_t i = 1; i < event.topics.size(); ++i) {
        if (i > 1) out += ',';
        out += '"' + to_hex(event.topics[i]) + '"';
    }
    out += R"(],"data":")" + to_hex(event.data) + R"("})";
}

}  // namespace

std::optional<protos::ChaincodeEvent> chaincode_event(const std::vector<ledger::LogEntry>& events) {
    if (events.empty()) return std::nullopt;
    protos::ChaincodeEvent made;
    if (events.size() == 1 && events.front().topics.size() == 1) {
        made.set_event_name(to_text(events.front().topics.front()));
        made.set_payload(to_text(events.front().data));
        return made;
    }
    std::string payload = "[";
    for (const ledger::LogEntry& event : events) {
        if (payload.size() > 1) payload += ',';
        append(payload, event);
    }
    made.set_event_name(std::string(k_events_name));
    made.set_payload(payload + ']');
    return made;
}

}  // namespace bsn::framework::fabric
