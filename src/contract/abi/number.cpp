#include "contract/abi/number.hpp"

#include <boost/multiprecision/cpp_int.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace bsn::contract::abi {
namespace {

using Number = boost::multiprecision::cpp_int;

/// No number of 256 bits takes more.
constexpr std::size_t k_max_digits = 80;

Error no_number(const Type& type, std::string_view text) {
    return {Code::invalid_argument,
            fmt::format("'{}' is no {}: write digits, or 0x and hexadecimal digits",
                        text.substr(0, 80), canonical_name(type))};
}

bool is_decimal(char c) { return c >= '0' && c <= '9'; }
bool is_hexadecimal(char c) {
    return is_decimal(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// The digits without zeros in front, which would make a decimal number octal.
std::string_view significant(std::string_view digits) {
    const std::size_t first = digits.find_first_not_of('0');
    return first == std::string_view::npos ? "0" : digits.substr(first);
}

}  // namespace

Result<ledger::Word> number_from_text(const Type& type, std::string_view text) {
    std::string_view digits = text;
    const bool negative = digits.starts_with('-');
    if (negative) digits.remove_prefix(1);
    const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
    if (hexadecimal) digits.remove_prefix(2);
    if (digits.empty() ||
        !std::all_of(digits.begin(), digits.end(), hexadecimal ? is_hexadecimal : is_decimal)) {
        return no_number(type, text);
    }
    digits = significant(digits);
    const bool is_signed = type.kind == Kind::integer;
    const Number beyond = Number(1) << (type.size - (is_signed ? 1 : 0));
    const Number least = is_signed ? Number(-beyond) : Number(0);
    Number number = beyond;
    if (digits.size() <= k_max_digits) {
        number = Number((hexadecimal ? "0x" : "") + std::string(digits));
        if (negative) number = -number;
    }
    if (number >= beyond || number < least) {
        return Error{Code::invalid_argument,
                     fmt::format("{} is beyond {}, which goes from {} to {}", text.substr(0, 80),
                                 canonical_name(type), least.str(), Number(beyond - 1).str())};
    }
    if (number < 0) number += Number(1) << 256;
    ledger::Word word;
    for (std::size_t i = word.size(); i-- > 0; number >>= 8) {
        word.data()[i] = static_cast<std::uint8_t>(Number(number & 0xFF));
    }
    return word;
}

std::string number_text(const Type& type, const ledger::Word& word) {
    Number number;
    boost::multiprecision::import_bits(number, word.data(), word.data() + word.size());
    if (type.kind == Kind::integer && (word.data()[0] & 0x80) != 0) number -= Number(1) << 256;
    return number.str();
}

}  // namespace bsn::contract::abi
