#include "contract/json.hpp"

#include "base/bytes.hpp"
#include "contract/contract.hpp"

#include <fmt/format.h>

namespace bsn::contract::json {
namespace {

constexpr std::string_view k_replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view k_hex_digits = "0123456789abcdef";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

void append_utf8(std::string& out, std::uint32_t point) {
    auto add = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (point < 0x80) {
        add(point);
    } else if (point < 0x800) {
        add(0xC0 | point >> 6);
        add(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        add(0xE0 | point >> 12);
        add(0x80 | (point >> 6 & 0x3F));
        add(0x80 | (point & 0x3F));
    } else {
        add(0xF0 | point >> 18);
        add(0x80 | (point >> 12 & 0x3F));
        add(0x80 | (point >> 6 & 0x3F));
        add(0x80 | (point & 0x3F));
    }
}

/// How many bytes the character at the front takes; 0 if it is malformed.
std::size_t character_size(std::string_view text) {
    auto lead = static_cast<std::uint8_t>(text.front());
    std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return text.size() >= size && is_utf8(text.substr(0, size)) ? size : 0;
}

/// A byte as Go's error messages quote it: it is taken for the code point of that number.
std::string quoted(char c) {
    auto byte = static_cast<std::uint8_t>(c);
    switch (c) {
        case '\'': return R"('\'')";
        case '\\': return R"('\\')";
        case '\a': return R"('\a')";
        case '\b': return R"('\b')";
        case '\f': return R"('\f')";
        case '\n': return R"('\n')";
        case '\r': return R"('\r')";
        case '\t': return R"('\t')";
        case '\v': return R"('\v')";
        default: break;
    }
    if (byte < 0x20 || byte == 0x7F) return fmt::format(R"('\x{:02x}')", byte);
    if ((byte >= 0x80 && byte <= 0xA0) || byte == 0xAD) return fmt::format(R"('\u{:04x}')", byte);
    std::string text = "'";
    append_utf8(text, byte);
    return text + "'";
}

/// Reads one JSON text. Keeps its own stack of open containers, so that nesting costs no C++ stack.
///
///     value ──▶ after_value ──`,`──▶ value | key ──▶ colon ──▶ value
///       └─ `{` ▶ key_or_end   └─ `}` `]` ▶ after_value      └─ `[` ▶ value_or_end
class Scanner {
  public:
    Scanner(std::string_view text, const Visitor& visit) : text_(text), visit_(visit) {}

    Status run() {
        for (;;) {
            while (at_ < text_.size() && is_space(text_[at_])) ++at_;
            if (at_ == text_.size() && expect_ == Expect::after_value && open_.empty()) return {};
            BSN_CHECK(step());
        }
    }

  private:
    enum class Expect : std::uint8_t { value, value_or_end, key, key_or_end, colon, after_value };

    static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

    /// The next byte; NUL at the end, which is valid nowhere in JSON.
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    Error invalid(char c, std::string_view where) const {
        return refuse(fmt::format("invalid character {} {}", quoted(c), where));
    }

    /// Something else stands where a space may.
    Error unexpected(std::string_view where) const {
        if (at_ == text_.size()) return refuse("unexpected end of JSON input");
        return invalid(text_[at_], where);
    }

    /// Something else stands inside a literal, number or escape. Go ends a text by a space.
    Error broken(std::string_view where) const {
        return invalid(at_ == text_.size() ? ' ' : text_[at_], where);
    }

    void visit(Kind kind, std::string_view text) { visit_({kind, open_.size(), text}); }

    Status step() {
        switch (expect_) {
            case Expect::value_or_end:
                if (peek() == ']') return close();
                return value();
            case Expect::value: return value();
            case Expect::key_or_end:
                if (peek() == '}') return close();
                return key();
            case Expect::key: return key();
            case Expect::colon:
                if (peek() != ':') return unexpected("after object key");
                ++at_;
                expect_ = Expect::value;
                return {};
            case Expect::after_value: break;
        }
        return after_value();
    }

    Status after_value() {
        if (open_.empty()) return unexpected("after top-level value");
        bool in_object = open_.back() == '{';
        if (peek() == (in_object ? '}' : ']')) return close();
        if (peek() != ',') {
            return unexpected(in_object ? "after object key:value pair" : "after array element");
        }
        ++at_;
        expect_ = in_object ? Expect::key : Expect::value;
        return {};
    }

    Status value() {
        char c = peek();
        if (c == '{' || c == '[') return open(c);
        expect_ = Expect::after_value;
        switch (c) {
            case '"': return string(Kind::string);
            case 't': return literal("true", Kind::boolean);
            case 'f': return literal("false", Kind::boolean);
            case 'n': return literal("null", Kind::null);
            default: break;
        }
        if (c == '-' || is_digit(c)) return number();
        return unexpected("looking for beginning of value");
    }

    Status open(char bracket) {
        if (open_.size() == k_max_depth) return refuse("exceeded max depth");
        visit(bracket == '{' ? Kind::begin_object : Kind::begin_array, text_.substr(at_, 1));
        open_.push_back(bracket);
        expect_ = bracket == '{' ? Expect::key_or_end : Expect::value_or_end;
        ++at_;
        return {};
    }

    Status close() {
        Kind kind = open_.back() == '{' ? Kind::end_object : Kind::end_array;
        open_.pop_back();
        visit(kind, text_.substr(at_, 1));
        expect_ = Expect::after_value;
        ++at_;
        return {};
    }

    Status key() {
        if (peek() != '"') return unexpected("looking for beginning of object key string");
        expect_ = Expect::colon;
        return string(Kind::key);
    }

    Status string(Kind kind) {
        std::size_t begin = ++at_;
        while (peek() != '"') {
            if (static_cast<std::uint8_t>(peek()) < 0x20) return unexpected("in string literal");
            if (peek() == '\\')
                BSN_CHECK(escape());
            else
                ++at_;
        }
        visit(kind, text_.substr(begin, at_ - begin));
        ++at_;
        return {};
    }

    Status escape() {
        ++at_;
        if (peek() == 'u') {
            ++at_;
            for (int i = 0; i < 4; ++i, ++at_) {
                if (!is_hex_digit(peek())) return broken(R"(in \u hexadecimal character escape)");
            }
            return {};
        }
        if (peek() == '\0' || std::string_view(R"(bfnrt\/")").find(peek()) == std::string::npos) {
            return broken("in string escape code");
        }
        ++at_;
        return {};
    }

    Status literal(std::string_view word, Kind kind) {
        std::size_t begin = at_;
        for (char expected : word) {
            if (peek() != expected) {
                return broken(fmt::format("in literal {} (expecting '{}')", word, expected));
            }
            ++at_;
        }
        visit(kind, text_.substr(begin, at_ - begin));
        return {};
    }

    Status number() {
        std::size_t begin = at_;
        if (peek() == '-') ++at_;
        if (peek() == '0')
            ++at_;  // no digit may follow: the caller finds it out of place
        else
            BSN_CHECK(digits("in numeric literal"));
        if (peek() == '.') {
            ++at_;
            BSN_CHECK(digits("after decimal point in numeric literal"));
        }
        if (peek() == 'e' || peek() == 'E') {
            ++at_;
            if (peek() == '+' || peek() == '-') ++at_;
            BSN_CHECK(digits("in exponent of numeric literal"));
        }
        visit(Kind::number, text_.substr(begin, at_ - begin));
        return {};
    }

    Status digits(std::string_view where) {
        if (!is_digit(peek())) return broken(where);
        while (is_digit(peek())) ++at_;
        return {};
    }

    std::string_view text_;
    const Visitor& visit_;
    std::size_t at_ = 0;
    Expect expect_ = Expect::value;
    std::string open_;  ///< the brackets that are open
};

/// Notes where the elements of the array that a text is begin and end.
class ElementFinder {
  public:
    explicit ElementFinder(std::string_view text) : text_(text) {}

    void take(const Event& event) {
        auto begin = static_cast<std::size_t>(event.text.data() - text_.data());
        std::size_t end = begin + event.text.size();
        if (event.depth == 0) {
            in_array_ = event.kind == Kind::begin_array;
            if (in_array_) found_.emplace();
        } else if (event.depth == 1 && in_array_) {
            take_element(event.kind, begin, end);
        }
    }

    bool in_array() const { return in_array_; }
    std::optional<std::vector<std::string_view>>& found() { return found_; }

  private:
    void take_element(Kind kind, std::size_t begin, std::size_t end) {
        switch (kind) {
            case Kind::begin_object:
            case Kind::begin_array: opened_ = begin; return;
            case Kind::end_object:
            case Kind::end_array: begin = opened_; break;
            case Kind::string:  // with its quotes
                --begin;
                ++end;
                break;
            default: break;
        }
        found_->push_back(text_.substr(begin, end - begin));
    }

    std::string_view text_;
    std::optional<std::vector<std::string_view>> found_;
    bool in_array_ = false;   ///< between its brackets
    std::size_t opened_ = 0;  ///< where the object or array to end began
};

/// The number of `\uXXXX` at the front; none if something else stands there.
std::optional<std::uint32_t> unicode_escape(std::string_view raw) {
    if (raw.size() < 6 || raw.substr(0, 2) != "\\u") return std::nullopt;
    std::uint32_t number = 0;
    for (char c : raw.substr(2, 4)) {
        auto digit = static_cast<std::uint32_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
        number = number << 4 | digit;
    }
    return number;
}

/// Decodes the `\uXXXX`, or the pair of them, at the front; returns how many bytes that took.
std::size_t decode_unicode_escape(std::string& out, std::string_view raw) {
    std::uint32_t first = unicode_escape(raw).value_or(0xFFFD);
    if (first < 0xD800 || first > 0xDFFF) {
        append_utf8(out, first);
        return 6;
    }
    std::uint32_t second = unicode_escape(raw.substr(6)).value_or(0);
    if (first > 0xDBFF || second < 0xDC00 || second > 0xDFFF) {
        out += k_replacement;
        return 6;
    }
    append_utf8(out, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
    return 12;
}

char decode_short_escape(char c) {
    switch (c) {
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        default: return c;
    }
}

void append_ascii(std::string& out, char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    if (c >= 0x20 && c != '<' && c != '>' && c != '&') {
        out += c;
        return;
    }
    out += "\\u00";
    out += k_hex_digits[static_cast<std::uint8_t>(c) >> 4];
    out += k_hex_digits[static_cast<std::uint8_t>(c) & 15];
}

}  // namespace

Status scan(std::string_view text, const Visitor& visit) { return Scanner(text, visit).run(); }

Result<std::optional<std::vector<std::string_view>>> elements(std::string_view text) {
    ElementFinder finder(text);
    auto scanned = scan(text, [&finder](const Event& event) { finder.take(event); });
    if (scanned) return finder.found();
    if (!finder.in_array()) return scanned.error();
    return scanned.error().within(fmt::format("entry {}", finder.found()->size()));
}

std::string decode_string(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    while (!raw.empty()) {
        std::size_t used = 1;
        if (raw.front() == '\\' && raw.size() > 1) {
            if (raw[1] == 'u') {
                used = decode_unicode_escape(out, raw);
            } else {
                out += decode_short_escape(raw[1]);
                used = 2;
            }
        } else if (std::size_t size = character_size(raw); size > 0) {
            out += raw.substr(0, size);
            used = size;
        } else {
            out += k_replacement;
        }
        raw.remove_prefix(std::min(used, raw.size()));
    }
    return out;
}

void append_string(std::string& out, std::string_view text) {
    out.reserve(out.size() + text.size() + 2);
    out += '"';
    while (!text.empty()) {
        std::size_t size = character_size(text);
        std::string_view character = text.substr(0, size);
        if (size == 0) {
            out += "\\ufffd";
        } else if (size == 1) {
            append_ascii(out, text.front());
        } else if (character == "\xE2\x80\xA8") {
            out += "\\u2028";
        } else if (character == "\xE2\x80\xA9") {
            out += "\\u2029";
        } else {
            out += character;
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    out += '"';
}

std::string_view go_name(Kind kind) {
    switch (kind) {
        case Kind::begin_object:
        case Kind::end_object: return "object";
        case Kind::begin_array:
        case Kind::end_array: return "array";
        case Kind::key:
        case Kind::string: return "string";
        case Kind::number: return "number";
        case Kind::boolean: return "bool";
        case Kind::null: return "null";
    }
    return "value";
}

}  // namespace bsn::contract::json
