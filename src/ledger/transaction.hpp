#pragma once
// Transactions: what a participant signs. `docs/formats.md` 3.

#include "crypto/private_key.hpp"
#include "ledger/dialect.hpp"
#include "ledger/ethereum/transaction.hpp"
#include "ledger/fisco/transaction.hpp"
#include "ledger/types.hpp"

#include <string>
#include <variant>
#include <vector>

namespace bsn::ledger {

inline constexpr std::size_t k_max_transaction_bytes = 1U << 20;
inline constexpr std::size_t k_max_arguments = 256;
inline constexpr std::size_t k_max_name_bytes = 64;

/// Whether a contract and a function may be named so; see `Payload`.
Status check_names(std::string_view contract, std::string_view function);

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

/// A transaction as received: its bytes are kept and never encoded anew.
class Transaction {
  public:
    /// Checks form and limits, not the signature; but a dialect's transaction does not name its
    /// signer, who is found by the signature, and it is right then.
    static Result<Transaction> decode(Bytes bytes);
    /// An Ethereum transaction that was decoded from these bytes, and whose signature names this
    /// signer: finding a signer costs more than all else, and is done once.
    static Transaction of_ethereum(ByteView raw, ethereum::Transaction native,
                                   const PublicKey& signer);
    /// The transaction of a dialect, given in its ecosystem's own form.
    static Bytes wrap(Dialect dialect, ByteView body);
    /// What follows the prefix of a transaction that was decoded before.
    static ByteView body_of(ByteView bytes);
    /// The id alone, which costs less than decoding.
    static Result<TxId> id_of(ByteView bytes);
    /// Signs a payload that passes its `check()`. The payload's suite is set to the key's.
    static Transaction sign(Payload payload, const crypto::PrivateKey& key);

    const Bytes& bytes() const { return bytes_; }
    Dialect dialect() const { return dialect_; }
    /// What is signed. Of a dialect's transaction, what corresponds to it: the creator is the
    /// participant whose first key signed it; contract `evm`, function `call` or `create`. Its
    /// network, channel and arguments are empty and it has no end: a dialect has its own rules.
    const Payload& payload() const { return payload_; }
    /// What follows the prefix: payload, signer and signature, or the dialect's own bytes.
    ByteView body() const;
    /// Of a transaction without a dialect: the payload as received.
    ByteView payload_bytes() const;
    /// Null for another dialect's.
    const ethereum::Transaction* ethereum() const {
        return std::get_if<ethereum::Transaction>(&native_);
    }
    const fisco::Transaction* fisco() const { return std::get_if<fisco::Transaction>(&native_); }
    /// The key that the signature is checked with. Whether it is the creator's is for the channel
    /// to say.
    const PublicKey& signer() const { return signer_; }
    const Signature& signature() const { return signature_; }
    const TxId& id() const { return id_; }

    /// Whether the signer signed exactly this payload.
    Status verify_signature() const;

  private:
    static Result<Transaction> decode_native(Bytes bytes);
    static Result<Transaction> decode_ethereum(const Bytes& bytes);
    static Result<Transaction> decode_fisco(Bytes bytes);

    Bytes bytes_;
    Dialect dialect_ = Dialect::native;
    std::variant<std::monostate, ethereum::Transaction, fisco::Transaction> native_;
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
