#pragma once
// Connections that were used once and then say nothing: what they cost a node's process.

#include "net/http_client.hpp"

#include <functional>
#include <sys/types.h>

namespace bsn::cli {

struct IdleConnections {
    std::size_t count = 0;
    std::uint64_t rss_bytes_added = 0;  ///< of the process, by all of them together
};

/// Opens so many connections to a node, has each answer once, and keeps them; then looks at the
/// memory of the process `pid`, and has each answer once more. An error if one does not. `progress`
/// (may be null) is told how many more are open. `unavailable` if this process may not open as many
/// files.
Result<IdleConnections> hold_idle_connections(const net::Endpoint& node, pid_t pid,
                                              std::size_t count,
                                              const std::function<void(std::size_t)>& progress);

}  // namespace bsn::cli
