#include "framework/fabric/client/transaction_check.hpp"

#include <common/common.pb.h>
#include <peer/transaction.pb.h>

namespace bsn::framework::fabric {
namespace {

/// What stands on the chain of a proposal's payload: all but the transient data.
bool says_the_same(const std::string& on_chain, const std::string& proposed) {
    protos::ChaincodeProposalPayload one;
    protos::ChaincodeProposalPayload other;
    return one.ParseFromString(on_chain) && one.transientmap().empty() &&
           other.ParseFromString(proposed) && one.input() == other.input();
}

}  // namespace

bool is_transaction_of(const std::string& payload, const protos::Proposal& proposal) {
    common::Payload parsed;
    protos::Transaction transaction;
    common::Header header;
    if (!parsed.ParseFromString(payload) || !header.ParseFromString(proposal.header()) ||
        parsed.header().channel_header() != header.channel_header() ||
        parsed.header().signature_header() != header.signature_header() ||
        !transaction.ParseFromString(parsed.data()) || transaction.actions_size() != 1) {
        return false;
    }
    protos::ChaincodeActionPayload action;
    return transaction.actions(0).header() == header.signature_header() &&
           action.ParseFromString(transaction.actions(0).payload()) &&
           says_the_same(action.chaincode_proposal_payload(), proposal.payload());
}

}  // namespace bsn::framework::fabric
