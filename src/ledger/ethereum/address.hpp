#pragma once
// Addresses of accounts and contracts. The hash is Keccak-256, and SM3 on chains of 国密 suites.

#include "ledger/ethereum/types.hpp"
#include "ledger/types.hpp"

#include <string>
#include <string_view>

namespace bsn::ledger::ethereum {

/// The account of a key: the last 20 bytes of the hash of both coordinates, by the hash of the
/// key's suite. `invalid_argument` if the key is no point of its curve.
Result<Address> address_of(const PublicKey& key);

/// The address of a contract that an account creates (CREATE).
Address created_address(HashId hash, const Address& creator, std::uint64_t nonce);
/// The address of a contract that a contract creates by salt and code (CREATE2, EIP-1014).
Address created_address(HashId hash, const Address& creator, const Word& salt, ByteView init_code);

/// `0x` and 40 digits, of which the capitals are a checksum (EIP-55).
std::string to_checksum_text(const Address& address);
/// An address of its text, with or without `0x`. Where capitals and small letters are mixed, the
/// checksum must hold.
Result<Address> address_from_text(std::string_view text);

}  // namespace bsn::ledger::ethereum
