#include "framework/fabric/client/simulation.hpp"

#include "framework/fabric/client/message.hpp"

#include <ledger/rwset/kvrwset/kv_rwset.pb.h>
#include <ledger/rwset/rwset.pb.h>
#include <peer/proposal.pb.h>
#include <peer/proposal_response.pb.h>

namespace bsn::framework::fabric {

Result<bool> would_write(const std::string& payload) {
    BSN_TRY(response,
            read_message<protos::ProposalResponsePayload>(payload, "peer's answer to a call"));
    BSN_TRY(action,
            read_message<protos::ChaincodeAction>(response.extension(), "result of a call"));
    BSN_TRY(all, read_message<rwset::TxReadWriteSet>(action.results(), "read-write set"));
    for (const rwset::NsReadWriteSet& one : all.ns_rwset()) {
        BSN_TRY(set, read_message<kvrwset::KVRWSet>(one.rwset(), "chaincode's read-write set"));
        if (set.writes_size() > 0 || set.metadata_writes_size() > 0) return true;
        for (const rwset::CollectionHashedReadWriteSet& hashed : one.collection_hashed_rwset()) {
            BSN_TRY(private_set, read_message<kvrwset::HashedRWSet>(
                                     hashed.hashed_rwset(), "private collection's read-write set"));
            if (private_set.hashed_writes_size() > 0 || private_set.metadata_writes_size() > 0) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace bsn::framework::fabric
