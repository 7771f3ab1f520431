#pragma once
// Proposals: what a client asks peers to execute and to sign for.

#include "framework/fabric/client/identity.hpp"

#include <peer/proposal.pb.h>

#include <map>
#include <vector>

namespace bsn::framework::fabric {

/// A call of a chaincode.
struct ProposalSpec {
    std::string channel;  ///< empty: of the peer itself, such as an installation
    std::string chaincode;
    std::vector<std::string> arguments;  ///< the function's name is the first one
    /// What the chaincode gets and the ledger does not.
    std::map<std::string, std::string> transient;
    /// What the ledger gets and the chaincode does not.
    std::map<std::string, std::string> decorations = {};
    UnixMillis time = 0;  ///< the client's, which the transaction carries
    /// Any bytes that this creator has not used yet; empty: 24 random ones.
    std::string nonce;
    /// Of the network: 国密 networks use SM3.
    crypto::HashId hash = crypto::HashId::sha256;
    /// The SHA-256 of the client's TLS certificate in DER, where peers ask for it; or empty.
    std::string tls_certificate_hash = {};
};

/// A proposal, and the transaction that comes of it.
struct BuiltProposal {
    protos::Proposal proposal;
    /// 64 lower-case hexadecimal digits: the hash of nonce and creator.
    std::string transaction_id;

    /// What peers take: signed by the creator.
    protos::SignedProposal sign(const Identity& creator) const;
};

/// `creator` is a `msp.SerializedIdentity`.
BuiltProposal build_proposal(const ProposalSpec& spec, const std::string& creator);

/// The id of a creator's transaction: hexadecimal digits of the hash of the nonce, then the
/// creator.
std::string transaction_id_of(std::string_view nonce, std::string_view creator,
                              crypto::HashId hash);

/// What a client's signed proposal says.
struct ProposalView {
    std::string channel;
    std::string transaction_id;
    std::string chaincode;
    std::vector<std::string> arguments;
    std::string creator;  ///< a `msp.SerializedIdentity`
    std::string nonce;
    UnixMillis time = 0;
    bool has_transient = false;
    std::string relayed_proposal;  ///< as `relayed_call.hpp` says; empty: none
};

/// Reads a client's proposal, and checks nothing of what it claims. `invalid_argument` if it is not
/// whole.
Result<ProposalView> parse_proposal(const protos::SignedProposal& signed_proposal);

/// The same, and checks it: `bad_signature` if its id is not the hash of nonce and creator, or if
/// the key of the creator's certificate did not sign it.
Result<ProposalView> read_proposal(const protos::SignedProposal& signed_proposal,
                                   crypto::HashId hash);

}  // namespace bsn::framework::fabric
