#pragma once
// A certificate as a PDF of A4 pages with its fonts inside.

#include "base/result.hpp"
#include "cli/certificate/document.hpp"

namespace bsn::cli::certificate {

/// The same bytes for the same document, fonts and libraries. `unavailable` if no font on this
/// machine has the characters of the document's own sentences; it names the package to install.
/// Characters of names from outside that no font has are drawn as boxes with their numbers.
Result<Bytes> to_pdf(const Document& document);

}  // namespace bsn::cli::certificate
