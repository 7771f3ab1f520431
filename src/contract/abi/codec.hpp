#pragma once
// The binary encoding of the contract ABI: heads of 32-byte words, tails behind offsets.

#include "contract/abi/type.hpp"
#include "contract/abi/value.hpp"

namespace bsn::contract::abi {

/// The encoding of a list of values, as arguments, results and data of events have it. A value
/// that does not suit its type is a bug and throws.
Bytes encode(const std::vector<Parameter>& parameters, const Values& values);

/// The values of an encoding. `invalid_argument` if it is too short, if an offset or length points
/// beyond it, or if a value is outside its type (a bool of 2, an address of 21 bytes). Bytes that
/// nothing refers to are passed over, as contracts do. No byte is read for two values, so that the
/// work is bounded by the size of the data, however its offsets point.
Result<Values> decode(const std::vector<Parameter>& parameters, ByteView data);

/// True if the word is a value of the elementary type.
bool suits(const Type& type, const ledger::Word& word);

}  // namespace bsn::contract::abi
