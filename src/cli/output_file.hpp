#pragma once
// Files that a command writes because it was told to.

#include "base/result.hpp"

#include <filesystem>

namespace bsn::cli {

/// `already_exists` if something of that name is there: it may be what the user means to keep.
Status check_is_new(const std::filesystem::path& file);

}  // namespace bsn::cli
