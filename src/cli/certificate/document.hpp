#pragma once
// A certificate as a document: what its text, HTML and PDF forms have in common.

#include "ledger/types.hpp"

#include <string>
#include <vector>

namespace bsn::cli::certificate {

/// What a reader sees of a line.
enum class ItemKind {
    field,      ///< a name, and a value beside it
    paragraph,  ///< a sentence or more
    step,       ///< what was checked: claim, and figures
    command,    ///< to be typed into a shell
};

/// One line. All texts are fit to be shown: UTF-8 without control or direction characters.
struct Item {
    ItemKind kind = ItemKind::paragraph;
    std::string name;   ///< of a field, or the claim of a step
    std::string value;  ///< all else
};

struct Section {
    std::string heading;
    std::vector<Item> items;
};

/// The certificate in one language.
struct Page {
    std::string language;  ///< `en` or `zh-CN`
    std::string title;
    std::string summary;
    std::vector<Section> sections;
    std::string qr_caption;
};

struct Document {
    std::vector<Page> pages;
    /// What the QR code holds: the SHA-256 of the receipt file, 64 hexadecimal digits.
    std::string receipt_digest;
    UnixMillis time = 0;  ///< of the deposit's block; also the PDF's date
};

/// A text from outside as it may stand in a document: bytes that are no UTF-8 become `\xNN`;
/// control characters, and those that hide or turn the direction of text, `\u{NNNN}`. More than
/// `limit` characters are cut, with an ellipsis.
std::string shown(std::string_view text, std::size_t limit = 400);

/// The document as plain text.
std::string to_text(const Document& document);

}  // namespace bsn::cli::certificate
