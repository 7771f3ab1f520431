#include "api/header_fields.hpp"

#include <charconv>

namespace bsn::api {
namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

}  // namespace

Error HeaderForm::malformed(std::string_view why) const {
    return {mistake, fmt::format("the {} header is malformed: {}", header, why)};
}

Result<HeaderFields> HeaderFields::parse(const HeaderForm& form, std::string_view text,
                                         std::size_t most) {
    HeaderFields parsed(form);
    while (!text.empty()) {
        std::string_view field = trim(text.substr(0, text.find(',')));
        std::size_t comma = text.find(',');
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
        std::size_t equals = field.find('=');
        if (equals == std::string_view::npos) return form.malformed("a field is name=value");
        if (!parsed.fields_.emplace(field.substr(0, equals), field.substr(equals + 1)).second) {
            return form.malformed("a field stands there twice");
        }
        if (parsed.fields_.size() > most) return form.malformed("there are too many fields");
    }
    return parsed;
}

Result<std::string_view> HeaderFields::text(std::string_view name) const {
    auto field = fields_.find(name);
    if (field == fields_.end()) return form_.malformed(fmt::format("{} is missing", name));
    return field->second;
}

Status HeaderFields::read_number(std::string_view name, UnixMillis& value) const {
    BSN_TRY(digits, text(name));
    const char* end = digits.data() + digits.size();
    auto [at, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || at != end) {
        return form_.malformed(fmt::format("{} must be a number of milliseconds", name));
    }
    return {};
}

}  // namespace bsn::api
