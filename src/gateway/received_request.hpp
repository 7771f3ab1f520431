#pragma once
// Inside of the server: from what Beast read to what handlers see.

#include "gateway/http_server.hpp"
#include "gateway/message.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/vector_body.hpp>

namespace bsn::gateway {

using Parser = boost::beast::http::request_parser<boost::beast::http::vector_body<std::uint8_t>>;

/// A request without what the router fills in. Takes the body.
Request request_from(Parser::value_type& message);
/// The refusal of a request that could not be read, if its sender can be told.
std::optional<Response> refusal_of(const boost::system::error_code& error,
                                   const HttpServerOptions& options);

}  // namespace bsn::gateway
