#pragma once
// Reads the kernel's files, whose sizes are not known before.

#include <fstream>
#include <iterator>
#include <string>

namespace bsn::cli {

/// The text of a file; empty if it cannot be read.
inline std::string content_of(const std::string& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace bsn::cli
