#pragma once
// Transactions: what a participant signs. `docs/formats.md` 3.

#include "crypto/private_key.hpp"
#include "ledger/types.hpp"

#include <string>
#include <vector>

namespace bsn::ledger {

inline constexpr std::size_t k_max_transaction_bytes = 1U << 20;
inline constexpr std::size_t k_max_arguments = 256;
inline constexpr std::size_t k_max_name_bytes = 64;

/// What is signed: a call of a contract's function, made for one channel of one network, to be
/// executed once, and not after a point in block time.
struct Payload {
    NetworkId network;
    ChannelId channel;
    SuiteId suite = SuiteId::secp256r1;
    ParticipantId creator;
    Nonce nonce;
    UnixMillis valid_until = 0;  ///< inclusive, against block time
    std::string contract;        ///< 1 to 64 of a-z, 0-9, `_` and `-`
    std::string function;        ///< 1 to 64 printable ASCII letters, no space
    std::vector<Bytes> arguments;

    /// Whether names, arguments and size are within the limits: to be asked before signing what a
    /// user typed.
    Status check() const;
    Bytes encode() const;
    static Result<Payload> decode(ByteView bytes);

    bool operator==(const Payload&) const = default;
};

/// Which rules a transaction's body follows.
enum class Dialect : std::uint16_t {
    native = 0,  ///< payload, signer and signature as in `docs/formats.md` 3
};

/// A transaction as received: its bytes are kept and never encoded anew.
class Transaction {
  public:
    /// Checks form and limits, not the signature.
    static Result<Transaction> decode(Bytes bytes);
    /// Signs a payload that passes its `check()`. The payload's suite is set to the key's.
    static Transaction sign(Payload payload, const crypto::PrivateKey& key);

    const Bytes& bytes() const { return bytes_; }
    const Payload& payload() const { return payload_; }
    ByteView payload_bytes() const;
    /// The key that the signature is checked with. Whether it is the creator's is for the channel
    /// to say.
    const PublicKey& signer() const { return signer_; }
    const Signature& signature() const { return signature_; }
    const TxId& id() const { return id_; }

    /// Whether the signer signed exactly this payload.
    Status verify_signature() const;

  private:
    Bytes bytes_;
    Payload payload_;
    PublicKey signer_;
    Signature signature_;
    TxId id_;
};

/// A batch: transactions of one channel that are stored, ordered and executed together.
/// `docs/formats.md` 4.
Bytes encode_batch(const std::vector<ByteView>& transactions);
/// The transactions of a batch, borrowed from its bytes; their own form is not checked.
Result<std::vector<ByteView>> decode_batch(ByteView bytes);

}  // namespace bsn::ledger
