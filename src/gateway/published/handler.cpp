// The published protocol by HTTP: reads a request, finds out who sent it, hands it to its family,
// and writes the answer. Whatever comes of it, the status is 200: its clients read nothing else.
#include "gateway/handlers.hpp"
#include "gateway/metering/door.hpp"
#include "gateway/published/answer.hpp"
#include "gateway/published/job.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

using namespace published;

/// `appType`, and the family of endpoints that an app has.
struct FamilyRow {
    std::string_view framework;
    Family family;
    std::string_view app_type;
};
constexpr FamilyRow k_families[] = {{"ledger", Family::fabric, "fabric"},
                                    {"fisco", Family::fisco, "fiscobcos"}};

const FamilyRow* family_of(const registry::App& app) {
    for (const FamilyRow& row : k_families) {
        if (row.framework == app.record.framework) return &row;
    }
    return nullptr;
}

Response response_of(std::string text) { return {.body = std::move(text)}; }

/// Apps that this protocol does not reach are as unknown as those that do not exist.
Result<std::shared_ptr<const registry::App>> app_of(Service& service, const Inquiry& inquiry) {
    auto app = service.backend().app(inquiry.app);
    if (app && app->record.name == inquiry.app && app->record.gateway.published &&
        family_of(*app) != nullptr) {
        return app;
    }
    return Error{Code::not_found,
                 fmt::format("no app \"{}\" is served by this protocol; appCode is an app's name, "
                             "and its publisher opens it with `published` in its gateway settings",
                             inquiry.app)};
}

Result<registry::ParticipantRecord> participant_of(Service& service, const Inquiry& inquiry) {
    auto id = fixed_from_hex<ledger::ParticipantId>(inquiry.user);
    auto record = id ? service.backend().participant(*id) : std::nullopt;
    if (record && !record->revoked) return std::move(*record);
    return Error{Code::unauthenticated,
                 "userCode is no participant of this network; it is a participant id, 64 "
                 "hexadecimal digits"};
}

/// Members only: an app that everybody may read is for everybody at /v1.
Status check_member(const registry::App& app, const ledger::ParticipantId& id) {
    auto member = app.members.find(id);
    if (member != app.members.end() &&
        member->second.state == registry::MembershipState::approved) {
        return {};
    }
    return Error{Code::forbidden,
                 fmt::format("userCode is no member of the app \"{}\"", app.record.name)};
}

Json app_info(const registry::App& app) {
    const registry::AppRecord& record = app.record;
    const bool upload = record.gateway.keys == registry::KeyMode::upload;
    const FamilyRow& family = *family_of(app);
    Json info{{"appName", record.name},
              {"appType", family.app_type},
              {"caType", upload ? 2 : 1},
              {"algorithmType", algorithm_of(record.suite)},
              {"mspId", family.family == Family::fabric ? "BsnMSP" : ""},
              {"channelId", record.dialect ? std::to_string(record.dialect->group) : record.name}};
    // SDKs take SM3 for the ids of SM2 apps' transactions if they read this.
    if (family.family == Family::fabric) info["fabricVersion"] = "2.2.1";
    return info;
}

Status check_family(const Inquiry& inquiry, const registry::App& app) {
    const Endpoint& endpoint = *inquiry.endpoint;
    const FamilyRow& row = *family_of(app);
    if (endpoint.family != row.family) {
        return Error{
            Code::invalid_argument,
            fmt::format("the app \"{}\" has the endpoints of {}, not those of {}", app.record.name,
                        family_name(row.family), family_name(endpoint.family))};
    }
    const bool trust = app.record.gateway.keys == registry::KeyMode::trust;
    if ((endpoint.keys == KeysOf::trust && !trust) || (endpoint.keys == KeysOf::upload && trust)) {
        return Error{
            Code::forbidden,
            fmt::format("this call is for apps in key {} mode; \"{}\" is in key {} mode",
                        trust ? "upload" : "trust", app.record.name, trust ? "trust" : "upload")};
    }
    return {};
}

/// Who asks, by the mac.
Result<registry::Caller> caller_of(Service& service, const Inquiry& inquiry,
                                   const registry::App& app) {
    BSN_TRY(record, participant_of(service, inquiry));
    BSN_CHECK(verify_mac(record.key, inquiry));
    BSN_CHECK(check_member(app, record.id));
    return registry::Caller{record.id, record.key};
}

Result<Job> job_of(Service& service, std::shared_ptr<const Inquiry> inquiry,
                   std::shared_ptr<const registry::App> app) {
    BSN_TRY(caller, caller_of(service, *inquiry, *app));
    BSN_CHECK(check_family(*inquiry, *app));
    BSN_TRY(chain, service.backend().chain(app->record.name));
    return Job{service, std::move(inquiry), std::move(app), caller, chain, service.shared_work()};
}

bool is_of_events(Call call) {
    return call == Call::register_event || call == Call::register_block_event ||
           call == Call::query_events || call == Call::remove_event;
}

/// Knows the key that answers are signed with, once it is known what app is asked for.
AnswerWriter writer_for(Service& service, const registry::App* app) {
    const ordering::NodeIdentity* identity = service.backend().identity();
    const bool mac = app != nullptr && identity != nullptr && service.published_mac();
    return AnswerWriter(mac ? &identity->key(app->record.suite) : nullptr);
}

void do_job(const Job& job, const Done& done) {
    if (is_of_events(job.call())) return do_events(job, done);
    if (job.asked().endpoint->family == Family::fabric) return do_fabric(job, done);
    do_fisco(job, done);
}

void answer(Service& service, const Request& request, const Reply& reply) {
    auto say = [&reply](std::string text) {
        reply([shared = std::make_shared<std::string>(std::move(text))] {
            return response_of(std::move(*shared));
        });
    };
    const Endpoint* endpoint = find_endpoint(request.target.substr(0, request.target.find('?')));
    const AnswerWriter without_mac(nullptr);
    if (endpoint == nullptr) {  // the router undoes escapes, which these paths have none of
        return say(without_mac.failure({Code::not_found, "write the path without % escapes"}));
    }
    auto inquiry = read_inquiry(*endpoint, request.body);
    if (!inquiry) return say(without_mac.failure(inquiry.error()));
    auto app = app_of(service, *inquiry);
    if (!app) return say(without_mac.failure(app.error()));
    const AnswerWriter writer = writer_for(service, app->get());
    const Door door(service.backend(), *app);
    if (endpoint->call == Call::app_info) {
        auto record = participant_of(service, *inquiry);
        Status member = record ? check_member(**app, record->id) : record.error();
        if (!member) return say(writer.failure(member.error()));
        if (auto over = door.turn_away()) return say(writer.failure(over->error));
        std::string text = writer.success(*endpoint, app_info(**app));
        door.count_traffic(request.body.size(), text.size());
        return say(std::move(text));
    }
    auto job = job_of(service, std::make_shared<Inquiry>(std::move(*inquiry)), *app);
    if (!job) return say(writer.failure(job.error()));
    // Only those who may ask use up the app's traffic.
    if (auto over = door.turn_away()) return say(writer.failure(over->error));
    do_job(*job, [reply, writer, endpoint, door, in = request.body.size()](Result<Json> body) {
        // The answer is signed by whoever has it; the connection only sends it.
        auto text = std::make_shared<std::string>(body ? writer.success(*endpoint, *body)
                                                       : writer.failure(body.error()));
        if (body) door.count_traffic(in, text->size());
        reply([text] { return response_of(std::move(*text)); });
    });
}

}  // namespace

namespace published {

Error not_offered(const Job& job, std::string_view why) {
    return {Code::invalid_argument,
            fmt::format("{} is not offered to the app \"{}\": {}", job.asked().endpoint->path,
                        job.app->record.name, why)};
}

}  // namespace published

void post_published(Service& service, const Request& request, const Reply& reply) {
    auto shared = std::make_shared<Request>(request);
    service.work().run([&service, shared, reply] { answer(service, *shared, reply); });
}

}  // namespace bsn::gateway
