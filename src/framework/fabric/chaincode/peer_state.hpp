#pragma once
// Fabric's state of a chaincode, as the peer that runs a call serves it.

#include "framework/fabric/chaincode/state_keys.hpp"
#include "ledger/world_state.hpp"

#include <peer/chaincode_shim.pb.h>

namespace bsn::framework::fabric {

/// What a call has of the peer: answers. One thread.
class PeerDialogue {
  public:
    virtual ~PeerDialogue() = default;
    /// Asks the peer, and waits: the payload of its answer. `unavailable` if it refuses (with its
    /// sentence), is gone, or does not answer in time.
    virtual Result<std::string> ask(protos::ChaincodeMessage_Type type, std::string payload) = 0;
};

/// The state as of the last block that the peer has, for one call. Fabric keeps the chaincode's
/// entries apart by itself, so that the contract's name says nothing here.
class PeerState final : public ledger::StateReader {
  public:
    explicit PeerState(PeerDialogue& peer) : peer_(peer) {}

    Result<std::optional<Bytes>> get(std::string_view contract, ByteView key) const override;
    Status scan(std::string_view contract, ByteView prefix, ByteView start,
                const Visitor& visit) const override;
    /// Reads what is about to be asked for (ascending keys), neighbours with one question: keys of
    /// one length that count upwards, such as those that one call gives a list of entries.
    Status read_ahead(const std::vector<Bytes>& keys);
    /// Makes these changes part of the transaction.
    Status write(const std::vector<ledger::StateOverlay::Change>& changes);

  private:
    Status visit_range(const StateKeyRange& range, const Visitor& visit) const;
    /// Visits one page of answers; false if the visitor has enough.
    static Result<bool> visit_page(const protos::QueryResponse& page, const Visitor& visit);
    Result<protos::QueryResponse> ask_for_page(protos::ChaincodeMessage_Type type,
                                               const google::protobuf::Message& question) const;

    PeerDialogue& peer_;
    ledger::StateEntries ahead_;  ///< by `read_ahead`
};

}  // namespace bsn::framework::fabric
