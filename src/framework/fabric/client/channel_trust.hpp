#pragma once
// Whom a verifier of a Fabric channel trusts: its organisations and orderers, and what they sign.

#include "framework/fabric/client/endorsement_rule.hpp"
#include "framework/fabric/client/organization.hpp"

#include <common/common.pb.h>

#include <memory>

namespace bsn::framework::fabric {

/// An orderer that takes part in agreeing by BFT.
struct BftOrderer {
    std::uint32_t id = 0;
    std::string identity;  ///< a `msp.SerializedIdentity`
};

/// What the configuration of a channel says of whom to trust, as of a height.
struct ChannelTrust {
    std::string channel;
    std::uint64_t height = 0;  ///< of the configuration
    crypto::HashId hash = crypto::HashId::sha256;
    std::vector<Organization> members;   ///< whose peers execute and validate
    std::vector<Organization> orderers;  ///< whose orderers sign blocks
    /// Those that agree by BFT; empty: any one orderer's signature is enough (Raft).
    std::vector<BftOrderer> bft_orderers;
    /// Whose peers together are believed: those that may endorse for a chaincode which names no
    /// policy, and so may make the channel's state what they like.
    EndorsementRule endorsement;

    /// As JSON, for people and `from_json`: certificates in PEM.
    std::string to_json() const;
    /// `invalid_argument` says which member is wrong.
    static Result<ChannelTrust> from_json(std::string_view text);

    /// How many orderers must sign a block: one, or a quorum of those that agree by BFT.
    std::size_t required_orderers() const;
    /// What a channel's members mostly agree upon: more than half of them.
    EndorsementRule majority_of_members() const;
};

/// Checks the signatures of orderers. Any thread.
class OrdererCheck {
  public:
    explicit OrdererCheck(const ChannelTrust& trust);

    /// How many orderers signed the header; `bad_signature` if they are too few. `metadata` is the
    /// block's first (`SIGNATURES`). A signature of someone else counts nothing. The channel's
    /// first block has no signatures: it is trusted by its hash or not at all.
    Result<std::size_t> check(const common::BlockHeader& header, const std::string& metadata) const;

  private:
    const Membership membership_;
    const std::map<std::uint32_t, std::string> bft_orderers_;
    const std::size_t required_;
};

}  // namespace bsn::framework::fabric
