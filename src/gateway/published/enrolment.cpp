// Users who keep their keys, in Fabric's family: registered with a secret, and enrolled by a
// request for a certificate. Whose key that is from then on, the permission chain says.
#include "crypto/certificate_request.hpp"
#include "crypto/random.hpp"
#include "crypto/user_certificate.hpp"
#include "gateway/published/enrolments.hpp"
#include "gateway/published/users.hpp"
#include "registry/contract.hpp"

#include <fmt/format.h>

namespace bsn::gateway::published {
namespace {

constexpr std::size_t k_max_secret = 256;
constexpr std::size_t k_max_attributes = 4096;

Error invalid(std::string message) { return {Code::invalid_argument, std::move(message)}; }

Result<Enrolments*> enrolments_of(const Job& job) {
    if (job.app->record.fabric_network) {
        return Error{
            Code::forbidden,
            fmt::format("the network of the app \"{}\" is others': its own authority issues "
                        "certificates, and would not know one of a city node; enrol the "
                        "user there, or set the app's key mode to trust, in which nodes "
                        "sign by their own identities",
                        job.app->record.name)};
    }
    Backend& backend = job.service.backend();
    if (backend.enrolments() != nullptr && backend.identity() != nullptr) {
        return backend.enrolments();
    }
    return Error{Code::unavailable, "this city node enrols nobody; ask another one of the app's"};
}

EnrolledUser user_of(const Job& job) {
    return {job.app->record.channel, job.caller.participant, job.asked().text("name")};
}

/// The one who is of the name on the permission chain.
std::optional<ledger::ParticipantId> enrolled(const Job& job, const EnrolledUser& user) {
    auto app = job.service.backend().app(job.app->record.name);
    if (!app) return std::nullopt;
    auto users = app->users.find(user.sponsor);
    if (users == app->users.end()) return std::nullopt;
    auto found = users->second.find(user.name);
    if (found == users->second.end()) return std::nullopt;
    return found->second;
}

Status check_name(const Job& job) {
    const std::string& name = job.asked().text("name");
    if (name.empty()) return invalid("the user needs a \"name\"");
    const std::string whole = registry::user_certificate_name(name, job.app->record.name);
    if (whole.size() <= crypto::k_max_certificate_name) return {};
    return invalid(fmt::format("certificates have room for {} bytes of NAME@APP, and \"{}\" has {}",
                               crypto::k_max_certificate_name, whole, whole.size()));
}

/// What Fabric's authority writes into certificates, with what the member adds to it.
Result<std::string> attributes_of(const Job& job) {
    Json attributes{{"role", "user"}};
    const std::string& extended = job.asked().text("extendProperties");
    if (extended.size() > k_max_attributes) {
        return invalid(fmt::format("extendProperties has at most {} bytes", k_max_attributes));
    }
    if (!extended.empty()) {
        auto given = parse_object(as_bytes(extended));
        if (!given) return given.error().within("extendProperties");
        for (const auto& [name, value] : given->items()) {
            if (!value.is_string() || name == "role" || name.starts_with("hf.")) {
                return invalid(
                    "extendProperties is a JSON object of texts, none of which is named role or "
                    "begins with hf.");
            }
            attributes[name] = value;
        }
    }
    attributes["hf.Affiliation"] = job.service.backend().status().name;
    attributes["hf.EnrollmentID"] =
        registry::user_certificate_name(job.asked().text("name"), job.app->record.name);
    attributes["hf.Type"] = "client";
    return to_text(Json{{"attrs", attributes}});
}

Result<crypto::CertificateRequest> request_of(const Job& job, const Bytes& der) {
    BSN_TRY(request, crypto::read_certificate_request(der));
    const registry::AppRecord& app = job.app->record;
    if (request.key.suite != app.suite) {
        return Error{
            Code::wrong_suite,
            fmt::format("the app \"{}\" is of {}, the key of the certificate request of {}",
                        app.name, crypto::suite_name(app.suite),
                        crypto::suite_name(request.key.suite))};
    }
    const std::string wanted = registry::user_certificate_name(job.asked().text("name"), app.name);
    if (request.common_name != wanted) {
        return invalid(
            fmt::format("the common name of the certificate request is \"{}\", not "
                        "\"{}\"",
                        request.common_name, wanted));
    }
    return request;
}

Result<Json> certificate_of(const Job& job, const std::string& attributes,
                            const crypto::PublicKey& key) {
    const std::string user =
        registry::user_certificate_name(job.asked().text("name"), job.app->record.name);
    BSN_TRY(certificate, job.service.backend().user_certificate(*job.app, user, attributes, key));
    return Json{{"cert", certificate}};
}

Result<std::string> registered(const Job& job) {
    BSN_TRY(enrolments, enrolments_of(job));
    BSN_CHECK(check_name(job));
    const EnrolledUser user = user_of(job);
    std::string secret = job.asked().text("secret");
    if (secret.size() > k_max_secret) {
        return invalid(fmt::format("a secret has at most {} bytes", k_max_secret));
    }
    BSN_TRY(attributes, attributes_of(job));
    if (enrolled(job, user)) {
        return Error{
            Code::already_exists,
            fmt::format("the user '{}' is enrolled; who needs another key is removed first "
                        "(remove_user), or changes it (rotate_key)",
                        user.name)};
    }
    if (secret.empty()) secret = to_hex(crypto::random_value<ledger::Nonce>());
    BSN_CHECK(enrolments->put(user, secret, attributes));
    return secret;
}

/// A request that may be granted: it is the user's, and they know the secret.
struct Granted {
    std::string attributes;
    crypto::PublicKey key;
    Bytes request;
    bool there = false;  ///< the permission chain has the user with this key
};

Result<Granted> granted(const Job& job) {
    BSN_TRY(enrolments, enrolments_of(job));
    BSN_CHECK(check_name(job));
    const EnrolledUser user = user_of(job);
    Granted granted;
    BSN_TRY(attributes, enrolments->attributes(user, job.asked().text("secret")));
    granted.attributes = std::move(attributes);
    BSN_TRY(der, crypto::certificate_request_der(job.asked().text("csrPem")));
    BSN_TRY(request, request_of(job, der));
    granted.key = request.key;
    granted.request = std::move(der);
    auto known = enrolled(job, user);
    granted.there = known == ledger::participant_id_of(granted.key);
    if (known && !granted.there) {
        return Error{Code::already_exists,
                     fmt::format("the user '{}' is enrolled with another key; who needs another is "
                                 "removed first (remove_user), or changes it (rotate_key)",
                                 user.name)};
    }
    return granted;
}

}  // namespace

void register_with_secret(const Job& job, const Done& done) {
    if (Status may = take_transaction(job); !may) return done(may.error());
    auto secret = registered(job);
    if (!secret) return done(secret.error());
    done(Json{{"name", job.asked().text("name")}, {"secret", *secret}});
}

void enroll(const Job& job, const Done& done) {
    auto may = granted(job);
    if (!may) return done(may.error());
    if (may->there) return done(certificate_of(job, may->attributes, may->key));
    if (Status taken = take_transaction(job); !taken) return done(taken.error());
    add_user(job, job.asked().text("name"), may->key, may->request,
             [job, done, attributes = may->attributes](const Result<crypto::PublicKey>& key) {
                 if (!key) return done(key.error());
                 done(certificate_of(job, attributes, *key));
             });
}

}  // namespace bsn::gateway::published
