#include "store/disk_space.hpp"

#include <algorithm>

namespace bsn::store {
namespace {

constexpr std::uint64_t k_reserved_bytes = 64U << 20;
constexpr std::uint64_t k_reserved_part = 16;  // of small disks

}  // namespace

std::uint64_t reserved_space(std::uint64_t capacity) {
    return std::min(k_reserved_bytes, capacity / k_reserved_part);
}

}  // namespace bsn::store
