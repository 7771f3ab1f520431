#pragma once
// CRC-32C (Castagnoli), the checksum of log records. It finds accidents, not forgeries.

#include "base/bytes.hpp"

#include <cstdint>

namespace bsn::store {

/// The checksum of `bytes`, or, given the checksum of what stands before them, of both together.
std::uint32_t crc32c(ByteView bytes, std::uint32_t before = 0);

/// The same in portable code, for processors without an instruction for it. Public for its test.
std::uint32_t crc32c_portable(ByteView bytes, std::uint32_t before = 0);

}  // namespace bsn::store
