#include "framework/fabric/client/connection.hpp"

#include "base/bytes.hpp"
#include "crypto/hash.hpp"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>

namespace bsn::framework::fabric {
namespace {

/// Fabric's servers end connections that ask more often than once a minute.
constexpr int k_keepalive_ms = 65'000;
constexpr int k_keepalive_timeout_ms = 20'000;
constexpr int k_first_reconnect_ms = 100;
constexpr int k_longest_reconnect_ms = 2'000;
constexpr std::chrono::milliseconds k_wait_after_failure{500};

constexpr std::string_view k_begin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view k_end = "-----END CERTIFICATE-----";

std::shared_ptr<grpc::ChannelCredentials> credentials(const ClientTls& tls) {
    if (tls.authority.empty()) return grpc::InsecureChannelCredentials();
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = tls.authority;
    options.pem_cert_chain = tls.certificate;
    options.pem_private_key = tls.key;
    return grpc::SslCredentials(options);
}

bool says(const std::string& message, std::string_view what) {
    return message.find(what) != std::string::npos;
}

Code code_of(const grpc::Status& status) {
    switch (status.error_code()) {
        case grpc::StatusCode::RESOURCE_EXHAUSTED: return Code::overloaded;
        case grpc::StatusCode::INVALID_ARGUMENT: return Code::invalid_argument;
        case grpc::StatusCode::PERMISSION_DENIED:
        case grpc::StatusCode::UNAUTHENTICATED: return Code::forbidden;
        case grpc::StatusCode::UNIMPLEMENTED: return Code::unsupported_version;
        case grpc::StatusCode::UNKNOWN: break;
        default: return Code::unavailable;
    }
    // Handlers of Fabric give most of their errors no code of their own.
    const std::string message = status.error_message();
    if (says(message, "too many requests")) return Code::overloaded;
    if (says(message, "access denied")) return Code::forbidden;
    if (says(message, "error validating proposal")) return Code::invalid_argument;
    return Code::unavailable;
}

/// A server that wants a client's certificate ends the connection, and TLS 1.3 lets it say why only
/// after the client has taken it for made.
std::string_view hint_of(const grpc::Status& status, const ClientTls& tls) {
    const std::string message = status.error_message();
    const bool ended = status.error_code() == grpc::StatusCode::UNAVAILABLE &&
                       (says(message, "closed") || says(message, "reset") ||
                        says(message, "andshake") || says(message, "read failed"));
    if (!ended || tls.authority.empty() || !tls.certificate.empty()) return "";
    return " (it may want a client's TLS certificate, and there is none to show)";
}

/// A call that ends at once, by a callback.
struct CallOfNobody {
    explicit CallOfNobody(const std::shared_ptr<grpc::Channel>& channel) : stub(channel) {}

    grpc::GenericStub stub;
    grpc::ClientContext context;
    grpc::Slice nothing{"-"};
    grpc::ByteBuffer question{&nothing, 1};  // one of no slices is no message
    grpc::ByteBuffer answer;
};

/// gRPC's threads for callbacks end with the last channel that has used them. If one of these very
/// threads lets that channel go, it waits for itself in vain, and works on with a queue that is
/// freed: memory is damaged (gRPC 1.51, CallbackAlternativeCQ::Unref). So a channel to nowhere
/// keeps them for as long as the process lives.
void keep_callback_threads() {
    static const auto* const kept = [] {
        auto channel =
            std::make_unique<std::shared_ptr<grpc::Channel>>(grpc::CreateChannel("", nullptr));
        const auto call = std::make_shared<CallOfNobody>(*channel);
        call->stub.UnaryCall(&call->context, "/nobody/nothing", {}, &call->question, &call->answer,
                             [call](const grpc::Status&) {});
        return channel.release();
    }();
    (void)kept;
}

}  // namespace

std::shared_ptr<grpc::Channel> connect(const Endpoint& endpoint) {
    keep_callback_threads();
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(k_max_message_bytes);
    arguments.SetMaxSendMessageSize(k_max_message_bytes);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, k_keepalive_ms);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, k_keepalive_timeout_ms);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, k_first_reconnect_ms);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, k_longest_reconnect_ms);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, k_longest_reconnect_ms);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    if (!endpoint.tls.server_name.empty()) {
        arguments.SetSslTargetNameOverride(endpoint.tls.server_name);
    }
    return grpc::CreateCustomChannel(endpoint.address, credentials(endpoint.tls), arguments);
}

void set_patience(grpc::ClientContext& context, std::chrono::milliseconds patience) {
    context.set_deadline(std::chrono::system_clock::now() + patience);
}

void wait_for_connection(grpc::Channel& channel, std::chrono::milliseconds patience) {
    const auto begun = std::chrono::system_clock::now();
    const auto deadline = begun + patience;
    const auto after_failure = std::min(deadline, begun + k_wait_after_failure);
    for (;;) {
        const grpc_connectivity_state state = channel.GetState(true);
        if (state == GRPC_CHANNEL_READY || state == GRPC_CHANNEL_SHUTDOWN) return;
        // After a failure the next try is under way in this state, too.
        const bool failed = state == GRPC_CHANNEL_TRANSIENT_FAILURE;
        if (!channel.WaitForStateChange(state, failed ? after_failure : deadline)) return;
    }
}

Error error_of(const grpc::Status& status, const Endpoint& endpoint) {
    const std::string who = endpoint.name.empty() ? endpoint.address : endpoint.name;
    if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
        return {Code::unavailable,
                fmt::format("{} ({}) did not answer in time", who, endpoint.address)};
    }
    return {code_of(status), fmt::format("{} ({}): {}{}", who, endpoint.address,
                                         status.error_message().empty() ? "no reason is given"
                                                                        : status.error_message(),
                                         hint_of(status, endpoint.tls))};
}

Result<std::string> tls_certificate_hash(const ClientTls& tls) {
    if (tls.authority.empty() || tls.certificate.empty()) return std::string();
    const std::string& pem = tls.certificate;
    const std::size_t begin = pem.find(k_begin);
    const std::size_t end = begin == pem.npos ? pem.npos : pem.find(k_end, begin);
    if (end == pem.npos) {
        return Error{Code::invalid_argument, "the client's TLS certificate is not in PEM"};
    }
    std::string base64;
    for (char c : pem.substr(begin + k_begin.size(), end - begin - k_begin.size())) {
        if (c != '\n' && c != '\r' && c != ' ') base64.push_back(c);
    }
    BSN_TRY(certificate, from_base64(base64));
    return to_text(crypto::hash(crypto::HashId::sha256, certificate));
}

}  // namespace bsn::framework::fabric
