#pragma once
// Numbers of 256 bits as texts.

#include "contract/abi/type.hpp"
#include "ledger/ethereum/types.hpp"

namespace bsn::contract::abi {

/// The word of a number of the type (`uint` or `integer`), decimal or 0x-hexadecimal.
Result<ledger::Word> number_from_text(const Type& type, std::string_view text);

/// The number in decimal.
std::string number_text(const Type& type, const ledger::Word& word);

}  // namespace bsn::contract::abi
