#include "gateway/published/shape.hpp"

#include <algorithm>

namespace bsn::gateway::published {
namespace {

bool suits(const Member& member, const Json& value) {
    switch (member.kind) {
        case MemberKind::text: return value.is_string();
        case MemberKind::number: return value.is_number_integer();
        case MemberKind::boolean: return value.is_boolean();
        case MemberKind::object: return has_shape(*member.shape, value);
        case MemberKind::list: break;
    }
    return value.is_array() && std::all_of(value.begin(), value.end(), [&](const Json& one) {
               return member.shape == nullptr ? one.is_string() : has_shape(*member.shape, one);
           });
}

/// Members of small objects are few.
const Member& member_of(const Shape& shape, std::string_view name) {
    auto member = std::find_if(shape.members.begin(), shape.members.end(),
                               [&](const Member& one) { return one.name == name; });
    ensure(member != shape.members.end(), "what is signed must be a member");
    return *member;
}

std::string signed_value(const Member& member, const Json& value) {
    switch (member.kind) {
        case MemberKind::text: return value.get<std::string>();
        case MemberKind::number: return value.dump();
        case MemberKind::boolean: return value.get<bool>() ? "true" : "false";
        case MemberKind::object: return signed_text(*member.shape, value);
        case MemberKind::list: break;
    }
    std::string text;
    for (const Json& one : value) {
        text += member.shape == nullptr ? one.get<std::string>() : signed_text(*member.shape, one);
    }
    return text;
}

std::string signed_object(const Shape& shape, const Json& body) {
    std::string text;
    auto add = [&](const Member& member) {
        auto value = body.find(std::string(member.name));
        if (value != body.end()) text += signed_value(member, *value);
    };
    if (shape.signing.empty()) {
        for (const Member& member : shape.members) add(member);
    }
    for (std::string_view name : shape.signing) add(member_of(shape, name));
    return text;
}

bool object_has_shape(const Shape& shape, const Json& body) {
    if (!body.is_object()) return false;
    std::size_t known = 0;
    for (const Member& member : shape.members) {
        auto value = body.find(std::string(member.name));
        if (value == body.end()) {
            if (!member.optional) return false;
            continue;
        }
        if (!suits(member, *value)) return false;
        ++known;
    }
    return known == body.size();
}

Json object_in_order(const Shape& shape, const Json& body) {
    Json ordered = Json::object();
    for (const Member& member : shape.members) {
        auto value = body.find(std::string(member.name));
        if (value == body.end()) continue;
        Json& place = ordered[std::string(member.name)];
        if (member.kind == MemberKind::object) {
            place = in_order(*member.shape, *value);
        } else if (member.kind == MemberKind::list && member.shape != nullptr) {
            place = Json::array();
            for (const Json& one : *value) place.push_back(in_order(*member.shape, one));
        } else {
            place = *value;
        }
    }
    return ordered;
}

}  // namespace

bool has_shape(const Shape& shape, const Json& body) {
    if (!shape.list) return object_has_shape(shape, body);
    return body.is_array() && std::all_of(body.begin(), body.end(), [&](const Json& one) {
               return object_has_shape(shape, one);
           });
}

Json in_order(const Shape& shape, const Json& body) {
    if (!shape.list) return object_in_order(shape, body);
    Json ordered = Json::array();
    for (const Json& one : body) ordered.push_back(object_in_order(shape, one));
    return ordered;
}

std::string signed_text(const Shape& shape, const Json& body) {
    if (!shape.list) return signed_object(shape, body);
    std::string text;
    for (const Json& one : body) text += signed_object(shape, one);
    return text;
}

}  // namespace bsn::gateway::published
