#pragma once
// A request of the published protocol, read from its JSON:
//
//     {"header": {"userCode": "…", "appCode": "…"}, "mac": "<base64>", "body": {…}}

#include "gateway/published/endpoint.hpp"

#include <string>
#include <utility>
#include <variant>

namespace bsn::gateway::published {

/// The largest request that is read, in bytes.
inline constexpr std::size_t k_max_request = std::size_t{5} << 20;
/// The most elements of an array or object of a request.
inline constexpr std::size_t k_max_elements = 4096;

/// The entries of an object of texts, in the order sent.
using TextMap = std::vector<std::pair<std::string, std::string>>;

/// What a field holds; `monostate`: it is absent or null.
using FieldValue =
    std::variant<std::monostate, std::string, std::uint64_t, std::vector<std::string>, TextMap>;

/// A request, read whole; nobody has checked yet who sent it.
class Inquiry {
  public:
    std::string user;  ///< `userCode`
    std::string app;   ///< `appCode`
    std::string mac;   ///< base64; empty: none
    const Endpoint* endpoint = nullptr;
    std::vector<FieldValue> values;  ///< one for each of the endpoint's fields

    /// A text field; empty if absent. `name` must be a field of this kind, here and below.
    const std::string& text(std::string_view name) const;
    std::uint64_t number(std::string_view name) const;  ///< 0 if absent
    std::vector<std::string> texts(std::string_view name) const;
    const TextMap& map(std::string_view name) const;

  private:
    friend Result<Inquiry> read_inquiry(const Endpoint& endpoint, ByteView body);
    const FieldValue& value(std::string_view name) const;

    /// What `text_or_structure` fields are signed as; as many as there are fields.
    std::vector<std::string> signed_;
    friend std::string signed_text(const Inquiry& inquiry);
};

/// Reads a request. Names of members are matched whatever their case; members that are not known
/// are passed over, the body may be absent or null. `invalid_argument`, saying what is wrong, for
/// what is no such JSON: a name twice, a value of another kind, deeper than 16 levels, too many
/// elements; `too_large` beyond `k_max_request`.
Result<Inquiry> read_inquiry(const Endpoint& endpoint, ByteView body);

/// What the mac of a request signs: user, app, and the fields in the endpoint's order.
std::string signed_text(const Inquiry& inquiry);

}  // namespace bsn::gateway::published
