#pragma once
// Requests and answers of gateways as the messages of `proto/gateway.proto`. Inside the module.

#include "gateway/message.hpp"

#include <gateway.pb.h>

namespace bsn::node {

inline constexpr std::size_t k_piece_bytes = 1U << 20;
/// Of one message: a piece and the header.
inline constexpr int k_max_piece_message = 2 << 20;

/// All but the body.
::bsn::gateway::v1::RequestHead head_of(const gateway::Request& request);
gateway::Request from_head(const ::bsn::gateway::v1::RequestHead& head);

/// All but the body.
::bsn::gateway::v1::AnswerHead head_of(const gateway::Response& response);
/// The answer keeps the head.
gateway::Response from_head(std::shared_ptr<const ::bsn::gateway::v1::AnswerHead> head);

}  // namespace bsn::node
