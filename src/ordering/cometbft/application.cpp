#include "ordering/cometbft/application.hpp"

#include "base/log.hpp"
#include "ordering/cometbft/timestamp.hpp"

#include <fmt/format.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

namespace bsn::ordering {
namespace {

namespace abci = tendermint::abci;

constexpr std::uint32_t k_refused = 1;
constexpr std::uint64_t k_app_version = 1;
/// Above what a block may take (`block.max_bytes`), with room for what stands around it.
constexpr int k_max_message_bytes = 16 << 20;

std::string to_string(ByteView bytes) { return std::string(as_text(bytes)); }

std::vector<Bytes> bytes_of(const google::protobuf::RepeatedPtrField<std::string>& texts) {
    std::vector<Bytes> all;
    all.reserve(static_cast<std::size_t>(texts.size()));
    for (const std::string& text : texts) all.push_back(to_bytes(text));
    return all;
}

/// CometBFT stops at an error: then nothing is lost, and it is started anew.
grpc::Status failed(const Error& why) {
    log_error("ordering", "the application of CometBFT stops it: {}", why.message);
    return {grpc::StatusCode::INTERNAL, why.message};
}

}  // namespace

Status CometbftOrderer::Application::start(const std::string& address) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    builder.SetMaxReceiveMessageSize(k_max_message_bytes);
    builder.SetMaxSendMessageSize(k_max_message_bytes);
    server_ = builder.BuildAndStart();
    if (server_ && port != 0) return {};
    return Error{Code::unavailable,
                 fmt::format("cannot listen at {} for CometBFT; is the port in use?", address)};
}

void CometbftOrderer::Application::stop() {
    if (server_) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
}

grpc::Status CometbftOrderer::Application::Echo(Call, const abci::RequestEcho* request,
                                                abci::ResponseEcho* response) {
    response->set_message(request->message());
    return {};
}

grpc::Status CometbftOrderer::Application::Flush(Call, const abci::RequestFlush*,
                                                 abci::ResponseFlush*) {
    return {};
}

grpc::Status CometbftOrderer::Application::Info(Call, const abci::RequestInfo*,
                                                abci::ResponseInfo* response) {
    const auto [height, app_hash] = orderer_.last_committed();
    response->set_data("bsn");
    response->set_version(BSN_VERSION);
    response->set_app_version(k_app_version);
    response->set_last_block_height(static_cast<std::int64_t>(height));
    if (height > 0) response->set_last_block_app_hash(to_string(app_hash));
    return {};
}

grpc::Status CometbftOrderer::Application::InitChain(Call, const abci::RequestInitChain*,
                                                     abci::ResponseInitChain* response) {
    response->set_app_hash(to_string(orderer_.log_.state().app_hash));
    return {};
}

grpc::Status CometbftOrderer::Application::Query(Call, const abci::RequestQuery*,
                                                 abci::ResponseQuery* response) {
    response->set_code(k_refused);
    response->set_log("ask the city node's own API");
    return {};
}

grpc::Status CometbftOrderer::Application::CheckTx(Call, const abci::RequestCheckTx* request,
                                                   abci::ResponseCheckTx* response) {
    Status good = orderer_.check(as_bytes(request->tx()), orderer_.height() + 1);
    if (good) return {};
    response->set_code(k_refused);
    response->set_log(good.error().message);
    return {};
}

grpc::Status CometbftOrderer::Application::PrepareProposal(
    Call, const abci::RequestPrepareProposal* request, abci::ResponsePrepareProposal* response) {
    const auto height = static_cast<std::uint64_t>(request->height());
    if (Status executed = orderer_.rules_.await_executed(height - 1); !executed) {
        return failed(executed.error());
    }
    for (const std::string& transaction : request->txs()) {
        if (orderer_.check(as_bytes(transaction), height)) response->add_txs(transaction);
    }
    return {};
}

grpc::Status CometbftOrderer::Application::ProcessProposal(
    Call, const abci::RequestProcessProposal* request, abci::ResponseProcessProposal* response) {
    const auto height = static_cast<std::uint64_t>(request->height());
    if (Status executed = orderer_.rules_.await_executed(height - 1); !executed) {
        return failed(executed.error());
    }
    response->set_status(abci::ResponseProcessProposal::ACCEPT);
    for (const std::string& transaction : request->txs()) {
        Status good = orderer_.check(as_bytes(transaction), height);
        if (good) continue;
        log_warn("ordering", "proposal at height {} refused: {}", height, good.error().message);
        response->set_status(abci::ResponseProcessProposal::REJECT);
        break;
    }
    return {};
}

grpc::Status CometbftOrderer::Application::FinalizeBlock(Call,
                                                         const abci::RequestFinalizeBlock* request,
                                                         abci::ResponseFinalizeBlock* response) {
    for (const abci::Misbehavior& one : request->misbehavior()) {
        orderer_.note_double_sign(as_bytes(one.validator().address()),
                                  static_cast<std::uint64_t>(one.height()));
    }
    const std::vector<Validator> before = orderer_.log_.state().validators;
    auto state = orderer_.decide(static_cast<std::uint64_t>(request->height()),
                                 millis_of(request->time()), bytes_of(request->txs()));
    if (!state) return failed(state.error());
    for (int i = 0; i < request->txs_size(); ++i) response->add_tx_results();
    for (const Validator& validator : changed_validators(before, state->validators)) {
        auto* update = response->add_validator_updates();
        update->mutable_pub_key()->set_ed25519(to_string(validator.key));
        update->set_power(static_cast<std::int64_t>(validator.power));
    }
    response->set_app_hash(to_string(state->app_hash));
    return {};
}

grpc::Status CometbftOrderer::Application::Commit(Call, const abci::RequestCommit*,
                                                  abci::ResponseCommit*) {
    Status committed = orderer_.commit();
    return committed ? grpc::Status() : failed(committed.error());
}

grpc::Status CometbftOrderer::Application::ListSnapshots(Call, const abci::RequestListSnapshots*,
                                                         abci::ResponseListSnapshots*) {
    return {};  // a new node replays the blocks
}

}  // namespace bsn::ordering
