#pragma once
// A call inside a JSON-RPC request, and the bounded parser of requests.

#include "framework/json_rpc.hpp"

namespace bsn::framework::rpc {

/// One call as it was received. What is not a call (no version, a broken id) has `valid` false.
struct CallMessage {
    std::string id = "null";  ///< as it is answered: the JSON text that was sent
    bool has_id = false;      ///< none: nobody waits for the answer
    bool valid = false;
    std::string method;
    Json params;  ///< discarded where there were none
};

/// A request as it was received.
struct RequestMessage {
    bool batch = false;
    std::vector<CallMessage> calls;  ///< exactly one if it is no batch
};

/// Reads a request; `invalid_argument` if it is not JSON, or nested too deeply.
Result<RequestMessage> parse_request(std::string_view text, int max_depth);

}  // namespace bsn::framework::rpc
