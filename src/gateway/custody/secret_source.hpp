#pragma once
// Secrets that the operator puts into a file or the environment.

#include "base/bytes.hpp"

#include <filesystem>
#include <string>

namespace bsn::gateway {

/// The first line of a file that only its owner may read. The caller wipes it. `forbidden`, with
/// the `chmod` that mends it, if others may.
Result<std::string> secret_of_file(const std::filesystem::path& file);
/// The value of a variable, which is overwritten and removed. The caller wipes it. Before other
/// threads look at the environment.
Result<std::string> secret_of_environment(const std::string& name);

}  // namespace bsn::gateway
