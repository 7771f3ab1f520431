#pragma once
// What a city node's operator lets packages of publishers do on the node.

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// How far programs of packages are kept away from the node.
enum class Isolation : std::uint8_t {
    required = 1,     ///< in namespaces of their own (bubblewrap); without that program, not at all
    if_possible = 2,  ///< the same; without that program as any program of the node's user
};

struct PackageSettings {
    /// Of `registry::k_package_languages`; none: this node runs no packages.
    std::vector<std::string> languages = {};
    Isolation isolation = Isolation::required;
    std::uint64_t memory_mb = 512;         ///< of a contract's process
    std::uint64_t build_memory_mb = 4096;  ///< of each process of a build
    std::uint64_t build_seconds = 600;
    std::uint64_t build_disk_mb = 2048;
    /// What builds download and compile is kept here for the next ones; empty: nothing is.
    std::filesystem::path cache = {};

    /// `forbidden`, naming the option, unless packages in this language may run here.
    Status check_language(const std::string& language) const;
};

}  // namespace bsn::framework::fabric
