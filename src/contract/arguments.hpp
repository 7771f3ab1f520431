#pragma once
// Arguments of calls, as the functions of several contracts take them. What is said about them is
// hashed into receipts: a change of a sentence is a change of those contracts' versions.

#include "contract/contract.hpp"

#include <charconv>

namespace bsn::contract {

/// Refuses another number of arguments; `usage` says which there are.
Status check_count(const Call& call, std::size_t least, std::size_t most, std::string_view usage);

/// The argument as text, unchecked; empty if it was left out.
std::string_view argument(const Call& call, std::size_t i);

/// Decimal digits and nothing else.
template <typename Int>
bool parse_number(std::string_view text, Int& number) {
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc{} && end == text.data() + text.size();
}

/// How many entries a page shall have: 1 to 1000; 100 if the text is empty.
Result<std::size_t> parse_limit(std::string_view text);

}  // namespace bsn::contract
