#pragma once
// Certificates as people hand them over.

#include "base/result.hpp"

#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// The certificates of a text in PEM, each as one text that ends with a line feed; what stands
/// between them is dropped. `invalid_argument` if there is none, or one that cannot be read.
Result<std::vector<std::string>> split_certificates(std::string_view text);
/// The same, one after the other in one text.
Result<std::string> normal_certificates(std::string_view text);

}  // namespace bsn::framework::fabric
