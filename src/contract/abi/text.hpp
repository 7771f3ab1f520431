#pragma once
// Values from texts, as a command line or a JSON request gives them, and as JSON.

#include "contract/abi/abi.hpp"

#include <nlohmann/json_fwd.hpp>

namespace bsn::contract::abi {

/// The value that a text stands for:
/// - numbers: decimal or 0x-hexadecimal, with a sign where the type has one
/// - address: 0x and 40 digits; if they are of both cases, their case must be right (EIP-55)
/// - bool: `true` or `false`; bytes: 0x and pairs of digits; string: the text itself
/// - arrays and tuples: JSON, `[1,2]`, where a tuple may also be an object by the names of its
///   components; numbers in it may stand in quotes, all else does
Result<Value> value_from_text(const Type& type, std::string_view text);

/// The value that a JSON text stands for: as above, strings in quotes as well.
Result<Value> value_from_json(const Type& type, std::string_view json);

/// All arguments of a call or constructor. A refusal names function, argument and type.
Result<Values> arguments_from_texts(const Entry& function, std::span<const std::string> texts);
/// The same, from a JSON array, or from an object by the names of the arguments.
Result<Values> arguments_from_json(const Entry& function, std::string_view json);

/// A value as JSON: numbers as decimal strings, whatever their size, so that no reader rounds them;
/// addresses as EIP-55 has them, bytes as 0x-hexadecimal, malformed UTF-8 as U+FFFD. A tuple whose
/// components all have names is an object, else an array.
nlohmann::ordered_json to_json(const Type& type, const Value& value);
/// The values of a list of parameters, as a tuple.
nlohmann::ordered_json to_json(const std::vector<Parameter>& parameters, const Values& values);

/// 0x and 40 digits, their case as EIP-55 says.
std::string address_text(const ledger::Address& address);
Result<ledger::Address> address_from_text(std::string_view text);

}  // namespace bsn::contract::abi
