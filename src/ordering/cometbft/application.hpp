#pragma once
// The gRPC server that CometBFT calls (ABCI 2.0, CometBFT specification `spec/abci`). Inside the
// module only.

#include "ordering/cometbft/cometbft_orderer.hpp"

#include <grpcpp/server.h>
#include <tendermint/abci/types.grpc.pb.h>

namespace bsn::ordering {

/// Translates; what it means is the orderer's. CometBFT makes one consensus call at a time; the
/// calls of its mempool come beside them.
class CometbftOrderer::Application final : public tendermint::abci::ABCI::Service {
  public:
    explicit Application(CometbftOrderer& orderer) : orderer_(orderer) {}
    ~Application() override { stop(); }

    Status start(const std::string& address);
    void stop();

    using Call = grpc::ServerContext*;
    grpc::Status Echo(Call, const tendermint::abci::RequestEcho* request,
                      tendermint::abci::ResponseEcho* response) override;
    grpc::Status Flush(Call, const tendermint::abci::RequestFlush* request,
                       tendermint::abci::ResponseFlush* response) override;
    grpc::Status Info(Call, const tendermint::abci::RequestInfo* request,
                      tendermint::abci::ResponseInfo* response) override;
    grpc::Status InitChain(Call, const tendermint::abci::RequestInitChain* request,
                           tendermint::abci::ResponseInitChain* response) override;
    grpc::Status Query(Call, const tendermint::abci::RequestQuery* request,
                       tendermint::abci::ResponseQuery* response) override;
    grpc::Status CheckTx(Call, const tendermint::abci::RequestCheckTx* request,
                         tendermint::abci::ResponseCheckTx* response) override;
    grpc::Status PrepareProposal(Call, const tendermint::abci::RequestPrepareProposal* request,
                                 tendermint::abci::ResponsePrepareProposal* response) override;
    grpc::Status ProcessProposal(Call, const tendermint::abci::RequestProcessProposal* request,
                                 tendermint::abci::ResponseProcessProposal* response) override;
    grpc::Status FinalizeBlock(Call, const tendermint::abci::RequestFinalizeBlock* request,
                               tendermint::abci::ResponseFinalizeBlock* response) override;
    grpc::Status Commit(Call, const tendermint::abci::RequestCommit* request,
                        tendermint::abci::ResponseCommit* response) override;
    grpc::Status ListSnapshots(Call, const tendermint::abci::RequestListSnapshots* request,
                               tendermint::abci::ResponseListSnapshots* response) override;

  private:
    CometbftOrderer& orderer_;
    std::unique_ptr<grpc::Server> server_;
};

}  // namespace bsn::ordering
