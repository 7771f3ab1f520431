#pragma once
// What Ethereum's JSON-RPC asks of a chain. The methods beside this file stand on it alone, so that
// a channel of our ledger and an outside chain can be served alike.

#include "framework/sender.hpp"
#include "ledger/ethereum/header.hpp"
#include "ledger/ethereum/transaction.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bsn::framework::ethereum {

using ledger::Address;
using ledger::Hash;
using ledger::Word;
using ledger::ethereum::AccessListEntry;
using ledger::ethereum::Bloom;
using ledger::ethereum::Header;
using ledger::ethereum::Log;
using ledger::ethereum::Transaction;
using ledger::ethereum::TransactionType;

/// Of a chain, for ever.
struct ChainSettings {
    std::uint64_t chain_id = 1;
    /// Whether gas costs something. If not, no price is charged, whatever a transaction states.
    bool metered = false;
    Word gas_price;                              ///< what `eth_gasPrice` answers
    Word priority_fee;                           ///< what `eth_maxPriorityFeePerGas` answers
    std::uint64_t block_gas_limit = 30'000'000;  ///< also the most that a transaction may ask for
    std::uint64_t call_gas_cap = 50'000'000;     ///< the most that a call gets
    std::size_t max_init_code = 49'152;          ///< bytes that a creation may send
    std::size_t max_transaction_bytes = 128U << 10;
    ledger::HashId hash = ledger::HashId::keccak256;  ///< of its bloom filters
    std::string client = "bsn/v0.1.0/linux/c++20";    ///< what `web3_clientVersion` answers
};

/// A transaction and what came of it.
struct ExecutedTransaction {
    Transaction transaction;
    Hash hash;
    Sender from;
    bool success = true;
    std::uint64_t gas_used = 0;
    std::uint64_t cumulative_gas = 0;  ///< of the block, up to and with it
    Word effective_gas_price;
    std::optional<Address> created;  ///< of a contract, if the transaction was to create one
    std::vector<Log> logs;
    Bytes output;  ///< what was returned, or the data of a revert
};

struct BlockHeader {
    Header header;
    Hash hash;
};

struct Block {
    Header header;
    Hash hash;
    std::uint64_t size = 0;  ///< bytes of its RLP
    std::vector<ExecutedTransaction> transactions;
};

struct TransactionPlace {
    std::uint64_t height = 0;
    std::uint32_t index = 0;
};

/// A message that is executed without being a transaction.
struct CallMessage {
    Address from;
    std::optional<Address> to;  ///< none creates a contract
    Word value;
    Bytes data;
    std::uint64_t gas = 0;  ///< 0: as much as a call may have
    Word gas_price;
    std::optional<Word> max_priority_fee;
    std::vector<AccessListEntry> access_list;
};

enum class CallStatus : std::uint8_t {
    success,
    reverted,
    out_of_gas,
    failed,  ///< otherwise; `reason` says why
};

struct CallOutcome {
    CallStatus status = CallStatus::success;
    std::string reason;  ///< unless it succeeded, in the words of geth
    Bytes output;        ///< what was returned, or the data of a revert
    std::uint64_t gas_used = 0;
    std::uint64_t gas_refunded = 0;
};

/// A proof of an account's values under the state root of a block.
struct AccountProof {
    std::vector<Bytes> account;  ///< nodes from the root down
    Hash storage_root;
    Hash code_hash;
    std::vector<std::vector<Bytes>> slots;  ///< as many as were asked for
};

struct AccountState {
    std::uint64_t nonce = 0;
    Word balance;
};

/// What calls take an account to be.
struct AccountOverride {
    Address address;
    std::optional<std::uint64_t> nonce;
    std::optional<Word> balance;
    std::optional<Bytes> code;
    bool storage_replaced = false;  ///< slots that are not named below are zero
    std::vector<std::pair<Word, Word>> slots;
};

/// The state after a block. One thread at a time.
class StateView {
  public:
    virtual ~StateView() = default;
    /// Zero for an account that is not there.
    virtual Result<AccountState> account(const Address& address) = 0;
    /// Empty if it has none.
    virtual Result<Bytes> code(const Address& address) = 0;
    virtual Result<Word> slot(const Address& address, const Word& slot) = 0;
    /// From now on calls and the reads above take these accounts to be changed; proofs do not.
    virtual Status put_over(const std::vector<AccountOverride>& accounts) = 0;
    /// Executes a message in the block after this state. An error: it cannot be executed at all,
    /// in the words of geth.
    virtual Result<CallOutcome> call(const CallMessage& message) = 0;
    /// `unsupported_version` on a chain whose state has no Merkle Patricia root.
    virtual Result<AccountProof> prove(const Address& address, const std::vector<Word>& slots) = 0;
};

/// Reads a chain's final blocks and their state. Any thread.
class ChainReader {
  public:
    virtual ~ChainReader() = default;
    virtual const ChainSettings& settings() const = 0;
    /// Of the last final block.
    virtual std::uint64_t height() const = 0;
    /// `not_found` for a block that is not there (yet).
    virtual Result<BlockHeader> header(std::uint64_t height) const = 0;
    virtual Result<std::uint64_t> height_of(const Hash& block) const = 0;
    virtual Result<std::shared_ptr<const Block>> block(std::uint64_t height) const = 0;
    /// `not_found` for a transaction that is in no final block.
    virtual Result<TransactionPlace> find_transaction(const Hash& hash) const = 0;
    /// The state after a block. `not_found` where it is no longer kept: the sentence says so.
    virtual Result<std::unique_ptr<StateView>> state(std::uint64_t height) const = 0;
    /// Asked before a client's transaction is taken; `overloaded` if the app may send none now.
    virtual Status take_one() { return {}; }
    /// Gives back what was taken for a transaction that was refused as nobody's who may send.
    virtual void give_back_one() {}
    /// Calls `wake` once, soon after `height()` reaches this; it only hands over.
    virtual void when_height(std::uint64_t height, std::function<void()> wake) = 0;
};

}  // namespace bsn::framework::ethereum
