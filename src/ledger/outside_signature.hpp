#pragma once
// Signatures of a dialect's transactions that were made elsewhere: by a device, or by a custody
// service, which signs messages and hands out no keys.

#include "ledger/ethereum/transaction.hpp"
#include "ledger/fisco/transaction.hpp"

namespace bsn::ledger {

/// What the key must sign, as `crypto::PrivateKey::sign` takes it.
Bytes signing_message(const ethereum::Transaction& transaction);
/// The same; keys of the suite SM2 sign another message than those of secp256k1.
Bytes signing_message(const fisco::Transaction& transaction, SuiteId suite);

/// Sets the signature of `signing_message`. `bad_signature` if it is not that of the key,
/// `wrong_suite` for keys of a suite that the dialect does not have.
Status set_signature(ethereum::Transaction& transaction, const Signature& signature,
                     const PublicKey& key);
Status set_signature(fisco::Transaction& transaction, const Signature& signature,
                     const PublicKey& key);

}  // namespace bsn::ledger
