#pragma once
// Transactions as clients of FISCO BCOS 2.x sign them, from its version 2.0.0-rc2 on, with
// secp256k1 or SM2. `docs/formats.md` 17.

#include "crypto/private_key.hpp"
#include "ledger/ethereum/types.hpp"
#include "ledger/types.hpp"

namespace bsn::ledger::fisco {

struct Transaction {
    Word nonce;  ///< a random number that its sender uses once
    Word gas_price;
    Word gas;
    std::uint64_t block_limit = 0;  ///< the last height at which it may be in a block
    std::optional<Address> to;      ///< none creates a contract
    Word value;
    Bytes data;
    std::uint64_t chain_id = 0;
    std::uint64_t group_id = 0;
    Bytes extra_data;
    SuiteId suite = SuiteId::secp256k1;  ///< secp256k1 or sm2
    /// secp256k1: 27 or 28, as one byte. SM2: both coordinates of the public key, 64 bytes; some
    /// clients leave the zeros at its front away.
    Bytes v;
    Word r;
    Word s;

    /// Checks the form, not the signature. The suite follows from the length of v.
    static Result<Transaction> decode(ByteView bytes);
    Bytes encode() const;
    /// What is signed: the first ten fields. secp256k1 signs its Keccak-256, SM2 takes its SM3 for
    /// the message.
    Bytes signing_payload() const;
    /// The id by which FISCO BCOS knows it: the suite's hash of the encoding.
    Hash hash() const;
    /// The key that signed it: recovered (secp256k1), or named by v and verified (SM2).
    /// `bad_signature` if there is none, or if s is high (secp256k1).
    Result<PublicKey> signer() const;
    /// Sets suite and signature. The key must be of the suite secp256k1 or sm2.
    void sign(const crypto::PrivateKey& key);

    bool operator==(const Transaction&) const = default;
};

}  // namespace bsn::ledger::fisco
