#include "ledger/outside_signature.hpp"

#include "crypto/public_point.hpp"
#include "crypto/recovery.hpp"

namespace bsn::ledger {
namespace {

/// v of FISCO BCOS for recovery id 0.
constexpr std::uint8_t k_least_v = 27;

/// Bit 1 of an id is set once in 2^127 signatures, and no dialect has room for it.
Result<std::uint8_t> recovery_bit(ByteView message, const Signature& signature,
                                  const PublicKey& key) {
    BSN_TRY(id, crypto::recovery_id_of(crypto::hash(HashId::keccak256, message), signature, key));
    if (id <= 1) return id;
    return Error{Code::bad_signature, "a signature with an overflown r; sign again"};
}

template <class Transaction>
void set_numbers(Transaction& transaction, const Signature& signature) {
    transaction.r = *Word::from(signature.view().first(32));
    transaction.s = *Word::from(signature.view().subspan(32));
}

}  // namespace

Bytes signing_message(const ethereum::Transaction& transaction) {
    return transaction.signing_payload();
}

Bytes signing_message(const fisco::Transaction& transaction, SuiteId suite) {
    Bytes payload = transaction.signing_payload();
    if (suite != SuiteId::sm2) return payload;
    return to_bytes(crypto::hash(HashId::sm3, payload).view());
}

Status set_signature(ethereum::Transaction& transaction, const Signature& signature,
                     const PublicKey& key) {
    if (key.suite != SuiteId::secp256k1) {
        return Error{Code::wrong_suite, "Ethereum's transactions are signed by secp256k1 keys"};
    }
    BSN_TRY(bit, recovery_bit(signing_message(transaction), signature, key));
    set_numbers(transaction, signature);
    transaction.y_parity = bit == 1;
    return {};
}

Status set_signature(fisco::Transaction& transaction, const Signature& signature,
                     const PublicKey& key) {
    const Bytes message = signing_message(transaction, key.suite);
    if (key.suite == SuiteId::sm2) {
        BSN_CHECK(crypto::verify(key, message, signature));
        BSN_TRY(point, crypto::public_point_of(key));
        transaction.v = to_bytes(point.view());
    } else if (key.suite == SuiteId::secp256k1) {
        BSN_TRY(bit, recovery_bit(message, signature, key));
        transaction.v = {static_cast<std::uint8_t>(k_least_v + bit)};
    } else {
        return Error{Code::wrong_suite,
                     "FISCO BCOS's transactions are signed by secp256k1 or sm2 keys"};
    }
    transaction.suite = key.suite;
    set_numbers(transaction, signature);
    return {};
}

}  // namespace bsn::ledger
