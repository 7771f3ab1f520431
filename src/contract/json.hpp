#pragma once
// JSON as Go's encoding/json (before 1.22) reads and writes it: the preset contract `kv` comes from
// Go, and what it accepts, stores and says has to stay the same. Our own code and not a library's,
// because results and error texts are hashed into receipts: they must not depend on which version
// of a library a node was built with.

#include "base/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bsn::contract::json {

enum class Kind : std::uint8_t {
    begin_object,
    end_object,
    begin_array,
    end_array,
    key,
    string,
    number,
    boolean,
    null,
};

/// Something met in a JSON text.
struct Event {
    Kind kind = Kind::null;
    /// In how many objects and arrays it lies; 0 for the text's own value.
    std::size_t depth = 0;
    /// Of a key or string: what stands between the quotes, see `decode_string`. Else its spelling.
    std::string_view text;
};

using Visitor = std::function<void(const Event&)>;

/// The deepest nesting that is read, as in Go.
inline constexpr std::size_t k_max_depth = 10'000;

/// Visits a JSON text in order. If it is malformed, `contract_failed` with Go's sentence, after the
/// part before the mistake was visited.
Status scan(std::string_view text, const Visitor& visit);

/// The elements of a JSON array as they are spelled, borrowed from the text; none if the text is
/// something else than an array. A malformed text is refused as by `scan`; if the mistake lies in
/// the array, "entry N: " stands before the sentence, N being how many elements were read till
/// then.
Result<std::optional<std::vector<std::string_view>>> elements(std::string_view text);

/// What a key or string that `scan` found stands for. Always UTF-8: malformed bytes and lone
/// surrogates become U+FFFD.
std::string decode_string(std::string_view raw);

/// Appends a text in quotes. `<`, `>`, `&`, U+2028 and U+2029 are escaped, as Go does for HTML's
/// sake; malformed UTF-8 becomes `\ufffd`.
void append_string(std::string& out, std::string_view text);

/// What Go's error messages call a kind of value.
std::string_view go_name(Kind kind);

}  // namespace bsn::contract::json
