#pragma once
// How the JSON-RPC of dialects is served, and its limits.

#include <cstddef>
#include <string>
#include <vector>

namespace bsn::gateway {

/// How the JSON-RPC of dialects is served.
struct RpcOptions {
    /// Web pages that may call, such as `https://wallet.example`; `*`: all. Others are refused.
    std::vector<std::string> origins;
    std::size_t max_calls = 1024;       ///< HTTP requests being answered at once; beyond: 429
    std::size_t max_connections = 256;  ///< WebSockets open at once
    std::size_t max_message_bytes = 5U << 20;
    /// What waits to be taken by the client of a WebSocket; beyond: it is closed.
    std::size_t max_waiting_bytes = 32U << 20;
};

}  // namespace bsn::gateway
