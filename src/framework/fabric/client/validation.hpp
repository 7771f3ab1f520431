#pragma once
// What peers find of a transaction when its block comes, in words.

#include <peer/transaction.pb.h>

#include <string>

namespace bsn::framework::fabric {

/// Why a transaction has no effect, and what to do; empty if it is valid. Begins with Fabric's name
/// of the code.
std::string validation_sentence(protos::TxValidationCode code);

/// Whether another transaction changed meanwhile what this one had read: made anew, it may be
/// valid.
inline bool is_conflict(protos::TxValidationCode code) {
    return code == protos::MVCC_READ_CONFLICT || code == protos::PHANTOM_READ_CONFLICT;
}

}  // namespace bsn::framework::fabric
