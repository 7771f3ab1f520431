#pragma once
// What an EVM is given, and what comes of it.

#include "ledger/ethereum/account.hpp"
#include "ledger/ethereum/transaction.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bsn::contract::evm {

using ledger::Address;
using ledger::Hash;
using ledger::Word;
using ledger::ethereum::AccessListEntry;
using ledger::ethereum::Account;

enum class Fork : std::uint8_t { istanbul, berlin, london, paris, shanghai, cancun, prague };

/// Whether gas costs anything.
enum class Fees : std::uint8_t {
    free,     ///< whatever price is stated, the effective one and the base fee are 0
    metered,  ///< as Ethereum: the sender pays, the block's beneficiary earns
};

/// What a message's nonce means.
enum class Nonces : std::uint8_t {
    counted,  ///< Ethereum: it must equal the account's, which counts messages and creations
    random,   ///< FISCO BCOS: not checked here; the account's counts creations only
};

/// What a message to an address without a contract does.
enum class Callees : std::uint8_t {
    any,        ///< Ethereum: it moves money
    contracts,  ///< FISCO BCOS: it fails, and changes nothing
};

/// Of a channel, for ever.
struct Settings {
    Fork fork = Fork::cancun;
    std::uint64_t chain_id = 1;
    std::uint64_t max_code_size = 0;  ///< bytes; 0: the fork's, 24 KiB
    Fees fees = Fees::free;
    Nonces nonces = Nonces::counted;
    Callees callees = Callees::any;  ///< of the messages of blocks, not of calls inside of them
    /// Of the opcode KECCAK256, of EXTCODEHASH, and of the addresses that CREATE and CREATE2 make.
    ledger::HashId hash = ledger::HashId::keccak256;
    std::uint64_t max_gas = 0;            ///< that a message may ask for; 0: the block's limit
    std::uint64_t call_gas = 50'000'000;  ///< that a call (`Runtime::call`) gets at most
    /// Analysed bytecode kept in memory at most.
    std::size_t code_cache_bytes = std::size_t{32} << 20;
};

/// The block that a message is executed in.
struct BlockEnvironment {
    std::uint64_t number = 0;
    std::uint64_t time = 0;  ///< in the dialect's unit
    Address beneficiary;
    std::uint64_t gas_limit = 0;  ///< as contracts see it
    /// What the messages may use together; the one that reaches it is the last. 0: no end.
    std::uint64_t gas_left = 0;
    std::uint64_t base_fee = 0;  ///< with `Fees::metered`
    std::uint64_t excess_blob_gas = 0;
    Word prev_randao;
    Word difficulty;  ///< before Paris
    /// The dialect's hash of an earlier block; any thread may call it. Empty: all are zero.
    std::function<Result<Hash>(std::uint64_t number)> block_hash;
};

/// An account's permission to run another's code as its own (EIP-7702).
struct Authorization {
    Word chain_id;
    Address address;
    std::uint64_t nonce = 0;
    std::uint8_t y_parity = 0;
    Word r;
    Word s;
};

/// A transaction whose sender is known, or a call.
struct Message {
    std::uint8_t type = 0;  ///< EIP-2718
    Address from;
    std::optional<Address> to;  ///< none creates a contract
    Word value;
    Bytes data;
    std::uint64_t gas = 0;
    Word gas_price;  ///< from type 2 on the fee cap
    std::optional<Word> max_priority_fee;
    std::uint64_t nonce = 0;
    std::vector<AccessListEntry> access_list;
    std::vector<Hash> blob_hashes;
    Word max_blob_fee;
    std::vector<Authorization> authorizations;
};

struct Log {
    Address address;
    std::vector<Word> topics;
    Bytes data;
    bool operator==(const Log&) const = default;
};

/// What a message changed of one account.
struct Change {
    Address address;
    bool destroyed = false;  ///< with all its slots; `account` is written and none then
    bool written = false;    ///< `account` is what it is now
    std::optional<Account> account;
    std::optional<Bytes> code;                 ///< if it is new
    std::vector<std::pair<Word, Word>> slots;  ///< ascending; zero: gone
    bool operator==(const Change&) const = default;
};

enum class ExitStatus : std::uint8_t {
    success,
    reverted,
    halted,  ///< failed otherwise; all gas is gone
    out_of_gas,
    no_contract,   ///< `Callees::contracts`: the called address has none
    inadmissible,  ///< never executed: wrong nonce, too little money …
};

/// Bytes by their Keccak-256.
using KeptBytes = std::map<Hash, Bytes>;

struct Execution {
    ExitStatus status = ExitStatus::success;
    std::string reason;  ///< of any other status, in the words of geth
    std::uint64_t gas_used = 0;
    std::uint64_t gas_refunded = 0;  ///< for what was cleared; not in `gas_used`
    Bytes output;  ///< what was returned, or the reason given by a revert; a creation's: its code
    std::vector<Log> logs;
    std::optional<Address> created;
    std::vector<Change> changes;  ///< ascending by address
    KeptBytes kept;  ///< of a dialect's contracts; to be found by their hash, as code is
    /// What the beneficiary earned. It stands in no change, so that messages do not depend on one
    /// another by it.
    Word reward;
};

}  // namespace bsn::contract::evm
