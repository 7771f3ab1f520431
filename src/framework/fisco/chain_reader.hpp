#pragma once
// What the JSON-RPC and the channel protocol of FISCO BCOS 2.x ask of a chain, which is a group to
// their clients.

#include "framework/sender.hpp"
#include "ledger/fisco/header.hpp"
#include "ledger/fisco/receipt.hpp"
#include "ledger/fisco/transaction.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bsn::framework::fisco {

using ledger::Address;
using ledger::Hash;
using ledger::HashId;
using ledger::Word;

/// What does not change while a chain is open.
struct ChainSettings {
    std::uint64_t chain_id = 1;
    std::uint64_t group = 1;
    crypto::SuiteId suite = crypto::SuiteId::secp256k1;  ///< or sm2
    std::size_t max_transaction_bytes = 128U << 10;

    HashId hash() const { return crypto::suite_hash(suite); }
};

struct BlockHeader {
    ledger::fisco::Header header;
    Hash hash;
    std::vector<ledger::fisco::SealerSignature> signatures;
};

/// A transaction of a block, and what became of it.
struct ExecutedTransaction {
    ledger::fisco::Transaction transaction;
    Hash hash;
    Sender from;
    ledger::fisco::Receipt receipt;
};

struct Block {
    BlockHeader header;
    std::vector<ExecutedTransaction> transactions;
};

/// Where a transaction is.
struct TransactionPlace {
    std::uint64_t height = 0;
    std::uint32_t index = 0;
};

/// A call that leaves no trace.
struct CallMessage {
    Address from;
    Address to;
    Bytes data;
    Word value;
};

struct CallOutcome {
    std::uint32_t status = 0;  ///< as in receipts
    Bytes output;
};

/// A node that has a part in the chain.
struct Node {
    crypto::PublicPoint id;
    std::string name;
    std::string address;  ///< host:port; empty where it is not known
};

struct Nodes {
    Node own;  ///< of whoever answers
    /// In the order of the header's list.
    std::vector<Node> sealers;
    std::vector<Node> observers;
};

struct TransactionCounts {
    std::uint64_t height = 0;  ///< as of this block
    std::uint64_t total = 0;
    std::uint64_t failed = 0;
};

/// Takes where a submitted transaction is, or why it is nowhere. The codes that are told apart:
/// `expired` (block limit), `duplicate` (its nonce was used), `already_exists`, `overloaded`,
/// `wrong_network` (chain id), `wrong_channel` (group id), `bad_signature`, `forbidden`,
/// `too_large`, `invalid_argument`, and `unknown_outcome` if it may still come.
using SubmitDone = std::function<void(Result<TransactionPlace>)>;

/// Reads what is final of one chain. Any thread may call any member; callbacks come from any thread
/// and only hand over.
class ChainReader {
  public:
    virtual ~ChainReader() = default;

    virtual const ChainSettings& settings() const = 0;
    virtual std::uint64_t height() const = 0;
    /// `not_found` above the height.
    virtual Result<BlockHeader> header(std::uint64_t height) const = 0;
    virtual Result<std::uint64_t> height_of(const Hash& block) const = 0;
    virtual Result<std::shared_ptr<const Block>> block(std::uint64_t height) const = 0;
    virtual Result<TransactionPlace> find_transaction(const Hash& hash) const = 0;
    /// Executes a call as of the last block. A contract that refuses is no error.
    virtual Result<CallOutcome> call(const CallMessage& message) const = 0;
    /// Empty for an account without code.
    virtual Result<Bytes> code(const Address& address) const = 0;
    virtual Nodes nodes() const = 0;
    virtual Result<TransactionCounts> counts() const = 0;
    /// The value of a system configuration, such as `tx_count_limit`; `not_found` if there is none
    /// of that name.
    virtual Result<std::string> system_config(std::string_view key) const = 0;
    /// How many submitted transactions wait for a block.
    virtual std::size_t pending() const = 0;

    /// Asked before a client's transaction is taken; `overloaded` if the app may send none now.
    virtual Status take_one() { return {}; }
    /// Gives back what was taken for a transaction that was refused as nobody's who may send.
    virtual void give_back_one() {}
    /// Puts a signed transaction on the chain. `done` comes once.
    virtual void submit(Bytes transaction, SubmitDone done) = 0;
    /// Calls `wake` once, soon after the height reaches `height`.
    virtual void when_height(std::uint64_t height, std::function<void()> wake) = 0;
};

}  // namespace bsn::framework::fisco
