#pragma once
// Inside of the module: DER read piece by piece, in its one form only.

#include "base/bytes.hpp"

namespace bsn::crypto {

namespace der {
inline constexpr std::uint8_t k_integer = 0x02;
inline constexpr std::uint8_t k_bit_string = 0x03;
inline constexpr std::uint8_t k_oid = 0x06;
inline constexpr std::uint8_t k_utf8 = 0x0C;
inline constexpr std::uint8_t k_printable = 0x13;
inline constexpr std::uint8_t k_ia5 = 0x16;
inline constexpr std::uint8_t k_sequence = 0x30;
inline constexpr std::uint8_t k_set = 0x31;
inline constexpr std::uint8_t k_context_0 = 0xA0;
}  // namespace der

/// One element: its tag, what is in it, and both with the header between.
struct DerElement {
    std::uint8_t tag = 0;
    ByteView content;
    ByteView whole;
};

/// Reads elements of up to 64 KiB one after another. After a failure everything is empty.
class DerReader {
  public:
    explicit DerReader(ByteView bytes) : rest_(bytes) {}

    bool empty() const { return rest_.empty(); }
    bool failed() const { return failed_; }
    /// Whether all was read, and nothing failed.
    bool done() const { return !failed_ && rest_.empty(); }
    /// The tag of the next element; 0 if there is none.
    std::uint8_t next() const { return rest_.empty() ? 0 : rest_[0]; }

    /// The next element, of whatever tag.
    DerElement element() {
        std::size_t header = 2;
        std::size_t size = rest_.size() < 2 ? 0 : rest_[1];
        if (size == 0x81 && rest_.size() >= 3) {
            size = rest_[2] >= 0x80 ? rest_[2] : k_bad;
            header = 3;
        } else if (size == 0x82 && rest_.size() >= 4) {
            size = std::size_t{rest_[2]} << 8 | rest_[3];
            if (size < 0x100) size = k_bad;  // would have had a shorter form
            header = 4;
        } else if (size >= 0x80) {
            size = k_bad;
        }
        if (rest_.size() < header || size > rest_.size() - header) return fail();
        DerElement found{rest_[0], rest_.subspan(header, size), rest_.first(header + size)};
        rest_ = rest_.subspan(header + size);
        return found;
    }
    /// The next element if it has this tag; a failure otherwise.
    DerElement element(std::uint8_t tag) {
        if (next() != tag) return fail();
        return element();
    }
    ByteView content(std::uint8_t tag) { return element(tag).content; }
    DerReader inside(std::uint8_t tag) {
        DerReader inner(content(tag));
        inner.failed_ = failed_;
        return inner;
    }

  private:
    static constexpr std::size_t k_bad = ~std::size_t{0};
    DerElement fail() {
        failed_ = true;
        rest_ = {};
        return {};
    }

    ByteView rest_;
    bool failed_ = false;
};

}  // namespace bsn::crypto
