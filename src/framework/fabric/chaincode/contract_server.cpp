#include "framework/fabric/chaincode/contract_server.hpp"

#include "base/log.hpp"
#include "framework/fabric/chaincode/contract_session.hpp"

#include <fmt/format.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <peer/chaincode_shim.grpc.pb.h>

#include <atomic>

namespace bsn::framework::fabric {
namespace {

/// As Fabric's own shims have it.
constexpr int k_max_message_bytes = 100 << 20;
/// A peer asks after an idle connection once a minute.
constexpr int k_least_ping_interval_ms = 50'000;
/// How soon a peer is missed that went without a word.
constexpr int k_keepalive_ms = 60'000;
constexpr int k_keepalive_timeout_ms = 20'000;

std::shared_ptr<grpc::ServerCredentials> credentials(const ServerTls& tls) {
    if (tls.certificate.empty()) return grpc::InsecureServerCredentials();
    grpc::SslServerCredentialsOptions options(
        tls.client_authority.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                     : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = tls.client_authority;
    options.pem_key_cert_pairs.push_back({tls.key, tls.certificate});
    return grpc::SslServerCredentials(options);
}

}  // namespace

class ContractServer::Service final : public protos::Chaincode::Service {
  public:
    Service(const contract::Contract& contract, ContractServerOptions options)
        : contract_(contract), options_(std::move(options)), pool_(options_.threads) {}
    ~Service() override { stop(); }

    Status start() {
        grpc::ServerBuilder builder;
        builder.AddListeningPort(options_.listen, credentials(options_.tls), &port_);
        builder.RegisterService(this);
        builder.SetMaxReceiveMessageSize(k_max_message_bytes);
        builder.SetMaxSendMessageSize(k_max_message_bytes);
        builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                                   k_least_ping_interval_ms);
        builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, k_keepalive_ms);
        builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, k_keepalive_timeout_ms);
        builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
        server_ = builder.BuildAndStart();
        if (server_ && port_ != 0) return {};
        return Error{Code::unavailable,
                     fmt::format("cannot listen at {} for peers; is the port in use, the address "
                                 "another machine's, or a certificate not of its key?",
                                 options_.listen)};
    }
    int port() const { return port_; }

    grpc::Status Connect(grpc::ServerContext* context,
                         grpc::ServerReaderWriter<protos::ChaincodeMessage,
                                                  protos::ChaincodeMessage>* stream) override {
        const std::string who = context->peer();
        if (++peers_ > options_.peers) {
            --peers_;
            log_warn("fabric", "peer {} is refused: {} are connected", who, options_.peers);
            return {grpc::StatusCode::RESOURCE_EXHAUSTED, "too many peers are connected"};
        }
        log_info("fabric", "peer {} has connected", who);
        ContractSession session(
            contract_, pool_,
            [stream](const protos::ChaincodeMessage& message) { stream->Write(message); });
        session.introduce(options_.package_id);
        protos::ChaincodeMessage message;
        while (stream->Read(&message)) session.receive(std::move(message));
        session.close();
        --peers_;
        log_info("fabric", "peer {} has gone", who);
        return {};
    }

  private:
    void stop() {
        if (server_) server_->Shutdown(std::chrono::system_clock::now());
        server_.reset();
        pool_.stop();
    }

    const contract::Contract& contract_;
    const ContractServerOptions options_;
    ThreadPool pool_;
    std::atomic<std::size_t> peers_{0};
    int port_ = 0;
    std::unique_ptr<grpc::Server> server_;
};

ContractServer::ContractServer(std::unique_ptr<Service> service) : service_(std::move(service)) {}

ContractServer::~ContractServer() = default;

Result<std::unique_ptr<ContractServer>> ContractServer::start(const contract::Contract& contract,
                                                              ContractServerOptions options) {
    auto service = std::make_unique<Service>(contract, std::move(options));
    BSN_CHECK(service->start());
    return std::unique_ptr<ContractServer>(new ContractServer(std::move(service)));
}

int ContractServer::port() const { return service_->port(); }

}  // namespace bsn::framework::fabric
