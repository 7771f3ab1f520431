#pragma once
// Solidity sources to contract packages, by the npm package solc.

#include "contract/abi/package.hpp"

#include <filesystem>

namespace bsn::cli {

struct CompilerSettings {
    /// The compiler's version or the beginning of one; empty: the newest that the source allows.
    std::string version;
    bool optimize = false;
    std::uint32_t runs = 200;
    /// The EVM's version, as the compiler calls it; empty: the compiler's default.
    std::string evm_version;
};

struct Compilation {
    /// The contracts of the file itself that can be created, in the order of their names.
    std::vector<contract::abi::Package> contracts;
    /// What the compiler warns of, as it wrote it.
    std::vector<std::string> warnings;
};

/// Compiles a file, with what it imports from its folder and from npm packages beside or above it.
/// Errors of the source are the compiler's, `invalid_argument`; `unavailable` says what to install.
Result<Compilation> compile_solidity(const std::filesystem::path& file,
                                     const CompilerSettings& settings);

/// The contract of a name; without one the contract that is called as the file, or the only one.
Result<contract::abi::Package> choose_contract(const Compilation& compilation,
                                               const std::filesystem::path& file,
                                               std::string_view name);

/// The program that node runs: contracts/solc.mjs, in its text.
extern const char* const k_solc_driver;

}  // namespace bsn::cli
