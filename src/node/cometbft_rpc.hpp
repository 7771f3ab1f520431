#pragma once
// Questions to a CometBFT, over its JSON-RPC.

#include "net/http_client.hpp"

#include <nlohmann/json.hpp>

namespace bsn::node {

/// What a method answers; null if there is no answer, or an error. Waits for five seconds at most.
nlohmann::json call_cometbft(net::HttpConnection& rpc, const char* method,
                             const nlohmann::json& parameters);

/// Whether a CometBFT has all blocks that its neighbours have, as far as it knows; false if it does
/// not answer.
bool cometbft_is_level(net::HttpConnection& rpc);

}  // namespace bsn::node
