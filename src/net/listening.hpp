#pragma once
// Whether this process may listen somewhere, said before somebody else is asked to.

#include "base/result.hpp"

#include <string>

namespace bsn::net {

/// Whether one can listen at `HOST:PORT` (or `[HOST]:PORT`) now: `unavailable` if the port is in
/// use or not allowed, or the address another machine's; `invalid_argument` if it is none.
Status check_can_listen(const std::string& address);

}  // namespace bsn::net
