#include "gateway/published/request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace bsn::gateway::published {
namespace {

Error bad(std::string message) { return {Code::invalid_argument, std::move(message)}; }

bool same_name(std::string_view a, std::string_view b) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

/// The member of a name in any case; null if there is none, or it is null.
Result<const Json*> member_of(const Json& object, std::string_view name) {
    const Json* found = nullptr;
    for (const auto& [key, value] : object.items()) {
        if (!same_name(key, name)) continue;
        if (found != nullptr) return bad(fmt::format("the member \"{}\" stands there twice", name));
        found = &value;
    }
    return found == nullptr || found->is_null() ? nullptr : found;
}

Result<std::string> text_of(const Json& object, std::string_view name) {
    BSN_TRY(value, member_of(object, name));
    if (value == nullptr) return std::string();
    if (!value->is_string()) return bad(fmt::format("\"{}\" must be a text", name));
    return value->get<std::string>();
}

/// What a structure is signed as: its texts and numbers, one after the other.
std::string flattened(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null()) return {};
    if (!value.is_structured()) return value.dump();
    std::string text;
    for (const auto& [key, one] : value.items()) {
        if (value.is_object()) text += key;
        text += flattened(one);
    }
    return text;
}

Result<FieldValue> texts_of(const Field& field, const Json& value) {
    std::vector<std::string> texts;
    const auto wrong = [&] {
        return bad(fmt::format("\"{}\" must be an array of texts", field.name));
    };
    if (!value.is_array()) return wrong();
    for (const Json& one : value) {
        if (!one.is_string()) return wrong();
        texts.push_back(one.get<std::string>());
    }
    return FieldValue(std::move(texts));
}

Result<FieldValue> map_of(const Field& field, const Json& value) {
    TextMap map;
    const auto wrong = [&] {
        return bad(fmt::format("\"{}\" must be an object of texts", field.name));
    };
    if (!value.is_object()) return wrong();
    for (const auto& [key, one] : value.items()) {
        if (!one.is_string()) return wrong();
        map.emplace_back(key, one.get<std::string>());
    }
    return FieldValue(std::move(map));
}

Result<FieldValue> value_of(const Field& field, const Json& value) {
    switch (field.kind) {
        case FieldKind::text:
            if (value.is_string()) return FieldValue(value.get<std::string>());
            return bad(fmt::format("\"{}\" must be a text", field.name));
        case FieldKind::number:
            if (value.is_number_unsigned()) return FieldValue(value.get<std::uint64_t>());
            return bad(fmt::format("\"{}\" must be a whole number from 0", field.name));
        case FieldKind::texts: return texts_of(field, value);
        case FieldKind::text_map: return map_of(field, value);
        case FieldKind::text_or_structure: break;
    }
    if (value.is_string()) return FieldValue(value.get<std::string>());
    if (value.is_structured()) return FieldValue(value.dump());
    return bad(fmt::format("\"{}\" must be JSON in a text, an array or an object", field.name));
}

std::string signed_value(const Field& field, const FieldValue& value) {
    struct Visitor {
        const Field& field;
        std::string operator()(std::monostate) const {
            return field.kind == FieldKind::number ? "0" : "";
        }
        std::string operator()(const std::string& text) const { return text; }
        std::string operator()(std::uint64_t number) const { return std::to_string(number); }
        std::string operator()(const std::vector<std::string>& texts) const {
            return fmt::format("{}", fmt::join(texts, ""));
        }
        std::string operator()(const TextMap& map) const {
            std::string text;
            for (const auto& [key, value] : map) text += key + value;
            return text;
        }
    };
    return std::visit(Visitor{field}, value);
}

/// Refuses arrays and objects of too many elements before they are looked through.
Status check_sizes(ByteView body) {
    std::vector<std::size_t> open;
    bool in_text = false;
    for (std::size_t i = 0; i < body.size(); ++i) {
        const std::uint8_t byte = body[i];
        if (in_text) {
            if (byte == '\\') {
                ++i;
            } else if (byte == '"') {
                in_text = false;
            }
        } else if (byte == '"') {
            in_text = true;
        } else if (byte == '{' || byte == '[') {
            open.push_back(1);
            if (open.size() > 64) break;  // the parser will say so
        } else if (byte == '}' || byte == ']') {
            if (!open.empty()) open.pop_back();
        } else if (byte == ',' && !open.empty() && ++open.back() > k_max_elements) {
            return Error{Code::too_large,
                         fmt::format("an array or object of the request has more than {} elements",
                                     k_max_elements)};
        }
    }
    return {};
}

}  // namespace

const FieldValue& Inquiry::value(std::string_view name) const {
    const auto& fields = endpoint->fields;
    auto field = std::find_if(fields.begin(), fields.end(),
                              [&](const Field& one) { return one.name == name; });
    ensure(field != fields.end(), "the endpoint has no field of that name");
    return values.at(static_cast<std::size_t>(field - fields.begin()));
}

const std::string& Inquiry::text(std::string_view name) const {
    static const std::string k_none;
    const auto* text = std::get_if<std::string>(&value(name));
    return text == nullptr ? k_none : *text;
}

std::uint64_t Inquiry::number(std::string_view name) const {
    const auto* number = std::get_if<std::uint64_t>(&value(name));
    return number == nullptr ? 0 : *number;
}

std::vector<std::string> Inquiry::texts(std::string_view name) const {
    const auto* texts = std::get_if<std::vector<std::string>>(&value(name));
    return texts == nullptr ? std::vector<std::string>{} : *texts;
}

const TextMap& Inquiry::map(std::string_view name) const {
    static const TextMap k_none;
    const auto* map = std::get_if<TextMap>(&value(name));
    return map == nullptr ? k_none : *map;
}

Result<Inquiry> read_inquiry(const Endpoint& endpoint, ByteView body) {
    if (body.size() > k_max_request) {
        return Error{Code::too_large,
                     fmt::format("the request is longer than {} bytes", k_max_request)};
    }
    BSN_CHECK(check_sizes(body));
    BSN_TRY(json, parse_object(body));
    Inquiry inquiry;
    inquiry.endpoint = &endpoint;
    BSN_TRY(header, member_of(json, "header"));
    if (header == nullptr || !header->is_object()) {
        return bad("the request lacks its \"header\", an object of userCode and appCode");
    }
    BSN_TRY(user, text_of(*header, "userCode"));
    BSN_TRY(app, text_of(*header, "appCode"));
    BSN_TRY(mac, text_of(json, "mac"));
    BSN_TRY(fields, member_of(json, "body"));
    if (fields != nullptr && !fields->is_object()) return bad("\"body\" must be an object or null");
    inquiry.user = std::move(user);
    inquiry.app = std::move(app);
    inquiry.mac = std::move(mac);
    for (const Field& field : endpoint.fields) {
        const Json* value = nullptr;
        if (fields != nullptr) {
            BSN_TRY(found, member_of(*fields, field.name));
            value = found;
        }
        FieldValue read;
        std::string structure;
        if (value != nullptr) {
            BSN_TRY(there, value_of(field, *value));
            read = std::move(there);
            if (field.kind == FieldKind::text_or_structure) structure = flattened(*value);
        }
        inquiry.values.push_back(std::move(read));
        inquiry.signed_.push_back(std::move(structure));
    }
    return inquiry;
}

std::string signed_text(const Inquiry& inquiry) {
    std::string text = inquiry.user + inquiry.app;
    const auto& fields = inquiry.endpoint->fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        text += fields[i].kind == FieldKind::text_or_structure
                    ? inquiry.signed_[i]
                    : signed_value(fields[i], inquiry.values[i]);
    }
    return text;
}

}  // namespace bsn::gateway::published
