#include "gateway/published/answer.hpp"

namespace bsn::gateway::published {

std::string signed_answer(const Endpoint& endpoint, const Json& body) {
    std::string text = "0" + std::string(k_success);
    if (endpoint.answer != nullptr) text += signed_text(*endpoint.answer, body);
    return text;
}

std::string AnswerWriter::success(const Endpoint& endpoint, const Json& body) const {
    if (endpoint.answer == nullptr) {
        ensure(body.is_null(), "this endpoint answers without a body");
        return written(0, k_success, body, {});
    }
    ensure(has_shape(*endpoint.answer, body), "the answer's body is not what was published");
    // What is signed is what the reader will see: bytes that are not UTF-8 are replaced first.
    const Json clean = Json::parse(to_text(in_order(*endpoint.answer, body)));
    return written(0, k_success, clean, signed_text(*endpoint.answer, clean));
}

std::string AnswerWriter::failure(const Error& error) const {
    const Json clean = Json::parse(to_text(Json(error.message)));
    return written(k_failed, clean.get<std::string>(), nullptr, {});
}

Result<std::string> AnswerWriter::again(const Endpoint& endpoint, std::string_view answer) const {
    const Error strange{Code::unavailable, "this is no answer of the published protocol"};
    const Json json = Json::parse(answer, nullptr, false);
    if (!json.is_object() || !json.contains("header") || !json.contains("body")) return strange;
    const Json& header = json["header"];
    const bool whole = header.is_object() && header.contains("code") && header.contains("msg") &&
                       header["code"].is_number_integer() && header["msg"].is_string();
    if (!whole) return strange;
    if (header["code"] != 0) return failure({Code::unavailable, header["msg"].get<std::string>()});
    const Json& body = json["body"];
    const bool right =
        endpoint.answer == nullptr ? body.is_null() : has_shape(*endpoint.answer, body);
    if (!right) return strange;
    return success(endpoint, body);
}

std::string AnswerWriter::written(int code, std::string_view message, const Json& body,
                                  std::string_view signed_body) const {
    Json json;
    json["header"] = {{"code", code}, {"msg", message}};
    json["mac"] = "";
    json["body"] = body;
    if (key_ != nullptr) {
        std::string text = std::to_string(code) + std::string(message) + std::string(signed_body);
        json["mac"] = make_mac(*key_, text);
    }
    return to_text(json);
}

}  // namespace bsn::gateway::published
