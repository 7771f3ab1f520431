#pragma once
// Headers of FISCO BCOS 2.x blocks, and the signatures of its sealers. `docs/formats.md` 19.

#include "crypto/private_key.hpp"
#include "crypto/public_point.hpp"
#include "ledger/ethereum/bloom.hpp"

namespace bsn::ledger::fisco {

using ethereum::Bloom;
using ethereum::Log;

struct Header {
    Hash parent;
    Hash state_root;
    Hash transactions_root;
    Hash receipts_root;
    Hash db_hash;
    Bloom bloom;
    std::uint64_t number = 0;
    Word gas_limit;
    Word gas_used;
    std::uint64_t timestamp = 0;  ///< milliseconds since 1970
    std::vector<Bytes> extra_data;
    Word sealer;                                   ///< index into the sealers of who made the block
    std::vector<crypto::PublicPoint> sealer_list;  ///< their public keys, x then y

    Bytes encode() const;
    static Result<Header> decode(ByteView bytes);
    /// The block's hash, by the hash function of the chain: Keccak-256 or SM3.
    Hash hash(HashId hash) const;

    bool operator==(const Header&) const = default;
};

/// A sealer's signature of a block's hash, as the block carries it beside its header.
struct SealerSignature {
    Word sealer;      ///< index into the sealers
    Bytes signature;  ///< secp256k1: r, s, recovery id (65 bytes); SM2: r, s, public key (128)

    bool operator==(const SealerSignature&) const = default;
};

/// Signs a block's hash; the key must be of the suite secp256k1 or sm2.
Bytes sign_block(const Hash& block, const crypto::PrivateKey& key);
/// Whether a signature is of this block and of the sealer that it names; `bad_signature` if not.
/// The suite is that of the chain.
Status check_block_signature(const Header& header, SuiteId suite, const SealerSignature& signature);

}  // namespace bsn::ledger::fisco
