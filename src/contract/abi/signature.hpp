#pragma once
// Signatures as people write them: `transfer(address,uint256)`, or with all that Solidity has,
// `function balanceOf(address owner) external view returns (uint256)`.

#include "contract/abi/type.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bsn::contract::abi {

enum class EntryKind : std::uint8_t { function, event, error, constructor, fallback, receive };

enum class Mutability : std::uint8_t { pure, view, nonpayable, payable };

/// Something that an ABI describes.
struct Entry {
    EntryKind kind = EntryKind::function;
    std::string name;
    std::vector<Parameter> inputs;
    std::vector<Parameter> outputs;
    Mutability mutability = Mutability::nonpayable;
    /// Of an event: its first topic is not its signature's hash.
    bool anonymous = false;

    /// True if a call changes nothing.
    bool reads() const { return mutability <= Mutability::view; }
    /// `transfer(address,uint256)`.
    std::string signature() const { return name + canonical_names(inputs); }

    bool operator==(const Entry&) const = default;
};

/// The longest signature that is read.
inline constexpr std::size_t k_max_signature = 8192;

/// Without a word in front it is a function's.
Result<Entry> parse_signature(std::string_view text);

/// A list in brackets: `(address to, (uint256 a, bool)[] pairs)`.
Result<std::vector<Parameter>> parse_parameters(std::string_view text);

/// True if the text can be the name of something in Solidity.
bool is_identifier(std::string_view text);

}  // namespace bsn::contract::abi
