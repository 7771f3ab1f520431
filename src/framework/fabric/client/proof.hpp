#pragma once
// Evidence that a transaction is on a channel of Fabric and valid, for those who trust the
// channel's organisations and nobody who hands the evidence over.
//
// Orderers sign a block, and so which envelopes are in it and where it stands; whether they are
// valid each peer finds for itself, and nobody signs it. So the evidence has both: the block's
// header with orderers' signatures and all its envelopes (Fabric's hash of a block's data is that
// of all of them in a row, so none can be left out), and what peers of so many organisations signed
// as the channel's policy `Endorsement` wants, when they were asked for the transaction.

#include "framework/chain.hpp"
#include "framework/fabric/client/channel_trust.hpp"
#include "framework/fabric/client/checked_block.hpp"
#include "framework/fabric/client/transaction.hpp"

namespace bsn::framework::fabric {

/// What peers signed: the same bytes for all of one group.
struct Attestation {
    std::string response_payload;  ///< a `protos.ProposalResponsePayload`
    std::vector<protos::Endorsement> endorsements;
};

struct Proof {
    /// The largest one: as blocks may have, and what peers send in one message.
    static constexpr std::size_t k_max_size = std::size_t{100} << 20;

    common::BlockHeader header;
    std::string signatures;  ///< the block's metadata of orderers' signatures
    std::vector<std::string> envelopes;
    std::uint32_t index = 0;  ///< of the transaction among them
    std::string proposal;     ///< a `protos.Proposal`: what peers were asked
    std::vector<Attestation> attestations;

    /// Version 1 (docs/formats.md).
    Bytes encode() const;
    static Result<Proof> decode(ByteView bytes);
};

/// What peers are asked for a proof: the arguments of `qscc`.
std::vector<std::string> attestation_arguments(const std::string& channel,
                                               const std::string& transaction_id);

/// The proof of a valid transaction of a block, from the answers of peers to `proposal`.
/// `unavailable` if those that say it is valid are of too few organisations, and why.
Result<Proof> make_proof(const CheckedBlock& block, std::size_t index,
                         const protos::Proposal& proposal, const std::vector<PeerAnswer>& answers,
                         const ChannelTrust& trust);

/// Whether a proof shows a transaction to someone who trusts these organisations (JSON of a
/// `ChannelTrust`). Pure. `bad_signature` and a sentence if it does not hold.
Result<Verified> verify_proof(ByteView proof, ByteView trusted_state);

/// The trust moved forward by a later configuration block (`common.Block`) that orderers signed
/// whom it names. Pure.
Result<Bytes> update_trust(ByteView trusted_state, ByteView configuration_block);

}  // namespace bsn::framework::fabric
