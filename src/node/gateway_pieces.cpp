#include "node/gateway_pieces.hpp"

namespace bsn::node {

namespace proto = ::bsn::gateway::v1;

proto::RequestHead head_of(const gateway::Request& request) {
    proto::RequestHead head;
    head.set_method(request.method);
    head.set_target(request.target);
    if (request.authorization) head.set_authorization(*request.authorization);
    head.set_content_type(request.content_type);
    head.set_last_event_id(request.last_event_id);
    if (request.answer_nonce) head.set_answer_nonce(*request.answer_nonce);
    return head;
}

gateway::Request from_head(const proto::RequestHead& head) {
    gateway::Request request;
    request.method = head.method();
    request.target = head.target();
    if (head.has_authorization()) request.authorization = head.authorization();
    request.content_type = head.content_type();
    request.last_event_id = head.last_event_id();
    if (head.has_answer_nonce()) request.answer_nonce = head.answer_nonce();
    return request;
}

proto::AnswerHead head_of(const gateway::Response& response) {
    proto::AnswerHead head;
    head.set_status(response.status);
    head.set_content_type(std::string(response.content_type));
    for (const auto& [name, value] : response.headers) {
        proto::Header& header = *head.add_headers();
        header.set_name(std::string(name));
        header.set_value(value);
    }
    head.set_stream(response.stream != nullptr);
    head.set_close(response.close);
    return head;
}

gateway::Response from_head(std::shared_ptr<const proto::AnswerHead> head) {
    gateway::Response response;
    response.status = head->status();
    response.content_type = head->content_type();
    for (const proto::Header& header : head->headers()) {
        response.headers.emplace_back(header.name(), header.value());
    }
    response.close = head->close();
    response.texts = std::move(head);
    return response;
}

}  // namespace bsn::node
