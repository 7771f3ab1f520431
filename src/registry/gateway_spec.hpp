#pragma once
// How gateways serve an app, as its publisher says it: member `gateway` of the app's JSON. Inside
// the module.

#include "registry/json_object.hpp"
#include "registry/view.hpp"

namespace bsn::registry {

/// Reads member `gateway`; what is left out is by default. Errors are `contract_failed`.
Result<GatewaySettings> gateway_from(const Json& json);

}  // namespace bsn::registry
