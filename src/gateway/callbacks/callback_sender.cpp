#include "gateway/callbacks/callback_sender.hpp"

#include "gateway/message.hpp"

#include <fmt/format.h>

namespace bsn::gateway {

Status CallbackSender::send(const std::string& url, std::string_view text) const {
    BSN_TRY(to, CallbackUrl::parse(url));
    BSN_CHECK(guard_.check_name(to.endpoint.host));
    net::HttpConnection connection(
        to.endpoint, authority_, [this](const net::IpAddress& one) { return guard_.check(one); },
        guard_.resolve());
    net::HttpRequest request;
    request.method = "POST";
    request.target = to.target;
    request.content_type = k_json_type;
    request.body = as_bytes(text);
    request.max_answer_bytes = k_most_bytes;
    BSN_TRY(answer, connection.send(request, k_answer_ms));
    if (answer.status / 100 != 2) {
        return Error{Code::unavailable, fmt::format("it answered status {}", answer.status)};
    }
    if (answer.text().find("success") == std::string_view::npos) {
        return Error{Code::unavailable, "its answer does not contain \"success\""};
    }
    return {};
}

}  // namespace bsn::gateway
