#pragma once
// Transactions of Fabric: made of a proposal and peers' endorsements, and read back from envelopes.

#include "framework/fabric/client/identity.hpp"

#include <common/common.pb.h>
#include <peer/proposal.pb.h>
#include <peer/proposal_response.pb.h>

#include <optional>
#include <vector>

namespace bsn::framework::fabric {

/// What a peer answered to a proposal.
struct PeerAnswer {
    std::string peer;  ///< for errors: its name or address
    protos::ProposalResponse response;
};

/// Success if the chaincode agreed. A refusal (status 400 and above) is `contract_failed` with the
/// chaincode's sentence; what a peer says before it runs the chaincode has other codes.
Status check_response(const PeerAnswer& answer);

/// Whether an endorser signed this payload of a response; `bad_signature` otherwise. Nothing is
/// said of who the endorser is.
Status check_endorsement(const std::string& response_payload,
                         const protos::Endorsement& endorsement);

/// The payload of the transaction that these answers make of a proposal: what its creator signs.
/// All must agree, byte by byte: `unavailable` names those who differ from the first.
Result<std::string> transaction_payload(const protos::Proposal& proposal,
                                        const std::vector<PeerAnswer>& answers);

/// The envelope of a payload, signed by its creator: what orderers take.
common::Envelope sign_payload(std::string payload, const Identity& creator);

/// Something that a chaincode tells with a transaction; at most one.
struct ChaincodeEventView {
    std::string chaincode;
    std::string name;
    std::string payload;
};

/// A transaction as its envelope says.
struct EnvelopeView {
    common::HeaderType type = common::MESSAGE;
    std::string channel;
    std::string transaction_id;  ///< hexadecimal; may be empty for configurations
    UnixMillis time = 0;         ///< of the client
    std::string creator;         ///< a `msp.SerializedIdentity`
    std::string nonce;
    // What follows is of endorsed transactions only.
    std::string chaincode;
    std::vector<std::string> arguments;  ///< the function's name first
    std::string relayed_proposal;        ///< as `relayed_call.hpp` says; empty: none
    std::int32_t status = 0;             ///< what the chaincode answered
    std::string message;
    std::string result;
    std::optional<ChaincodeEventView> event;
    std::string response_payload;  ///< what endorsers signed
    std::vector<protos::Endorsement> endorsements;
};

/// Reads an envelope; no signature is checked. `invalid_argument` says what is wrong.
Result<EnvelopeView> read_envelope(const common::Envelope& envelope);
Result<EnvelopeView> read_envelope(ByteView envelope);

/// Whether the creator signed the envelope and, for an endorsed transaction, its id is the hash of
/// nonce and creator; `bad_signature` otherwise.
Status check_creator(const common::Envelope& envelope, const EnvelopeView& view,
                     crypto::HashId hash);

}  // namespace bsn::framework::fabric
