#include "framework/fabric/client/simulation.hpp"

#include "framework/fabric/client/message.hpp"

#include <ledger/rwset/kvrwset/kv_rwset.pb.h>
#include <ledger/rwset/rwset.pb.h>
#include <peer/proposal.pb.h>

namespace bsn::framework::fabric {

Result<bool> has_effects(const protos::ProposalResponse& answer) {
    if (answer.payload().empty()) return false;
    BSN_TRY(payload,
            read_message<protos::ProposalResponsePayload>(answer.payload(), "peer's answer"));
    BSN_TRY(action, read_message<protos::ChaincodeAction>(payload.extension(), "peer's result"));
    if (!action.events().empty()) return true;
    BSN_TRY(sets, read_message<rwset::TxReadWriteSet>(action.results(), "peer's read-write set"));
    for (const rwset::NsReadWriteSet& of_chaincode : sets.ns_rwset()) {
        BSN_TRY(own, read_message<kvrwset::KVRWSet>(of_chaincode.rwset(), "chaincode's writes"));
        if (own.writes_size() > 0 || own.metadata_writes_size() > 0) return true;
        for (const auto& collection : of_chaincode.collection_hashed_rwset()) {
            BSN_TRY(hashed, read_message<kvrwset::HashedRWSet>(collection.hashed_rwset(),
                                                               "collection's writes"));
            if (hashed.hashed_writes_size() > 0 || hashed.metadata_writes_size() > 0) return true;
        }
    }
    return false;
}

}  // namespace bsn::framework::fabric
