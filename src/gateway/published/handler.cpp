// The published protocol by HTTP: reads a request, finds out who sent it, hands it to its family,
// and writes the answer. Whatever comes of it, the status is 200: its clients read nothing else.
#include "framework/fabric/network/channel_plan.hpp"
#include "gateway/errors.hpp"
#include "gateway/forwarding/forward.hpp"
#include "gateway/handlers.hpp"
#include "gateway/metering/door.hpp"
#include "gateway/published/answer.hpp"
#include "gateway/published/users.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

using namespace published;

/// What another node may take: it waits for a transaction, perhaps after one that makes a user.
constexpr std::uint64_t k_answer_ms = 70'000;

/// `appType`, and the family of endpoints that an app has.
struct FamilyRow {
    std::string_view framework;
    Family family;
    std::string_view app_type;
};
constexpr FamilyRow k_families[] = {{"ledger", Family::fabric, "fabric"},
                                    {"fabric", Family::fabric, "fabric"},
                                    {"fabric-network", Family::fabric, "fabric"},
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

/// The organisation that issues certificates for a participant's users on the app's channel of
/// Fabric: that of their custodian, or of this node.
std::string msp_for(Service& service, const registry::App& app, const ledger::ParticipantId& who) {
    const ordering::NodeIdentity* own = service.backend().identity();
    const auto custodian = app.custodians.find(who);
    const ledger::NodeId node = custodian != app.custodians.end() ? custodian->second
                                : own != nullptr                  ? own->id()
                                                                  : ledger::NodeId();
    for (const registry::FabricMember& member : app.record.fabric->members) {
        if (member.node == node) return member.organisation.msp;
    }
    return "";
}

std::string channel_of(const registry::AppRecord& app) {
    if (app.fabric) return framework::fabric::channel_name(app.channel.view());
    if (app.fabric_network) return app.fabric_network->channel;
    return app.dialect ? std::to_string(app.dialect->group) : app.name;
}

Json app_info(Service& service, const registry::App& app, const ledger::ParticipantId& who) {
    const registry::AppRecord& record = app.record;
    const bool upload = record.gateway.keys == registry::KeyMode::upload;
    const FamilyRow& family = *family_of(app);
    Json info{{"appName", record.name},
              {"appType", family.app_type},
              {"caType", upload ? 2 : 1},
              {"algorithmType", algorithm_of(record.suite)},
              {"mspId", family.family == Family::fabric ? "BsnMSP" : ""},
              {"channelId", channel_of(record)}};
    if (record.fabric) info["mspId"] = msp_for(service, app, who);
    if (record.fabric_network) info["mspId"] = "";  // whichever a client's certificate is of
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

bool is_of_events(Call call) {
    return call == Call::register_event || call == Call::register_block_event ||
           call == Call::query_events || call == Call::remove_event;
}

/// Whether a call is for the member's custodian, which signs for users, remembers them, or relays
/// for those whose certificates it has issued.
bool is_of_custody(Call call, const registry::App& app) {
    const bool trust = app.record.gateway.keys == registry::KeyMode::trust;
    return call == Call::register_user || call == Call::enroll_user ||
           (call == Call::invoke && trust) || (call == Call::transaction && app.record.fabric);
}

std::string named_user(const Inquiry& inquiry) {
    const Call call = inquiry.endpoint->call;
    if (call == Call::transaction) return std::string(k_default_user);  // whoever has signed it
    std::string_view field = call == Call::invoke ? "userName" : "name";
    if (inquiry.endpoint->family != Family::fabric) field = "userId";
    const std::string& name = inquiry.text(field);
    return name.empty() ? std::string(k_default_user) : name;
}

/// Where a request goes whose mac was verified; none: it is done here.
std::optional<Way> way_of(Backend& backend, const Inquiry& inquiry, const registry::App& app,
                          const registry::Caller& caller) {
    const Call call = inquiry.endpoint->call;
    Need need;
    need.writes = call == Call::invoke || call == Call::transaction || is_of_custody(call, app);
    need.remembers = is_of_events(call);
    need.timeout_ms = k_answer_ms;
    if (is_of_custody(call, app)) {
        need.key = CustodyUser{app.record.channel, caller.participant, named_user(inquiry)};
    }
    return gateway::way_of(backend, app, need);
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

/// Signs what another node answered as this one: clients know the key of the gateway that they ask.
std::string said_again(const AnswerWriter& writer, const Endpoint& endpoint,
                       const Result<Response>& came) {
    if (!came) return writer.failure(came.error());
    auto text = writer.again(endpoint, came->body);
    if (text) return std::move(*text);
    return writer.failure({Code::unavailable, "another city node was asked, and cannot answer"});
}

void answer_elsewhere(Service& service, Way way, const std::shared_ptr<const Request>& request,
                      const Endpoint& endpoint, const AnswerWriter& writer,
                      const std::function<void()>& here, const Reply& reply) {
    auto sent = std::make_shared<Request>(*request);
    sent->answer_nonce.reset();  // the answer that the client gets is signed here
    auto answered = [work = service.shared_work(), &endpoint, writer,
                     reply](Result<Response> came) {
        auto shared = std::make_shared<const Result<Response>>(std::move(came));
        work->run([shared, &endpoint, writer, reply] {
            auto text = std::make_shared<std::string>(said_again(writer, endpoint, *shared));
            reply([text] { return response_of(std::move(*text)); });
        });
    };
    hand_on(service, std::move(way), std::move(sent),
            {answered, [work = service.shared_work(), here] { work->run(here); }});
}

void answer_here(const Job& job, const AnswerWriter& writer, std::size_t in, const Reply& reply) {
    const Door door(job.service.backend(), job.app);
    // Only those who may ask use up the app's traffic.
    if (auto over = door.turn_away(Asker::shown)) {
        return reply([text = writer.failure(over->error)] { return response_of(text); });
    }
    const Endpoint* endpoint = job.asked().endpoint;
    do_job(job, [reply, writer, endpoint, door, in](Result<Json> body) {
        // The answer is signed by whoever has it; the connection only sends it.
        auto text = std::make_shared<std::string>(body ? writer.success(*endpoint, *body)
                                                       : writer.failure(body.error()));
        if (body) door.count_traffic(in, text->size());
        reply([text] { return response_of(std::move(*text)); });
    });
}

void answer(Service& service, const std::shared_ptr<const Request>& shared, const Reply& reply) {
    const Request& request = *shared;
    auto say = [&reply](std::string text) {
        reply([shared = std::make_shared<std::string>(std::move(text))] {
            return response_of(std::move(*shared));
        });
    };
    const Endpoint* endpoint = find_endpoint(request.target.substr(0, request.target.find('?')));
    const AnswerWriter without_mac(nullptr);
    if (auto over = service.turn_stranger_away(request)) {
        return say(without_mac.failure(over->error));
    }
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
        if (auto over = door.turn_away(Asker::unknown)) return say(writer.failure(over->error));
        // No traffic of the app's: nobody has signed it, and participants' ids are public.
        return say(writer.success(*endpoint, app_info(service, **app, record->id)));
    }
    auto asked = std::make_shared<const Inquiry>(std::move(*inquiry));
    auto caller = caller_of(service, *asked, **app);
    if (!caller) {
        service.strangers_of(request)(1);
        return say(writer.failure(caller.error()));
    }
    if (Status right = check_family(*asked, **app); !right) {
        return say(writer.failure(right.error()));
    }
    auto here = [&service, asked, app = *app, caller = *caller, writer, reply,
                 in = request.body.size()] {
        auto chain = service.backend().chain(app->record.name);
        if (!chain) {
            return reply([text = writer.failure(chain.error())] { return response_of(text); });
        }
        answer_here({service, asked, app, caller, *chain, service.shared_work()}, writer, in,
                    reply);
    };
    auto in_turn = [&service, app = *app, writer, reply, here] {
        if (Status taken = service.run_for(app.get(), here); !taken) {
            reply([text = writer.failure(taken.error())] { return response_of(text); });
        }
    };
    auto way = way_of(service.backend(), *asked, **app, *caller);
    if (!way) return in_turn();
    if (!request.forwarded) {
        return answer_elsewhere(service, std::move(*way), shared, *endpoint, writer, in_turn,
                                reply);
    }
    if (way->here_at_last) return in_turn();
    // Told apart from what is wrong with the request, so that another node is asked.
    reply([why = way->why] { return error_response(why); });
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
    auto shared = std::make_shared<const Request>(request);
    service.work().run([&service, shared, reply] { answer(service, shared, reply); });
}

}  // namespace bsn::gateway
