#pragma once
// How full a disk may be for databases to take writes.

#include <cstdint>

namespace bsn::store {

/// The space that must stay free on a disk of a capacity, in bytes. A full disk met in the middle
/// of the write-ahead log would cost a restart; writes refused before that cost nothing.
std::uint64_t reserved_space(std::uint64_t capacity);

}  // namespace bsn::store
