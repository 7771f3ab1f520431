#include "node/peer_tls.hpp"

#include "crypto/certificate_authority.hpp"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

namespace bsn::node {
namespace {

constexpr int k_max_backoff_ms = 2'000;
/// A name that all nodes' certificates hold: who the other node is, its key says.
constexpr const char* k_any_node = "localhost";

}  // namespace

std::shared_ptr<grpc::ServerCredentials> peer_server_credentials(const PeerTls& tls) {
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = tls.authority;
    options.pem_key_cert_pairs.push_back({tls.key, tls.certificate});
    return grpc::SslServerCredentials(options);
}

std::shared_ptr<grpc::Channel> connect_to_peer(const PeerTls& tls, const std::string& address,
                                               int max_message_bytes) {
    grpc::SslCredentialsOptions options{tls.authority, tls.key, tls.certificate};
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride(k_any_node);
    arguments.SetMaxSendMessageSize(max_message_bytes);
    arguments.SetMaxReceiveMessageSize(max_message_bytes);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, k_peer_keepalive_ms);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, k_peer_keepalive_ms);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, k_max_backoff_ms);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(address, grpc::SslCredentials(options), arguments);
}

Result<ledger::NodeId> node_of(const grpc::AuthContext& context) {
    auto shown = context.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
    if (shown.empty()) return Error{Code::unauthenticated, "no certificate was shown"};
    BSN_TRY(key, crypto::key_of_certificate({shown.front().data(), shown.front().size()}));
    return ledger::node_id_of(key.bytes);
}

Status check_reached(const grpc::ClientContext& context, const ledger::NodeId& expected,
                     const std::string& address) {
    auto identity = context.auth_context();
    if (!identity || !identity->IsPeerAuthenticated()) {
        return Error{Code::unavailable, "no connection"};
    }
    BSN_TRY(node, node_of(*identity));
    if (node == expected) return {};
    return Error{Code::unauthenticated,
                 fmt::format("at {} is node {}; correct its address", address, to_hex(node))};
}

}  // namespace bsn::node
