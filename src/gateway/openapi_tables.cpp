#include "gateway/openapi_tables.hpp"

#include "gateway/published/endpoint.hpp"

#include <algorithm>

namespace bsn::gateway {
namespace {

using published::Call;
using published::Endpoint;
using published::Field;
using published::FieldKind;
using published::Member;
using published::MemberKind;
using published::Shape;

const Json& text() {
    static const Json k_text{{"type", "string"}};
    return k_text;
}

Json reference(std::string_view what) { return {{"$ref", "#/components/" + std::string(what)}}; }

Json object_of(Json properties, Json required) {
    Json schema{{"type", "object"}};
    if (!required.empty()) schema["required"] = std::move(required);
    schema["properties"] = std::move(properties);
    return schema;
}

// --- requests ---

/// The fields without which a call can only be refused, whatever the family calls them.
std::vector<std::string_view> needed(const Endpoint& endpoint) {
    switch (endpoint.call) {
        case Call::register_user: return {"name", "userId"};
        case Call::enroll_user: return {"name", "secret", "csrPem"};
        case Call::invoke: return {"chainCode", "contractName", "funcName"};
        case Call::transaction: return {"transData"};
        case Call::transaction_info:
        case Call::transaction_data:
        case Call::transaction_receipt: return {"txId", "txHash"};
        case Call::register_event: return {"chainCode", "eventKey", "eventType", "notifyUrl"};
        case Call::register_block_event: return {"notifyUrl"};
        case Call::remove_event: return {"eventId"};
        default: return {};
    }
}

Json schema_of(FieldKind kind) {
    switch (kind) {
        case FieldKind::text: break;
        case FieldKind::number: return {{"type", "integer"}, {"minimum", 0}};
        case FieldKind::texts: return {{"type", "array"}, {"items", text()}};
        case FieldKind::text_map: return {{"type", "object"}, {"additionalProperties", text()}};
        case FieldKind::text_or_structure:
            return {{"description", "JSON, as a text or itself"},
                    {"oneOf", Json::array({text(),
                                           {{"type", "array"}, {"items", Json::object()}},
                                           {{"type", "object"}}})}};
    }
    return text();
}

Json body_schema(const Endpoint& endpoint) {
    const auto names = needed(endpoint);
    Json fields = Json::object();
    Json required = Json::array();
    for (const Field& field : endpoint.fields) {
        Json& schema = fields[std::string(field.name)] = schema_of(field.kind);
        if (std::find(names.begin(), names.end(), field.name) != names.end()) {
            required.push_back(field.name);
        } else {
            schema["nullable"] = true;
        }
    }
    const bool may_lack = required.empty();
    Json schema = object_of(std::move(fields), std::move(required));
    if (may_lack) schema["nullable"] = true;
    return schema;
}

Json request_schema(const Endpoint& endpoint) {
    Json required = Json::array({"header"});
    if (endpoint.call != Call::app_info) required.push_back("mac");
    Json body = body_schema(endpoint);
    if (!body.contains("nullable")) required.push_back("body");
    Json header = object_of({{"userCode", text()}, {"appCode", text()}},
                            Json::array({"userCode", "appCode"}));
    return object_of({{"header", std::move(header)}, {"mac", text()}, {"body", std::move(body)}},
                     std::move(required));
}

// --- answers ---

Json schema_of(const Shape& shape);

Json schema_of(const Member& member) {
    switch (member.kind) {
        case MemberKind::text: break;
        case MemberKind::number: return {{"type", "integer"}};
        case MemberKind::boolean: return {{"type", "boolean"}};
        case MemberKind::object: return schema_of(*member.shape);
        case MemberKind::list:
            return {{"type", "array"},
                    {"items", member.shape == nullptr ? text() : schema_of(*member.shape)}};
    }
    return text();
}

Json schema_of(const Shape& shape) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const Member& member : shape.members) {
        properties[std::string(member.name)] = schema_of(member);
        if (!member.optional) required.push_back(member.name);
    }
    Json schema = object_of(std::move(properties), std::move(required));
    schema["additionalProperties"] = false;
    if (!shape.list) return schema;
    return {{"type", "array"}, {"items", std::move(schema)}};
}

Json answer_schema(int code, Json body) {
    const Json number{{"type", "integer"}, {"enum", Json::array({code})}};
    Json header = object_of({{"code", number}, {"msg", text()}}, Json::array({"code", "msg"}));
    return object_of({{"header", std::move(header)}, {"mac", text()}, {"body", std::move(body)}},
                     Json::array({"header", "mac", "body"}));
}

Json nothing() { return {{"nullable", true}, {"enum", Json::array({nullptr})}}; }

Json operation_of(const Endpoint& endpoint) {
    Json success =
        answer_schema(0, endpoint.answer == nullptr ? nothing() : schema_of(*endpoint.answer));
    const Json answer{
        {"oneOf", Json::array({std::move(success), reference("schemas/PublishedFailure")})}};
    const Json asked{{"application/json", {{"schema", request_schema(endpoint)}}}};
    const Json answered{{"application/json", {{"schema", answer}}}};
    return {
        {"summary", "The published protocol, see docs/gateway.md"},
        {"tags", Json::array({"published"})},
        {"requestBody", {{"required", true}, {"content", asked}}},
        {"responses",
         {{"200",
           {{"description", "Also of failures: header.code is -1 then"}, {"content", answered}}}}}};
}

// --- what all calls share ---

constexpr const char* k_signature = "BSN-Answer-Signature";

/// Whether an answer is whole before it is sent: streams and sockets cannot be signed.
bool may_be_signed(const std::string& status, const Json& response) {
    if (status == "101" || response.contains("$ref")) return false;
    const Json content = response.value("content", Json::object());
    return !content.contains("text/event-stream") && !content.contains("application/x-ndjson");
}

}  // namespace

void describe_published(Json& document) {
    for (const Endpoint& endpoint : published::endpoints()) {
        document["paths"][std::string(endpoint.path)]["post"] = operation_of(endpoint);
    }
    document["components"]["schemas"]["PublishedFailure"] = answer_schema(-1, nothing());
}

void describe_what_calls_share(Json& document) {
    Json& components = document["components"];
    components["parameters"]["answer_nonce"] = {
        {"name", "BSN-Answer-Nonce"},
        {"in", "header"},
        {"description", "32 random hexadecimal digits: the answer is signed"},
        {"schema", {{"type", "string"}, {"pattern", "^[0-9a-fA-F]{32}$"}}}};
    components["headers"] = {
        {k_signature,
         {{"description",
           "node=<hex>,time=<ms>,signature=<hex>, if the request had BSN-Answer-Nonce; see "
           "docs/http-api.md"},
          {"schema", text()}}},
        {"Retry-After",
         {{"description", "With 429 and 503: seconds to wait"},
          {"schema", {{"type", "integer"}, {"minimum", 1}}}}},
        {"WWW-Authenticate", {{"description", "With 401: BSN"}, {"schema", text()}}}};
    const Json signature = reference(std::string("headers/") + k_signature);
    for (auto& [name, response] : components["responses"].items()) {
        response["headers"] = {{k_signature, signature},
                               {"Retry-After", reference("headers/Retry-After")},
                               {"WWW-Authenticate", reference("headers/WWW-Authenticate")}};
    }
    for (auto& [path, methods] : document["paths"].items()) {
        for (auto& [method, operation] : methods.items()) {
            operation["parameters"].push_back(reference("parameters/answer_nonce"));
            Json& responses = operation["responses"];
            if (!responses.contains("default")) responses["default"] = reference("responses/Error");
            for (auto& [status, response] : responses.items()) {
                if (may_be_signed(status, response)) response["headers"][k_signature] = signature;
            }
        }
    }
}

}  // namespace bsn::gateway
