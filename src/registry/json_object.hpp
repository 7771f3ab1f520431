#pragma once
// JSON that a publisher wrote, read member by member: errors say what is wrong where, and what
// nobody asked for is refused.

#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bsn::registry {

using Json = nlohmann::json;

/// How long a text of JSON may be, where nothing else is said.
inline constexpr std::size_t k_max_spec_bytes = 64U << 10;

/// The JSON of a text of at most so many bytes, nested at most 8 levels deep, in which no member
/// stands twice; `what` it is, for errors, which are `contract_failed`.
Result<Json> parse_spec_json(const std::string& text, std::string_view what,
                             std::size_t most = k_max_spec_bytes);

/// A JSON object of which every member must be asked for. It must outlive this.
class JsonObject {
  public:
    /// `where`: what the object is, for errors, which are `contract_failed`.
    static Result<JsonObject> from(const Json& json, std::string where);

    /// A text; `otherwise` if it is left out, or an error if that is none.
    Result<std::string> text(const char* member, std::optional<std::string> otherwise);
    Result<bool> boolean(const char* member, bool otherwise);
    /// A whole number up to `most`.
    Result<std::uint64_t> number(const char* member, std::uint64_t otherwise,
                                 std::uint64_t most = 0xFFFFFFFF);
    /// At most 100 items; none if it is left out.
    Result<std::vector<Json>> list(const char* member);
    Result<std::vector<std::string>> texts(const char* member);
    /// The member's value; null if it is left out.
    const Json* find(const char* member);
    /// Whether every member was asked for.
    Status finish() const;

  private:
    JsonObject(const Json& json, std::string where) : json_(&json), where_(std::move(where)) {}

    const Json* json_;
    std::string where_;
    std::set<std::string> asked_;
};

}  // namespace bsn::registry
