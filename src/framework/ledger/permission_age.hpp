#pragma once
// Whether what this node knows of the permission chain is current enough to let anybody write.

#include "base/result.hpp"
#include "registry/view.hpp"

#include <functional>

namespace bsn::framework {

/// `unavailable` if the node has last taken up a height of the order longer ago than `max_age_ms`
/// (0: any age will do). By the node's own monotonic clock, in milliseconds: a wrong wall clock
/// says nothing of its permissions.
Status check_permission_age(const registry::Seen& seen, std::uint64_t monotonic_now,
                            std::uint64_t max_age_ms);

}  // namespace bsn::framework
