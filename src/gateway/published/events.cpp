// Registrations of events: read, checked, and handed to whoever keeps them.
#include "crypto/random.hpp"
#include "gateway/published/job.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::gateway::published {
namespace {

constexpr std::size_t k_max_text = 1024;
constexpr std::uint64_t k_block_events = 1;
constexpr std::uint64_t k_contract_events = 2;

Error bad(std::string message) { return {Code::invalid_argument, std::move(message)}; }

Status check_texts(const EventRegistration& wanted) {
    if (!wanted.notify_url.starts_with("http://") && !wanted.notify_url.starts_with("https://")) {
        return bad("\"notifyUrl\" must begin with http:// or https://");
    }
    for (const std::string* text : {&wanted.contract, &wanted.address, &wanted.event_key,
                                    &wanted.notify_url, &wanted.attach_args}) {
        if (text->size() > k_max_text) {
            return bad(fmt::format("a text of a registration has more than {} bytes", k_max_text));
        }
    }
    return {};
}

Result<EventRegistration> registration_of(const Job& job) {
    const Inquiry& asked = job.asked();
    EventRegistration wanted;
    wanted.id = to_hex(crypto::random_value<ledger::Nonce>());
    wanted.channel = job.app->record.channel;
    wanted.user = job.caller.participant;
    wanted.notify_url = asked.text("notifyUrl");
    wanted.attach_args = asked.text("attachArgs");
    wanted.created = job.service.backend().now();
    if (asked.endpoint->family == Family::fabric) {
        wanted.blocks = job.call() == Call::register_block_event;
        if (!wanted.blocks) {
            wanted.contract = asked.text("chainCode");
            wanted.event_key = asked.text("eventKey");
            if (wanted.contract.empty() || wanted.event_key.empty()) {
                return bad("an event needs its \"chainCode\" and \"eventKey\"");
            }
        }
    } else {
        const std::uint64_t type = asked.number("eventType");
        if (type != k_block_events && type != k_contract_events) {
            return bad("\"eventType\" must be 1 (blocks) or 2 (a contract)");
        }
        wanted.blocks = type == k_block_events;
        wanted.address = asked.text("contractAddress");
        wanted.contract = asked.text("contractName");
        if (!wanted.blocks && wanted.address.empty() && wanted.contract.empty()) {
            return bad("name the contract by \"contractAddress\" or \"contractName\"");
        }
    }
    BSN_CHECK(check_texts(wanted));
    return wanted;
}

/// As the original's gateway has it: `2020-04-16 10:20:15`, UTC.
std::string time_text(UnixMillis time) {
    std::string text = to_iso8601(time).substr(0, 19);
    std::replace(text.begin(), text.end(), 'T', ' ');
    return text;
}

Json fabric_list(const Job& job, const std::vector<EventRegistration>& all) {
    Json list = Json::array();
    const auto* identity = job.service.backend().identity();
    for (const EventRegistration& one : all) {
        list.push_back({{"eventId", one.id},
                        {"eventKey", one.event_key},
                        {"notifyUrl", one.notify_url},
                        {"attachArgs", one.attach_args},
                        {"createTime", time_text(one.created)},
                        {"orgCode", identity == nullptr ? "" : to_hex(identity->id())},
                        {"userCode", job.asked().user},
                        {"appCode", job.asked().app},
                        {"chainCode", one.contract}});
        if (one.blocks) list.back()["eventType"] = "block";
    }
    return list;
}

Json contract_list(const Job& job, const std::vector<EventRegistration>& all) {
    Json blocks = Json::array();
    Json contracts = Json::array();
    for (const EventRegistration& one : all) {
        Json json{{"eventId", one.id},
                  {"appCode", job.asked().app},
                  {"userCode", job.asked().user},
                  {"notifyUrl", one.notify_url},
                  {"attachArgs", one.attach_args},
                  {"createTime", time_text(one.created)}};
        if (!one.blocks) json["contractAddress"] = one.address.empty() ? one.contract : one.address;
        (one.blocks ? blocks : contracts).push_back(std::move(json));
    }
    return {{"blockEvent", std::move(blocks)}, {"contractEvent", std::move(contracts)}};
}

}  // namespace

Result<Json> do_events(const Job& job) {
    EventRegistrations* kept = job.service.backend().event_registrations();
    if (kept == nullptr) {
        return not_offered(job,
                           "this city node tells nobody of events; read them at "
                           "/v1/apps/{app}/events");
    }
    switch (job.call()) {
        case Call::register_event:
        case Call::register_block_event: {
            BSN_TRY(wanted, registration_of(job));
            BSN_CHECK(kept->add(wanted));
            return Json{{"eventId", wanted.id}};
        }
        case Call::query_events: {
            BSN_TRY(all, kept->of(job.app->record.channel, job.caller.participant));
            return job.asked().endpoint->family == Family::fabric ? fabric_list(job, all)
                                                                  : contract_list(job, all);
        }
        default: break;
    }
    BSN_CHECK(
        kept->remove(job.app->record.channel, job.caller.participant, job.asked().text("eventId")));
    return Json(nullptr);
}

}  // namespace bsn::gateway::published
