#pragma once
// Reading JSON from outside without surprises, and writing texts into addresses.

#include "base/bytes.hpp"

#include <nlohmann/json.hpp>

namespace bsn::api {

/// JSON whose members keep their order.
using Json = nlohmann::ordered_json;

/// A JSON object or list from outside; `what` names it in the error.
Result<Json> parse_json(std::string_view text, std::string_view what);
/// A text member, or empty.
std::string text_of(const Json& object, std::string_view key);
/// A number member, or 0.
std::uint64_t number_of(const Json& object, std::string_view key);
/// A text for a path segment or query value, with what needs it percent-encoded.
std::string url_encoded(std::string_view text);

}  // namespace bsn::api
