#include "framework/fabric/client/peer_connection.hpp"

namespace bsn::framework::fabric {
namespace {

/// All that a call needs until it has been answered.
struct Call {
    Endpoint endpoint;
    std::shared_ptr<protos::Endorser::Stub> stub;
    grpc::ClientContext context;
    protos::SignedProposal proposal;
    protos::ProposalResponse response;
    PeerConnection::Answered answered;
};

}  // namespace

PeerConnection::PeerConnection(Endpoint endpoint)
    : endpoint_(std::move(endpoint)),
      channel_(connect(endpoint_)),
      stub_(protos::Endorser::NewStub(channel_)) {}

PeerConnection::Answer PeerConnection::process(const protos::SignedProposal& proposal,
                                               std::chrono::milliseconds patience) const {
    grpc::ClientContext context;
    set_patience(context, patience);
    wait_until_connected(patience);
    protos::ProposalResponse response;
    const grpc::Status status = stub_->ProcessProposal(&context, proposal, &response);
    if (!status.ok()) return error_of(status, endpoint_);
    return response;
}

void PeerConnection::wait_until_connected(std::chrono::milliseconds patience) const {
    wait_for_connection(*channel_, patience);
}

void PeerConnection::process(protos::SignedProposal proposal, std::chrono::milliseconds patience,
                             Answered answered) const {
    auto call = std::make_shared<Call>();
    call->endpoint = endpoint_;
    call->stub = stub_;
    call->proposal = std::move(proposal);
    call->answered = std::move(answered);
    set_patience(call->context, patience);
    stub_->async()->ProcessProposal(
        &call->context, &call->proposal, &call->response, [call](const grpc::Status& status) {
            call->answered(status.ok() ? Answer(std::move(call->response))
                                       : Answer(error_of(status, call->endpoint)));
        });
}

}  // namespace bsn::framework::fabric
