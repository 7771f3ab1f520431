#pragma once
// What a benchmark ran on: without it a figure says little.

#include "cli/output.hpp"

#include <filesystem>

namespace bsn::cli {

/// The commit that this program was built from, `-dirty` if with changes; made by the build.
const char* built_commit();

/// The machine, and the program as it was built.
struct Machine {
    std::string cpu;  ///< model name
    unsigned cores = 0;
    std::uint64_t memory_bytes = 0;
    std::string system;       ///< distribution
    std::string kernel;       ///< release
    std::string file_system;  ///< type of the one that holds the data, such as `ext4`
    std::string disk;         ///< its device
    std::string version;      ///< of bsn
    std::string commit;       ///< that it was built from
    std::string compiler;

    /// This machine; the data are in `folder`.
    static Machine here(const std::filesystem::path& folder);
    Json to_json() const;
    /// In one line.
    std::string summary() const;
};

/// The type and device of the file system that holds a path, from the text of
/// /proc/self/mountinfo; empty if it is not there.
std::pair<std::string, std::string> file_system_of(std::string_view mountinfo,
                                                   std::string_view path);

}  // namespace bsn::cli
