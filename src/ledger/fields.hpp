#pragma once
// Fields that several formats share; unknown numbers are noted as the reader's failure.
// `docs/formats.md` 1.

#include "base/codec.hpp"
#include "ledger/header.hpp"

namespace bsn::ledger {

/// A suite's number. An unknown one fails with `wrong_suite`.
SuiteId read_suite(Reader& reader);
/// A hash function's number. An unknown one fails with `unsupported_version`.
HashId read_hash_id(Reader& reader);
/// A kind of state commitment. An unknown one fails with `unsupported_version`.
StateCommitmentType read_state_type(Reader& reader);
/// 0 or 1.
bool read_flag(Reader& reader);
/// Suite number and 33 bytes. Whether they are a point of the curve is not checked.
PublicKey read_public_key(Reader& reader);
Position read_position(Reader& reader);

void write_public_key(Writer& writer, const PublicKey& key);
void write_position(Writer& writer, const Position& position);

/// The number of an enumerator in our formats.
template <typename Enum>
constexpr std::uint8_t number_of(Enum value) {
    return static_cast<std::uint8_t>(value);
}

/// A count as our formats write it; more is a bug of the caller.
std::uint8_t count_u8(std::size_t count);
std::uint16_t count_u16(std::size_t count);
std::uint32_t count_u32(std::size_t count);

}  // namespace bsn::ledger
