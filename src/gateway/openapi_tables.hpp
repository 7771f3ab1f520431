#pragma once
// What of the OpenAPI document is made of tables, and not kept by hand.

#include "gateway/json.hpp"

namespace bsn::gateway {

/// Adds the calls of the published protocol, with what they take and answer.
void describe_published(Json& document);
/// Adds the headers that requests and answers of all calls may have, and that each may be refused.
void describe_what_calls_share(Json& document);

}  // namespace bsn::gateway
