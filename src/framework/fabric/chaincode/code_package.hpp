#pragma once
// Packages with a contract's code, as Fabric's own tools make them: a .tar.gz of `metadata.json`
// and `code.tar.gz`, whose files lie under `src/`.

#include "framework/fabric/chaincode/archive.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// As uploads are: what a node's HTTP API takes in one piece.
inline constexpr std::size_t k_max_package_bytes = 15U << 20;

struct CodePackage {
    std::string language;  ///< `golang`, `node` or `java`
    std::string label;     ///< as a peer wants it: letters, digits and `_.+-`
    std::string path;      ///< golang: what is built, as an import path; others: empty
    /// What stands under `src/`, by name.
    std::vector<ArchiveFile> files;
};

/// Reads one, and checks that it can be built at all: `invalid_argument` or `too_large` with what
/// is wrong. A package of type `ccaas` holds no code, and is refused.
Result<CodePackage> read_code_package(ByteView package);

/// The package's bytes: the same for the same content.
Bytes write_code_package(const CodePackage& package);

/// Reads a folder with a contract's source: Go with `go.mod`, JavaScript or TypeScript that is
/// compiled with `package.json`, Java with `pom.xml` or one ready .jar. Left out are `.git` and,
/// where `package-lock.json` says what to install, `node_modules`. Links are refused, but for those
/// in `node_modules/.bin`, which are left out.
Result<CodePackage> read_code_folder(const std::filesystem::path& folder);

}  // namespace bsn::framework::fabric
