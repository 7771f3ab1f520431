#include "framework/fabric/client/validation.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {
namespace {

std::string_view what_to_do(protos::TxValidationCode code) {
    switch (code) {
        case protos::MVCC_READ_CONFLICT:
            return "another transaction changed meanwhile what this one had read; make it anew";
        case protos::PHANTOM_READ_CONFLICT:
            return "another transaction added or removed meanwhile what this one had searched; "
                   "make "
                   "it anew";
        case protos::ENDORSEMENT_POLICY_FAILURE:
            return "its endorsements do not fulfil the policy of the chaincode, or one of a key or "
                   "a collection that it writes (or an endorser's certificate was revoked); make "
                   "it anew, for which all peers are asked, and if it happens again ask the "
                   "members of the channel whose peers have to endorse";
        case protos::DUPLICATE_TXID:
            return "a transaction with this id is on the chain already; look that one up";
        case protos::BAD_CREATOR_SIGNATURE:
            return "its creator's signature or certificate does not hold on this channel; has the "
                   "certificate expired or been revoked?";
        case protos::EXPIRED_CHAINCODE:
        case protos::CHAINCODE_VERSION_CONFLICT:
            return "the chaincode was upgraded while the transaction was on its way; make it anew";
        case protos::INVALID_CHAINCODE:
            return "the chaincode is not defined on this channel, or the transaction writes to "
                   "another one's state; is its definition committed?";
        case protos::BAD_PROPOSAL_TXID: return "its id is not the hash of its nonce and creator";
        case protos::TARGET_CHAIN_NOT_FOUND: return "it is for a channel that is not here";
        case protos::ILLEGAL_WRITESET:
        case protos::INVALID_WRITESET:
        case protos::BAD_RWSET:
            return "what it writes is not allowed: a key may be empty or not UTF-8, or it was "
                   "changed "
                   "on its way";
        case protos::NOT_VALIDATED: return "the peer has not validated it; ask another peer";
        default:
            return "the channel's peers do not take it in this form; was it made by a client "
                   "for another version of Fabric?";
    }
}

}  // namespace

std::string validation_sentence(protos::TxValidationCode code) {
    if (code == protos::VALID) return {};
    std::string name = protos::TxValidationCode_IsValid(code)
                           ? protos::TxValidationCode_Name(code)
                           : fmt::format("validation code {}", static_cast<int>(code));
    return fmt::format("{}: {}", name, what_to_do(code));
}

}  // namespace bsn::framework::fabric
