#pragma once
// What contracts answer, as JSON: results, events, and why they refused.

#include "contract/abi/text.hpp"

namespace bsn::contract::abi {

/// The result of a function: null if it yields nothing, the value itself if it yields one, else as
/// a tuple.
Result<nlohmann::ordered_json> result_json(const Entry& function, ByteView data);

/// An event that a contract emitted:
/// `{"event":"Transfer","signature":"Transfer(address,address,uint256)","arguments":{…}}`.
/// Of indexed arguments that take more than a word, only the hash is known: 0x and its digits.
Result<nlohmann::ordered_json> event_json(const Entry& event, std::span<const ledger::Word> topics,
                                          ByteView data);
/// The same for the event of the ABI that the topics name; `not_found` if there is none.
Result<nlohmann::ordered_json> event_json(const Abi& abi, std::span<const ledger::Word> topics,
                                          ByteView data,
                                          crypto::HashId hash = crypto::HashId::keccak256);

/// Why a call was reverted.
struct Revert {
    /// `Error`, `Panic` or the name of an error of the ABI; empty if the data tell no more.
    std::string name;
    /// One line for a person.
    std::string message;
    /// The error's arguments, as `to_json` has them, as a JSON text; `[]` if there are none.
    std::string arguments = "[]";
};

/// Reads the data of a revert. Never fails: what is not understood is shown as hexadecimal.
Revert read_revert(const Abi& abi, ByteView data, crypto::HashId hash = crypto::HashId::keccak256);

}  // namespace bsn::contract::abi
