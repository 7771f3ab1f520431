#pragma once
// A peer that executes and endorses proposals.

#include "framework/fabric/client/connection.hpp"

#include <peer/peer.grpc.pb.h>

#include <functional>

namespace bsn::framework::fabric {

/// Any thread may call any member. Calls on their way when it goes are still answered.
class PeerConnection {
  public:
    using Answer = Result<protos::ProposalResponse>;
    using Answered = std::function<void(Answer)>;

    explicit PeerConnection(Endpoint endpoint);

    const Endpoint& endpoint() const { return endpoint_; }
    /// Its name, or else its address.
    const std::string& name() const {
        return endpoint_.name.empty() ? endpoint_.address : endpoint_.name;
    }

    /// What the peer answers, also if the chaincode refused (`check_response`). An error if it gave
    /// no answer in time, or refused the proposal before the chaincode saw it.
    Answer process(const protos::SignedProposal& proposal,
                   std::chrono::milliseconds patience) const;
    /// Waits until the peer is reached, a moment longer if it was not lately, or for `patience`.
    void wait_until_connected(std::chrono::milliseconds patience) const;
    /// As the other one, without waiting: `answered` comes once, from a thread of gRPC; it only
    /// hands over.
    void process(protos::SignedProposal proposal, std::chrono::milliseconds patience,
                 Answered answered) const;

  private:
    const Endpoint endpoint_;
    const std::shared_ptr<grpc::Channel> channel_;
    const std::shared_ptr<protos::Endorser::Stub> stub_;
};

}  // namespace bsn::framework::fabric
