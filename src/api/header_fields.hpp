#pragma once
// Headers that are a list of fields, `name=value,name=value`, as signatures travel in.

#include "base/bytes.hpp"
#include "base/clock.hpp"

#include <fmt/format.h>

#include <map>
#include <string_view>

namespace bsn::api {

/// Which header it is, and what its mistakes count as.
struct HeaderForm {
    std::string_view header;
    Code mistake = Code::invalid_argument;

    Error malformed(std::string_view why) const;
};

/// The fields of a header, each once. Its values are the header's, which outlives it.
class HeaderFields {
  public:
    /// At most so many fields.
    static Result<HeaderFields> parse(const HeaderForm& form, std::string_view text,
                                      std::size_t most);

    Result<std::string_view> text(std::string_view name) const;
    Status read_number(std::string_view name, UnixMillis& value) const;
    template <typename Value>
    Status read_hex(std::string_view name, Value& value) const {
        BSN_TRY(digits, text(name));
        auto parsed = fixed_from_hex<Value>(digits);
        if (!parsed) {
            return form_.malformed(
                fmt::format("{} must be {} hexadecimal digits", name, 2 * Value::k_size));
        }
        value = *parsed;
        return {};
    }

  private:
    explicit HeaderFields(const HeaderForm& form) : form_(form) {}

    HeaderForm form_;
    std::map<std::string_view, std::string_view> fields_;
};

}  // namespace bsn::api
