// Registrations of events: read, checked, and handed to whoever keeps them (callbacks/).
#include "crypto/random.hpp"
#include "gateway/callbacks/callback_guard.hpp"
#include "gateway/callbacks/event_selection.hpp"
#include "gateway/published/group_reader.hpp"
#include "gateway/published/job.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::gateway::published {
namespace {

/// Of a text of a registration.
constexpr std::size_t k_max_text = 1024;
constexpr std::uint64_t k_block_events = 1;
constexpr std::uint64_t k_contract_events = 2;

Error bad(std::string message) { return {Code::invalid_argument, std::move(message)}; }

Status check_texts(const EventRegistration& wanted) {
    BSN_CHECK(CallbackUrl::parse(wanted.notify_url));
    for (const std::string* text : {&wanted.contract, &wanted.address, &wanted.event_key,
                                    &wanted.notify_url, &wanted.attach_args}) {
        if (text->size() > k_max_text) {
            return bad(fmt::format("a text of a registration has more than {} bytes", k_max_text));
        }
    }
    return {};
}

/// The address, which counts if both are given; of a name, that which it has now.
Status find_contract(const Job& job, EventRegistration& wanted) {
    if (wanted.address.empty() && wanted.contract.empty()) {
        return bad("name the contract by \"contractAddress\" or \"contractName\"");
    }
    if (!wanted.address.empty()) {
        BSN_TRY(digits, contract_of_address(wanted.address));
        wanted.address = "0x" + digits;
        return {};
    }
    BSN_TRY(reader, GroupReader::of(*job.chain, job.app->record.dialect->group));
    BSN_TRY(callee, reader.find(wanted.contract));
    wanted.address = "0x" + to_hex(callee.address);
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
        if (!wanted.blocks) BSN_CHECK(find_contract(job, wanted));
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

Result<Json> list_of(const Job& job, EventRegistrations& kept) {
    BSN_TRY(all, kept.of(job.app->record.channel, job.caller.participant));
    return job.asked().endpoint->family == Family::fabric ? fabric_list(job, all)
                                                          : contract_list(job, all);
}

}  // namespace

void do_events(const Job& job, const Done& done) {
    EventRegistrations* kept = job.service.backend().event_registrations();
    if (kept == nullptr) {
        return done(not_offered(job,
                                "this city node tells nobody of events; read them at "
                                "/v1/apps/{app}/events"));
    }
    if (job.call() == Call::query_events) return done(list_of(job, *kept));
    if (job.call() == Call::remove_event) {
        Status removed = kept->remove(job.app->record.channel, job.caller.participant,
                                      job.asked().text("eventId"));
        return done(removed ? Result<Json>(Json(nullptr)) : removed.error());
    }
    auto wanted = registration_of(job);
    if (!wanted) return done(wanted.error());
    kept->add(*wanted, [done, id = wanted->id](const Status& added) {
        done(added ? Result<Json>(Json{{"eventId", id}}) : added.error());
    });
}

}  // namespace bsn::gateway::published
