#pragma once
// Contract packages: a compiled Solidity contract as one JSON file, which is what is published.

#include "contract/abi/abi.hpp"

#include <map>

namespace bsn::contract::abi {

/// The largest package that is read, in bytes.
inline constexpr std::size_t k_max_package = std::size_t{16} << 20;
/// The largest code that creates a contract, in bytes; chains may allow less.
inline constexpr std::size_t k_max_creation_code = std::size_t{4} << 20;

struct Package {
    std::string name;
    /// The compiler's own version; empty if the package was not made from a source.
    std::string compiler;
    /// Its settings, as JSON; empty if unknown.
    std::string settings;
    Abi abi;
    /// As the compiler wrote it.
    std::string abi_json;
    /// What creates the contract, without arguments of the constructor; never empty.
    Bytes creation_code;
    /// What then lies at its address; empty if unknown.
    Bytes deployed_code;
    /// SHA-256 of all sources, in hexadecimal, by their names.
    std::map<std::string, std::string> sources;
    /// The compiler's metadata, as it wrote them; empty if unknown.
    std::string metadata;

    /// A package of an ABI and code, checked. Code is hexadecimal, 0x before it or not; code that
    /// wants the addresses of libraries is refused.
    static Result<Package> of(std::string name, std::string_view abi_json,
                              std::string_view creation_code);
    /// Reads the JSON of a package.
    static Result<Package> parse(std::string_view json);
    std::string to_json() const;

    /// The data of the transaction that creates the contract.
    Bytes creation(const Values& arguments) const;
    /// Whether the code can be called where selectors are of this hash: compilers put them into the
    /// code, so that one for Keccak-256 makes nothing for chains of SM3, and the other way round.
    bool suits_selectors_of(crypto::HashId hash) const;
};

}  // namespace bsn::contract::abi
