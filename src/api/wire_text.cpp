#include "api/wire_text.hpp"

#include <fmt/format.h>

namespace bsn::api {

Result<Json> parse_json(std::string_view text, std::string_view what) {
    Json json = Json::parse(text.begin(), text.end(), nullptr, false);
    if (json.is_discarded() || !(json.is_object() || json.is_array())) {
        return Error{Code::invalid_argument, fmt::format("{} is not JSON", what)};
    }
    return json;
}

std::string text_of(const Json& object, std::string_view key) {
    if (!object.is_object()) return {};
    auto member = object.find(std::string(key));
    return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

std::uint64_t number_of(const Json& object, std::string_view key) {
    if (!object.is_object()) return 0;
    auto member = object.find(std::string(key));
    bool number = member != object.end() && member->is_number_unsigned();
    return number ? member->get<std::uint64_t>() : 0;
}

std::string url_encoded(std::string_view text) {
    std::string out;
    for (char c : text) {
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

}  // namespace bsn::api
