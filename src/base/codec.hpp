#pragma once
// The binary encoding of every format of ours: big-endian integers, and byte strings behind their
// length. `docs/formats.md` is the reference.

#include "base/bytes.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace bsn {

/// Appends encoded values to a byte string.
class Writer {
  public:
    Writer() = default;
    explicit Writer(std::size_t expected_size) { bytes_.reserve(expected_size); }

    void u8(std::uint8_t value) { bytes_.push_back(value); }
    void u16(std::uint16_t value) { big_endian(value); }
    void u32(std::uint32_t value) { big_endian(value); }
    void u64(std::uint64_t value) { big_endian(value); }
    /// The bytes as they are, without a length.
    void raw(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    /// A byte string behind its u32 length.
    void bytes(ByteView bytes) {
        ensure(bytes.size() <= std::numeric_limits<std::uint32_t>::max(), "byte string too long");
        u32(static_cast<std::uint32_t>(bytes.size()));
        raw(bytes);
    }
    /// A UTF-8 text behind its u16 length.
    void text(std::string_view text) {
        ensure(text.size() <= std::numeric_limits<std::uint16_t>::max(), "text too long");
        u16(static_cast<std::uint16_t>(text.size()));
        raw(as_bytes(text));
    }

    std::size_t size() const { return bytes_.size(); }
    ByteView view() const { return bytes_; }
    Bytes take() { return std::move(bytes_); }

  private:
    template <typename Int>
    void big_endian(Int value) {
        for (int shift = static_cast<int>(sizeof(Int) - 1) * 8; shift >= 0; shift -= 8) {
            bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
        }
    }

    Bytes bytes_;
};

/// Reads encoded values; after the first failure every further read yields zero values, so that a
/// parser reads all its fields and asks once, by `finish()`.
class Reader {
  public:
    explicit Reader(ByteView bytes) : rest_(bytes), size_(bytes.size()) {}

    std::uint8_t u8() { return static_cast<std::uint8_t>(big_endian<1>()); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(big_endian<2>()); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(big_endian<4>()); }
    std::uint64_t u64() { return big_endian<8>(); }

    /// The next `count` bytes, borrowed.
    ByteView raw(std::size_t count);
    /// A byte string behind its u32 length, borrowed, of at most `limit` bytes.
    ByteView bytes(std::size_t limit = std::numeric_limits<std::uint32_t>::max());
    /// A UTF-8 text behind its u16 length, of at most `limit` bytes.
    std::string text(std::size_t limit = std::numeric_limits<std::uint16_t>::max());
    /// A fixed-size value.
    template <typename Value>
    Value fixed() {
        Value value;
        ByteView bytes = raw(Value::k_size);
        if (!bytes.empty()) std::memcpy(value.data(), bytes.data(), Value::k_size);
        return value;
    }
    /// A count of elements that take at least `least_size` bytes each, so that a forged count
    /// cannot make us reserve more than was sent.
    std::size_t count32(std::size_t least_size);
    std::size_t count16(std::size_t least_size);

    /// Notes a failure found by the caller, such as an unknown tag; the first one is kept.
    void fail(Code code, std::string message);
    void fail(std::string message) { fail(Code::invalid_argument, std::move(message)); }

    /// Reads the kind byte and version byte that begin every format of ours.
    void format(std::uint8_t kind, std::uint8_t version, std::string_view name);

    bool failed() const { return error_.has_value(); }
    std::size_t remaining() const { return rest_.size(); }
    /// How many bytes were read so far.
    std::size_t offset() const { return size_ - rest_.size(); }

    /// Success if all reads succeeded and no byte is left over.
    Status finish(std::string_view name);

  private:
    template <std::size_t Size>
    std::uint64_t big_endian() {
        ByteView bytes = raw(Size);
        std::uint64_t value = 0;
        for (std::uint8_t byte : bytes) value = value << 8 | byte;
        return value;
    }
    std::size_t checked_count(std::size_t count, std::size_t least_size);

    ByteView rest_;
    std::size_t size_;
    std::optional<Error> error_;
};

}  // namespace bsn
