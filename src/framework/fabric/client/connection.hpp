#pragma once
// gRPC as peers and orderers of Fabric speak it: TLS, limits, and errors in our words.

#include "base/result.hpp"
#include "framework/fabric/client/endpoint.hpp"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <memory>

namespace bsn::framework::fabric {

/// The largest message that is taken, as with Fabric's own programs.
inline constexpr int k_max_message_bytes = 100 << 20;

/// A connection of its own, made when it is first used and again when it was lost.
std::shared_ptr<grpc::Channel> connect(const Endpoint& endpoint);

/// Ends a call that has not ended by itself by then.
void set_patience(grpc::ClientContext& context, std::chrono::milliseconds patience);
/// Waits while a connection is being made: until it is there; half a second after it failed. A
/// connection is polled by whoever waits, so that without anybody it may never come to be.
void wait_for_connection(grpc::Channel& channel, std::chrono::milliseconds patience);

/// What a call's failure means to us, with who failed.
Error error_of(const grpc::Status& status, const Endpoint& endpoint);

/// The SHA-256 of the client's certificate in DER, as headers carry it when TLS has one; empty
/// otherwise. `invalid_argument` if the certificate is not in PEM.
Result<std::string> tls_certificate_hash(const ClientTls& tls);

}  // namespace bsn::framework::fabric
