#pragma once
// Calls that a city node puts on a channel at the word of a client who has signed only the
// proposal. The node signs the transaction by a certificate that names the client for a key of its
// own, and the client's proposal goes along, in the proposal's decorations: peers keep them on the
// chain and do not hand them to chaincodes.

#include "framework/fabric/client/proposal_builder.hpp"
#include "framework/fabric/client/transaction.hpp"

#include <peer/chaincode.pb.h>

namespace bsn::framework::fabric {

/// The decoration that holds the client's `protos.SignedProposal`.
inline constexpr std::string_view k_relayed_proposal = "bsn.signed_proposal";

/// What that decoration holds; empty if there is none.
std::string relayed_proposal_in(const protos::ChaincodeInput& input);

/// How far the time of a proposal may be from the node's, in milliseconds: 10 minutes.
inline constexpr std::uint64_t k_relay_time_ms = 600'000;

/// Reads a client's proposal to be relayed on a channel, and checks all but its certificate's
/// authority. `bad_signature` if it is not the creator's own; `wrong_channel`; `expired` if it is
/// from another time; `invalid_argument` if it has transient data, which the chain would show.
Result<ProposalView> read_relayable(ByteView signed_proposal, const std::string& channel,
                                    crypto::HashId hash, UnixMillis now);

/// The nonce of the transaction that relays a proposal, 16 bytes: one proposal, one transaction.
Bytes relay_nonce(const std::string& transaction_id);

/// At whose word a transaction was made: the `msp.SerializedIdentity` of the client whose signed
/// proposal it carries, if that holds: the same call on the same channel, signed by the client, and
/// relayed once by a certificate that names the same subject and issuer. None otherwise, also for a
/// transaction that was not relayed.
std::optional<std::string> relayed_for(const EnvelopeView& transaction);
/// The same of the proposal that the node made of it.
std::optional<std::string> relayed_for(const ProposalView& relaying);

}  // namespace bsn::framework::fabric
