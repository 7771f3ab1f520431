#pragma once
// The types of Solidity's contract ABI: read from their names, with bounds on what outsiders write.

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bsn::contract::abi {

enum class Kind : std::uint8_t {
    uint,         ///< number of `size` bits, 8 to 256
    integer,      ///< signed number of `size` bits
    address,      ///< 20 bytes
    boolean,      ///< true or false
    fixed_bytes,  ///< `size` bytes, 1 to 32; `function` is 24 of them
    bytes,        ///< any number of bytes
    string,       ///< text
    array,        ///< `size` of `members[0]`, or any number if `size` is 0
    tuple,        ///< one of each of `members`
};

struct Type;

/// A type with the name that an ABI gives it; the name may be empty.
struct Parameter;

struct Type {
    Kind kind = Kind::uint;
    /// Bits of a number, bytes of fixed bytes, length of an array; else 0.
    std::uint32_t size = 0;
    /// The element of an array, what a tuple consists of.
    std::vector<Parameter> members;

    const Type& element() const;
    bool operator==(const Type&) const = default;
};

struct Parameter {
    std::string name;
    Type type;
    /// Of an event: stands in a topic.
    bool indexed = false;

    bool operator==(const Parameter&) const = default;
};

/// How deep arrays and tuples may nest.
inline constexpr std::size_t k_max_depth = 16;
/// How many types a list of parameters may hold, nested ones counted.
inline constexpr std::size_t k_max_types = 1024;
/// How many bytes the fixed part of a value may take.
inline constexpr std::size_t k_max_head = std::size_t{1} << 20;

/// The type of a name such as `uint256`, `uint` or `bytes32[2][]`. The components of `tuple` are
/// given beside it, as in JSON; tuples may also be spelled, `(uint256,bool)[]`.
Result<Type> parse_type(std::string_view name, std::vector<Parameter> components = {});

/// The name that counts in signatures: `uint256`, `(address,bytes)[3]`.
std::string canonical_name(const Type& type);
/// `(address,uint256)`: the canonical names of the types, in brackets.
std::string canonical_names(const std::vector<Parameter>& parameters);

/// True if values differ in size, so that an offset stands in their place.
bool is_dynamic(const Type& type);
/// Bytes that a value takes in its place: its own, or the 32 of an offset.
std::size_t head_size(const Type& type);
std::size_t head_size(const std::vector<Parameter>& parameters);

/// Refuses types beyond the bounds above.
Status check_bounds(const std::vector<Parameter>& parameters);

}  // namespace bsn::contract::abi
