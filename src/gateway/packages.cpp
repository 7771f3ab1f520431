// Packages of contracts: publishers hand them in, and city nodes get them from one another.
#include "gateway/errors.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

Result<ledger::Hash> digest_in(const Request& request) {
    auto digest = fixed_from_hex<ledger::Hash>(request.path.find("digest")->second);
    if (digest) return digest;
    return Error{Code::invalid_argument,
                 "a package is named by the 64 hexadecimal digits of its "
                 "SHA-256"};
}

/// Refused unless the caller may publish apps.
Status require_publisher(Service& service, const Request& request) {
    BSN_TRY(caller, service.authenticator().caller_of(request, ledger::ChannelId{}));
    if (!caller) {
        return Error{Code::unauthenticated,
                     "packages are for those who may publish apps; sign the request"};
    }
    if (service.backend().may_publish(caller->participant)) return {};
    return Error{Code::forbidden,
                 fmt::format("participant {} may not publish apps; an operator permits it by "
                             "set_publisher",
                             to_hex(caller->participant))};
}

Result<Json> keep(Service& service, const Request& request) {
    BSN_CHECK(require_publisher(service, request));
    BSN_TRY(digest, service.backend().keep_package(request.body));
    return Json{{"package", to_hex(digest)}, {"bytes", request.body.size()}};
}

/// Other city nodes need no signature: they have proven who they are.
Result<Bytes> find(Service& service, const Request& request) {
    BSN_TRY(digest, digest_in(request));
    if (!request.forwarded) BSN_CHECK(require_publisher(service, request));
    return service.backend().package(digest);
}

}  // namespace

Response post_package(Service& service, const Request& request) {
    if (request.content_type != k_bytes_type) return wrong_type(request, {k_bytes_type});
    auto kept = keep(service, request);
    return kept ? json_response(*kept) : error_response(kept.error());
}

Response get_package(Service& service, const Request& request) {
    auto package = find(service, request);
    if (!package) return error_response(package.error());
    return {.content_type = k_bytes_type, .body = bsn::to_text(*package)};
}

}  // namespace bsn::gateway
