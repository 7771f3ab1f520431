#pragma once
// Command lines that run a program of others with as little as it needs.

#include "base/result.hpp"
#include "framework/fabric/packages/package_settings.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// A folder or file that a confined program sees.
struct Visible {
    std::filesystem::path outside;
    std::string inside;  ///< absolute: where it stands for the program, if that is isolated
    bool writable = false;
};

/// What a confined program may do.
struct Confinement {
    std::string folder = "/";              ///< where it begins, as the program sees it
    std::vector<Visible> visible;          ///< beside the system's programs
    std::vector<std::string> environment;  ///< NAME=VALUE each; it has no other
    std::uint64_t memory_mb = 512;         ///< of each process (RLIMIT_DATA)
    std::uint64_t processes = 256;         ///< and threads
    std::uint64_t file_mb = 64;            ///< of each file that it writes, its log too
    std::uint64_t cpu_seconds = 0;         ///< of each process; 0: any
    unsigned niceness = 10;
    std::uint32_t user = 0;  ///< if this process is root: the user id that it runs as
};

/// What is used to confine.
class Confiner {
  public:
    /// Looks for the programs; `unavailable` if one is missing that `isolation` asks for, saying
    /// what to install. Finds out by a try whether bubblewrap can be used here.
    static Result<Confiner> find(Isolation isolation);

    /// The whole command line for a program: its file or its name in PATH, then its arguments.
    std::vector<std::string> command(const Confinement& how,
                                     const std::vector<std::string>& words) const;
    /// Where a program sees what it sees.
    std::string place(const Visible& one) const {
        return isolates() ? one.inside : one.outside.string();
    }
    /// Whether programs are in namespaces of their own.
    bool isolates() const { return !bubblewrap_.empty(); }

  private:
    std::string bubblewrap_;  ///< the program's file; empty: it cannot be used
};

/// The file of a program in PATH; `not_found` otherwise.
Result<std::filesystem::path> find_program(std::string_view name);

}  // namespace bsn::framework::fabric
