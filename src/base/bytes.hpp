#pragma once
// Owned and borrowed byte strings, fixed-size byte values, and their text forms.

#include "base/result.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bsn {

/// An owned byte string.
using Bytes = std::vector<std::uint8_t>;
/// A borrowed byte string.
using ByteView = std::span<const std::uint8_t>;

/// The bytes of a text, borrowed.
inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
/// A byte string seen as text, borrowed; no encoding is checked.
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
/// A copy of borrowed bytes.
inline Bytes to_bytes(ByteView bytes) { return {bytes.begin(), bytes.end()}; }
/// A copy of the bytes of a text.
inline Bytes to_bytes(std::string_view text) { return to_bytes(as_bytes(text)); }
/// A copy of bytes as a text; no encoding is checked.
inline std::string to_text(ByteView bytes) { return std::string(as_text(bytes)); }

inline bool equal(ByteView a, ByteView b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// N bytes with a meaning; `Tag` keeps values of different meaning apart.
template <typename Tag, std::size_t N>
class FixedBytes {
  public:
    static constexpr std::size_t k_size = N;

    FixedBytes() = default;
    explicit FixedBytes(const std::array<std::uint8_t, N>& bytes) : bytes_(bytes) {}

    /// The value made of exactly N bytes; refused with `invalid_argument` for any other length.
    static Result<FixedBytes> from(ByteView bytes) {
        if (bytes.size() != N) {
            return Error{Code::invalid_argument, "expected " + std::to_string(N) + " bytes, got " +
                                                     std::to_string(bytes.size())};
        }
        FixedBytes value;
        std::memcpy(value.bytes_.data(), bytes.data(), N);
        return value;
    }

    const std::uint8_t* data() const { return bytes_.data(); }
    std::uint8_t* data() { return bytes_.data(); }
    static constexpr std::size_t size() { return N; }
    ByteView view() const { return bytes_; }
    operator ByteView() const { return bytes_; }
    /// True if every byte is zero (the value of "none").
    bool is_zero() const { return *this == FixedBytes{}; }

    auto operator<=>(const FixedBytes&) const = default;

  private:
    std::array<std::uint8_t, N> bytes_{};
};

/// Hash for unordered containers; the values hashed are themselves hashes or random, so a prefix
/// is enough.
struct FixedBytesHash {
    template <typename Tag, std::size_t N>
    std::size_t operator()(const FixedBytes<Tag, N>& value) const {
        static_assert(N >= sizeof(std::size_t));
        std::size_t prefix = 0;
        std::memcpy(&prefix, value.data(), sizeof prefix);
        return prefix;
    }
};

/// Lower-case hexadecimal, two digits a byte, without a prefix.
std::string to_hex(ByteView bytes);
/// Bytes of lower- or upper-case hexadecimal, without a prefix; `invalid_argument` otherwise.
Result<Bytes> from_hex(std::string_view text);
/// A fixed-size value from its hexadecimal form.
template <typename Value>
Result<Value> fixed_from_hex(std::string_view text) {
    BSN_TRY(bytes, from_hex(text));
    return Value::from(bytes);
}

/// Standard base64 with padding (RFC 4648 section 4).
std::string to_base64(ByteView bytes);
/// Bytes of standard base64; only the canonical form (padded, no white space, unused bits zero) is
/// accepted.
Result<Bytes> from_base64(std::string_view text);

/// True if the text is well-formed UTF-8 (no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

/// Equality in time that depends only on the lengths.
bool equal_constant_time(ByteView a, ByteView b);

}  // namespace bsn
