#include "framework/ledger/permission_age.hpp"

#include <fmt/format.h>

namespace bsn::framework {

Status check_permission_age(const registry::Seen& seen, std::uint64_t monotonic_now,
                            std::uint64_t max_age_ms) {
    if (max_age_ms == 0 || monotonic_now <= seen.monotonic) return {};
    const std::uint64_t age = monotonic_now - seen.monotonic;
    if (age <= max_age_ms) return {};
    return Error{
        Code::unavailable,
        fmt::format("this node has seen nothing of the permission chain for {} s and takes "
                    "no writes until it does; send them to another node of the app",
                    age / 1000)};
}

}  // namespace bsn::framework
