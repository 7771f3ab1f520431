#include "gateway/received_request.hpp"

#include "api/answer_signature.hpp"
#include "gateway/errors.hpp"

#include <boost/beast/http/error.hpp>
#include <fmt/format.h>

namespace bsn::gateway {

namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

std::string lower_media_type(std::string_view text) {
    std::string type(text.substr(0, text.find(';')));
    while (!type.empty() && type.back() == ' ') type.pop_back();
    for (char& c : type) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return type;
}

}  // namespace

std::optional<Response> refusal_of(const error_code& error, const HttpServerOptions& options) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return error_response(431, {Code::too_large, fmt::format("the header is longer than {} "
                                                                 "bytes",
                                                                 options.max_header_bytes)});
    }
    if (error == http::error::body_limit) {
        return error_response(
            {Code::too_large, fmt::format("the body is longer than {} bytes; send it in several "
                                          "requests",
                                          options.max_body_bytes)});
    }
    bool malformed = error.category() == make_error_code(http::error::bad_method).category() &&
                     error != http::error::end_of_stream && error != http::error::partial_message;
    if (!malformed) return std::nullopt;
    return error_response(
        {Code::invalid_argument, "this is not an HTTP/1.1 request: " + error.message()});
}

Request request_from(Parser::value_type& message) {
    Request request;
    request.method = message.method_string();
    request.target = message.target();
    request.content_type = lower_media_type(message[http::field::content_type]);
    request.last_event_id = message["Last-Event-ID"];
    auto nonce = message.find(boost::beast::string_view(api::k_answer_nonce_header.data(),
                                                        api::k_answer_nonce_header.size()));
    if (nonce != message.end()) request.answer_nonce = std::string(nonce->value());
    request.origin = message[http::field::origin];
    auto [first, last] = message.equal_range(http::field::authorization);
    for (auto field = first; field != last; ++field) {
        std::string value(field->value());
        request.authorization =
            request.authorization ? *request.authorization + "," + value : value;
    }
    request.body = std::move(message.body());
    return request;
}

}  // namespace bsn::gateway
