#include "contract/fisco/json_text.hpp"

#include <fmt/format.h>

namespace bsn::contract::fisco {
namespace {

/// Control characters are escaped, all else stands as it is.
std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\b': out += "\\b"; break;
            case '\f': out += "\\f"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
                } else {
                    out += c;
                }
        }
    }
    return out + '"';
}

std::string object_text(const Fields& fields, std::string_view begin, std::string_view colon,
                        std::string_view between, std::string_view end) {
    std::string out(begin);
    for (const auto& [name, value] : fields) {
        if (out.size() > begin.size()) out += between;
        out += in_quotes(name);
        out += colon;
        out += in_quotes(value);
    }
    out += end;
    return out;
}

}  // namespace

std::string compact_json(std::span<const Fields> objects) {
    std::string out = "[";
    for (const Fields& object : objects) {
        if (out.size() > 1) out += ',';
        out += object_text(object, "{", ":", ",", "}");
    }
    return out + "]\n";
}

std::string styled_json(std::span<const Fields> objects) {
    if (objects.empty()) return "[]\n";
    std::string out = "[";
    for (const Fields& object : objects) {
        if (out.size() > 1) out += ',';
        out += object_text(object, "\n   {\n      ", " : ", ",\n      ", "\n   }");
    }
    return out + "\n]\n";
}

}  // namespace bsn::contract::fisco
