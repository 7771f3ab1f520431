#pragma once
// Packages of contracts' code for apps of framework fabric: made of folders, and handed in.

#include "cli/context.hpp"
#include "registry/packaged_code.hpp"

#include <filesystem>

namespace bsn::cli {

struct Package {
    Bytes bytes;
    registry::PackagedCode code;
};

/// A folder with source is packed, a file is read; either is checked as a city node will.
Result<Package> read_package(const std::filesystem::path& path);
/// Hands it in to a city node, from which the others get it.
Status hand_in(NodeClient& api, const Package& package);

}  // namespace bsn::cli
