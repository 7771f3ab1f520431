#pragma once
// A certificate as one HTML file: no script, nothing loaded, to be printed or read.

#include "base/result.hpp"
#include "cli/certificate/document.hpp"

namespace bsn::cli::certificate {

/// The same bytes for the same document.
Result<std::string> to_html(const Document& document);

/// A text within HTML, in content or in a quoted attribute.
std::string html_escaped(std::string_view text);

}  // namespace bsn::cli::certificate
