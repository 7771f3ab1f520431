#pragma once
// What the fuzz targets share: laws whose breach ends the run as a finding, and reading the input
// as a sequence of choices.

#include "base/bytes.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace bsn::fuzz {

/// Ends the run, as a finding, unless the law holds.
inline void law(bool holds, std::string_view what) {
    if (holds) return;
    std::fprintf(stderr, "broken law: %.*s\n", static_cast<int>(what.size()), what.data());
    std::abort();
}

/// A refusal of outside bytes blames the bytes, and says why.
inline void check_refusal(const Error& error) {
    law(!error.message.empty(), "a refusal says why");
    law(error.code != Code::internal, "malformed input is no bug of ours");
}

/// What every binary format promises: what is accepted is canonical, reads the same again, and is
/// refused with a byte missing or one too many.
template <typename Decode, typename Encode>
auto check_format(ByteView bytes, Decode decode, Encode encode) {
    auto value = decode(bytes);
    if (!value) {
        check_refusal(value.error());
        return std::optional<std::decay_t<decltype(*value)>>{};
    }
    const Bytes encoded = encode(*value);
    law(equal(encoded, bytes), "what is accepted encodes to the same bytes");
    auto again = decode(ByteView(encoded));
    law(again.ok() && equal(encode(*again), bytes), "an encoding reads as what was encoded");
    Bytes other(bytes.begin(), bytes.end());
    other.push_back(0);
    law(!decode(ByteView(other)).ok(), "a byte behind the end is refused");
    law(!decode(bytes.first(bytes.size() - 1)).ok(), "a missing byte is refused");
    return std::optional<std::decay_t<decltype(*value)>>(std::move(*value));
}

/// The same, of a type with the usual members.
template <typename Value>
std::optional<Value> check_format(ByteView bytes) {
    auto value = check_format(
        bytes, [](ByteView view) { return Value::decode(view); },
        [](const Value& decoded) { return decoded.encode(); });
    if (value) law(*Value::decode(value->encode()) == *value, "decode(encode(x)) == x");
    return value;
}

/// The input as a sequence of choices; at its end all of them are zero or empty.
class Choices {
  public:
    explicit Choices(ByteView bytes) : rest_(bytes) {}

    bool done() const { return rest_.empty(); }
    std::uint8_t u8() {
        if (rest_.empty()) return 0;
        const std::uint8_t value = rest_.front();
        rest_ = rest_.subspan(1);
        return value;
    }
    std::uint16_t u16() {
        const unsigned high = u8();
        return static_cast<std::uint16_t>(high << 8 | u8());
    }
    /// A number below `bound`, or 0.
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : u16() % bound; }
    /// The next bytes, at most so many.
    ByteView take(std::size_t most) {
        const ByteView taken = rest_.first(std::min(most, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    /// The text up to the next line end.
    std::string line() {
        const std::string_view text = as_text(rest_);
        const std::size_t end = text.find('\n');
        const std::string taken(text.substr(0, end));
        rest_ = end == std::string_view::npos ? ByteView{} : rest_.subspan(end + 1);
        return taken;
    }
    ByteView rest() const { return rest_; }

  private:
    ByteView rest_;
};

/// The content of a file below tests/.
inline std::string read_test_file(const std::string& name) {
    std::ifstream file(std::string(BSN_TESTS_DIR "/") + name, std::ios::binary);
    law(file.good(), "the files of tests/ are there");
    return {std::istreambuf_iterator<char>(file), {}};
}

/// What a target does with one input; `main.cpp` hands it over.
void run(ByteView input);

}  // namespace bsn::fuzz
