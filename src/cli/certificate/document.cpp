#include "cli/certificate/document.hpp"

#include "base/bytes.hpp"

#include <fmt/format.h>

namespace bsn::cli::certificate {
namespace {

/// The length of the UTF-8 character at the front; 0 if there is none.
std::size_t character_at(std::string_view text) {
    for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
        if (is_utf8(text.substr(0, length))) return length;
    }
    return 0;
}

std::uint32_t code_point(std::string_view character) {
    auto first = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return first;
    std::uint32_t value = first & (0x7FU >> character.size());
    for (char c : character.substr(1)) value = value << 6 | (static_cast<unsigned char>(c) & 0x3FU);
    return value;
}

/// Characters that say nothing and change how others look: controls, direction marks, joiners,
/// fillers, variation selectors, tags, private use.
bool is_deceptive(std::uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x34F || c == 0x61C ||
           (c >= 0x115F && c <= 0x1160) || (c >= 0x180B && c <= 0x180F) ||
           (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0x3164 || (c >= 0xE000 && c <= 0xF8FF) ||
           (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || c == 0xFFA0 ||
           (c >= 0xFFF0 && c <= 0xFFFB) || (c & 0xFFFEU) == 0xFFFE || c >= 0xE0000;
}

void append_item(std::string& text, const Item& item) {
    switch (item.kind) {
        case ItemKind::field: text += fmt::format("  {}: {}\n", item.name, item.value); break;
        case ItemKind::paragraph: text += fmt::format("{}\n\n", item.value); break;
        case ItemKind::step: text += fmt::format("  ✓ {}\n    {}\n", item.name, item.value); break;
        case ItemKind::command: text += fmt::format("  $ {}\n\n", item.value); break;
    }
}

}  // namespace

std::string shown(std::string_view text, std::size_t limit) {
    std::string result;
    for (std::size_t count = 0; !text.empty(); ++count) {
        if (count == limit) return result + "…";
        std::size_t length = character_at(text);
        if (length == 0) {
            result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
            text.remove_prefix(1);
            continue;
        }
        std::uint32_t c = code_point(text.substr(0, length));
        if (is_deceptive(c)) {
            result += fmt::format("\\u{{{:x}}}", c);
        } else {
            result += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return result;
}

std::string to_text(const Document& document) {
    std::string text;
    for (const Page& page : document.pages) {
        if (!text.empty()) text += "\n\n";
        text += fmt::format("{}\n\n{}\n", page.title, page.summary);
        for (const Section& section : page.sections) {
            text += fmt::format("\n{}\n\n", section.heading);
            for (const Item& item : section.items) append_item(text, item);
        }
        text += fmt::format("\n{}\n  {}\n", page.qr_caption, document.receipt_digest);
    }
    return text;
}

}  // namespace bsn::cli::certificate
