#include "framework/json_rpc_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bsn::framework::rpc {
namespace {

constexpr std::size_t k_digits_of_64_bits = 16;
constexpr std::size_t k_digits_of_256_bits = 64;

Error refused(std::string message) { return {Code::invalid_argument, std::move(message)}; }

/// As Go's JSON decoder tells it.
Error cannot_unmarshal(std::string_view why, std::string_view type) {
    return refused(fmt::format("json: cannot unmarshal {} into Go value of type {}", why, type));
}

bool is_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

Result<std::string_view> without_prefix(std::string_view text) {
    if (text.empty()) return refused("empty hex string");
    if (!text.starts_with("0x") && !text.starts_with("0X")) {
        return refused("hex string without 0x prefix");
    }
    return text.substr(2);
}

/// The text of a JSON string; whatever else it is, is refused with its type.
Result<std::string_view> string_of(const Json& value, std::string_view type) {
    if (!value.is_string()) return cannot_unmarshal("non-string", type);
    return std::string_view(value.get_ref<const std::string&>());
}

}  // namespace

Result<std::string_view> quantity_digits(std::string_view text) {
    BSN_TRY(digits, without_prefix(text));
    if (digits.empty()) return refused("hex string \"0x\"");
    if (digits.size() > 1 && digits.front() == '0') {
        return refused("hex number with leading zero digits");
    }
    return digits;
}

Result<std::uint64_t> quantity_from(std::string_view text) {
    BSN_TRY(digits, quantity_digits(text));
    if (digits.size() > k_digits_of_64_bits) return refused("hex number > 64 bits");
    std::uint64_t number = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
        return refused("invalid hex string");
    }
    return number;
}

Result<Word> word_from(std::string_view text) {
    BSN_TRY(digits, quantity_digits(text));
    if (digits.size() > k_digits_of_256_bits) return refused("hex number > 256 bits");
    if (!std::all_of(digits.begin(), digits.end(), is_digit)) return refused("invalid hex string");
    std::string whole(k_digits_of_256_bits - digits.size(), '0');
    whole += digits;
    BSN_TRY(bytes, from_hex(whole));
    Word number{};
    std::copy(bytes.begin(), bytes.end(), number.begin());
    return number;
}

Result<Bytes> data_from(std::string_view text) {
    BSN_TRY(digits, without_prefix(text));
    if (digits.size() % 2 != 0) return refused("hex string of odd length");
    auto bytes = from_hex(digits);
    if (!bytes) return refused("invalid hex string");
    return std::move(*bytes);
}

Result<std::uint64_t> quantity(const Json& value, std::string_view type) {
    BSN_TRY(text, string_of(value, type));
    auto number = quantity_from(text);
    if (!number) return cannot_unmarshal(number.error().message, type);
    return *number;
}

Result<Word> word(const Json& value, std::string_view type) {
    BSN_TRY(text, string_of(value, type));
    auto number = word_from(text);
    if (!number) return cannot_unmarshal(number.error().message, type);
    return *number;
}

Result<Bytes> data(const Json& value, std::string_view type) {
    BSN_TRY(text, string_of(value, type));
    // An empty text is no data: Go's decoder takes it for none.
    auto bytes = text.empty() ? Result<Bytes>(Bytes{}) : data_from(text);
    if (!bytes) return cannot_unmarshal(bytes.error().message, type);
    return std::move(*bytes);
}

Result<Bytes> data_of_size(const Json& value, std::size_t size, std::string_view type) {
    BSN_TRY(text, string_of(value, type));
    auto bytes = data_from(text);
    if (!bytes) return cannot_unmarshal(bytes.error().message, type);
    if (bytes->size() != size) {
        return refused(fmt::format("hex string has length {}, want {} for {}", bytes->size() * 2,
                                   size * 2, type));
    }
    return std::move(*bytes);
}

Result<std::string> text(const Json& value) {
    if (!value.is_string()) return cannot_unmarshal(value.type_name(), "string");
    return value.get<std::string>();
}

Result<bool> boolean(const Json& value) {
    if (!value.is_boolean()) return cannot_unmarshal(value.type_name(), "bool");
    return value.get<bool>();
}

std::string quantity_text(std::uint64_t number) { return fmt::format("0x{:x}", number); }

std::string quantity_text(ByteView big_endian) {
    std::string digits = to_hex(big_endian);
    std::size_t first = digits.find_first_not_of('0');
    return first == std::string::npos ? "0x0" : "0x" + digits.substr(first);
}

std::string decimal_text(ByteView big_endian) {
    Bytes left = to_bytes(big_endian);
    std::string digits;
    bool more = true;
    while (more) {
        more = false;
        unsigned rest = 0;
        for (std::uint8_t& byte : left) {
            rest = rest << 8 | byte;
            byte = static_cast<std::uint8_t>(rest / 10);
            rest %= 10;
            more = more || byte != 0;
        }
        digits.insert(digits.begin(), static_cast<char>('0' + rest));
    }
    return digits;
}

std::string data_text(ByteView bytes) { return "0x" + to_hex(bytes); }

}  // namespace bsn::framework::rpc
