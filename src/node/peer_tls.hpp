#pragma once
// How city nodes prove to one another who they are: mutual TLS with certificates of the network's
// authority. Inside the module.

#include "ledger/types.hpp"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

namespace bsn::node {

inline constexpr int k_peer_keepalive_ms = 5'000;

/// PEM texts.
struct PeerTls {
    std::string authority;    ///< the network's
    std::string certificate;  ///< this node's
    std::string key;          ///< of that certificate
};

/// Of a server that lets in only who shows a certificate of the network's authority.
std::shared_ptr<grpc::ServerCredentials> peer_server_credentials(const PeerTls& tls);
/// The way to another node's server (host:port); it connects once it is used. No message is
/// larger than `max_message_bytes`.
std::shared_ptr<grpc::Channel> connect_to_peer(const PeerTls& tls, const std::string& address,
                                               int max_message_bytes);
/// Whose certificate the other end has shown; the TLS library has checked that the network's
/// authority vouches for it.
Result<ledger::NodeId> node_of(const grpc::AuthContext& context);
/// Whether a call that stands has reached the node that it was meant for.
Status check_reached(const grpc::ClientContext& context, const ledger::NodeId& expected,
                     const std::string& address);

}  // namespace bsn::node
