#pragma once
#include <string_view>

namespace bsn::gateway {

/// The API as an OpenAPI 3.0 document (JSON).
std::string_view openapi_document();

}  // namespace bsn::gateway
