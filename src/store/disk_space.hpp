#pragma once
// How full a disk may be for databases to take writes.

#include <cstdint>

namespace bsn::store {

/// The space that must stay free on a disk of a capacity, in bytes: what the databases need to
/// recover and to compact.
std::uint64_t reserved_space(std::uint64_t capacity);

}  // namespace bsn::store
