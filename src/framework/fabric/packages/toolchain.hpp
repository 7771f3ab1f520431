#pragma once
// How contracts in Go, JavaScript and Java are built and run: the command lines of their tools.

#include "framework/fabric/chaincode/code_package.hpp"
#include "framework/fabric/packages/confinement.hpp"

namespace bsn::framework::fabric {

/// A program with what must be seen of it.
struct Program {
    std::vector<std::string> words;
    std::vector<Visible> visible;
};

struct BuildStep {
    std::string name;  ///< for people
    Program program;
    std::vector<std::string> environment;
};

/// As the build sees them: the package is in `build`/src.
struct BuildFolders {
    std::string build;
    std::string cache;
};

/// What makes a package runnable, one after the other, each begun in `build`/src. `unavailable` if
/// a tool is not on this machine, naming it.
Result<std::vector<BuildStep>> build_steps(const CodePackage& package, const BuildFolders& folders);

/// Whether what was built, in this folder, can be run; `contract_failed` with what is missing.
Status check_built(const std::string& language, const std::filesystem::path& folder);

/// What a contract's process is told: where to listen, and as whom. Paths as it sees them.
struct ServedAt {
    std::string address;  ///< host:port
    std::string package_id;
    std::string certificate;
    std::string key;
    std::string client_authority;
};

/// The program of a built package in `folder`, which the process sees at `inside`.
Result<Program> contract_program(const std::string& language, const std::filesystem::path& folder,
                                 const std::string& inside, const ServedAt& at,
                                 std::uint64_t memory_mb);
/// The same for all languages, as Fabric's own libraries and samples read it.
std::vector<std::string> contract_environment(const ServedAt& at, std::uint64_t memory_mb);

}  // namespace bsn::framework::fabric
