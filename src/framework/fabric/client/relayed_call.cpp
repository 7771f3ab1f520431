#include "framework/fabric/client/relayed_call.hpp"

#include "crypto/hash.hpp"
#include "crypto/member_certificate.hpp"
#include "framework/fabric/client/message.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {
namespace {

constexpr std::size_t k_nonce_size = 16;

}  // namespace

Result<ProposalView> read_relayable(ByteView signed_proposal, const std::string& channel,
                                    crypto::HashId hash, UnixMillis now) {
    BSN_TRY(proposal, read_message<protos::SignedProposal>(signed_proposal, "signed proposal"));
    BSN_TRY(view, read_proposal(proposal, hash));
    if (view.channel != channel) {
        return Error{Code::wrong_channel,
                     fmt::format("the proposal is for channel {}, not {}", view.channel, channel)};
    }
    if (view.has_transient) {
        return Error{Code::invalid_argument,
                     "a proposal with transient data cannot be relayed: it goes on the chain as "
                     "it was signed, for everybody to read"};
    }
    const UnixMillis apart = view.time > now ? view.time - now : now - view.time;
    if (apart > k_relay_time_ms) {
        return Error{Code::expired, fmt::format("the proposal's time is {} s from this node's, of "
                                                "{} at most; set the clock and sign it anew",
                                                apart / 1000, k_relay_time_ms / 1000)};
    }
    return view;
}

Bytes relay_nonce(const std::string& transaction_id) {
    const crypto::Hash hash = crypto::hash(
        crypto::HashId::sha256, {as_bytes(k_relayed_proposal), as_bytes(transaction_id)});
    Bytes nonce = to_bytes(hash.view());
    nonce.resize(k_nonce_size);
    return nonce;
}

std::string relayed_proposal_in(const protos::ChaincodeInput& input) {
    const auto found = input.decorations().find(std::string(k_relayed_proposal));
    return found == input.decorations().end() ? std::string() : found->second;
}

std::optional<std::string> relayed_for(const EnvelopeView& transaction) {
    if (transaction.relayed_proposal.empty()) return std::nullopt;
    ProposalView relaying;
    relaying.channel = transaction.channel;
    relaying.chaincode = transaction.chaincode;
    relaying.arguments = transaction.arguments;
    relaying.creator = transaction.creator;
    relaying.nonce = transaction.nonce;
    relaying.relayed_proposal = transaction.relayed_proposal;
    return relayed_for(relaying);
}

std::optional<std::string> relayed_for(const ProposalView& relaying) {
    if (relaying.relayed_proposal.empty()) return std::nullopt;
    auto proposal = read_message<protos::SignedProposal>(relaying.relayed_proposal, "proposal");
    if (!proposal) return std::nullopt;
    auto view = parse_proposal(*proposal);
    if (!view || !equal(relay_nonce(view->transaction_id), as_bytes(relaying.nonce)) ||
        view->channel != relaying.channel || view->chaincode != relaying.chaincode ||
        view->arguments != relaying.arguments) {
        return std::nullopt;
    }
    auto client = read_identity(view->creator);
    auto relayer = read_identity(relaying.creator);
    if (!client || !relayer || client->msp_id != relayer->msp_id ||
        !crypto::name_the_same(client->certificate, relayer->certificate) ||
        !check_signature(client->certificate, proposal->proposal_bytes(), proposal->signature())) {
        return std::nullopt;
    }
    return std::move(view->creator);
}

}  // namespace bsn::framework::fabric
