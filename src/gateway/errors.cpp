#include "gateway/errors.hpp"

#include "gateway/json.hpp"

#include <fmt/format.h>

namespace bsn::gateway {

const std::vector<ErrorRow>& error_table() {
    static const std::vector<ErrorRow> k_table = {
        {1, Code::invalid_argument, 400}, {2, Code::unsupported_version, 400},
        {3, Code::too_large, 413},        {4, Code::bad_signature, 400},
        {5, Code::wrong_network, 400},    {6, Code::wrong_channel, 400},
        {7, Code::wrong_suite, 400},      {8, Code::expired, 400},
        {9, Code::duplicate, 409},        {10, Code::already_exists, 409},
        {11, Code::not_found, 404},       {12, Code::unauthenticated, 401},
        {13, Code::forbidden, 403},       {14, Code::suspended, 403},
        {15, Code::contract_failed, 422}, {16, Code::unavailable, 503},
        {17, Code::overloaded, 429},      {18, Code::unknown_outcome, 504},
        {19, Code::io_error, 500},        {20, Code::no_space, 507},
        {21, Code::corrupted, 500},       {22, Code::internal, 500},
        {23, Code::voided, 503},
    };
    return k_table;
}

const ErrorRow& error_row(Code code) {
    for (const ErrorRow& row : error_table()) {
        if (row.code == code) return row;
    }
    return error_table().back();
}

std::string error_json(const Error& error) {
    return to_text(Json{{"code", code_name(error.code)}, {"message", error.message}});
}

Response error_response(const Error& error) {
    return error_response(error_row(error.code).status, error);
}

Response error_response(unsigned status, const Error& error) {
    Response response{.status = status, .body = "{\"error\":" + error_json(error) + "}\n"};
    if (status == 401) response.headers.emplace_back("WWW-Authenticate", "BSN");
    if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "1");
    return response;
}

Response wrong_type(const Request& request, std::initializer_list<std::string_view> known) {
    std::string given = request.content_type.empty() ? "the header Content-Type is missing"
                                                     : "unknown type " + request.content_type;
    return error_response(
        415, {Code::invalid_argument,
              fmt::format("{}; send the body as {}", given, fmt::join(known, " or "))});
}

}  // namespace bsn::gateway
