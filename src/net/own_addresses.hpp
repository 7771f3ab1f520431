#pragma once
// Which addresses this machine has.

#include "net/ip_address.hpp"

#include <vector>

namespace bsn::net {

/// The addresses of this machine's interfaces, as of now.
std::vector<IpAddress> own_addresses();

}  // namespace bsn::net
