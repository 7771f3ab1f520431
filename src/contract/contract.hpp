#pragma once
// Contracts: deterministic programs over their own part of the world state. They see no clock but
// the block's time, no randomness and no network.

#include "ledger/control.hpp"
#include "ledger/receipt.hpp"
#include "ledger/world_state.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bsn::contract {

/// Who calls what, and where in the ledger.
struct Call {
    std::string contract;  ///< the name that it was deployed under; scopes its state
    std::string function;
    std::span<const Bytes> arguments;
    ledger::ParticipantId caller;
    crypto::PublicKey signer;
    ledger::ChannelId channel;
    ledger::TxId transaction;   ///< zero in a query
    ledger::Height height = 0;  ///< of the block being made; in a query: of the last one certified
    std::uint32_t index = 0;    ///< in the block
    UnixMillis time = 0;        ///< of that block
    /// The ordering height of that block.
    std::uint64_t order_height = 0;
    ledger::NetworkId network;
};

/// What a call may do. One call, one thread.
class Context {
  public:
    /// For execution.
    Context(const Call& call, ledger::StateOverlay& state)
        : call_(call), reader_(state), writer_(&state) {}
    /// For a query: `put`, `erase` and `emit` are bugs of the contract then.
    Context(const Call& call, const ledger::StateReader& state)
        : call_(call), reader_(state), writer_(nullptr) {}

    const Call& call() const { return call_; }

    Result<std::optional<Bytes>> get(ByteView key) const {
        return reader_.get(call_.contract, key);
    }
    Status scan(ByteView prefix, ByteView start, const ledger::StateReader::Visitor& visit) const {
        return reader_.scan(call_.contract, prefix, start, visit);
    }
    void put(ByteView key, Bytes value);
    void erase(ByteView key);
    /// Adds an event to the receipt: its name, further topics, and data.
    void emit(std::string_view event, std::vector<Bytes> topics, Bytes data);
    /// Decides something about another channel; only the permission chain's contract does.
    void decide(const ledger::ChannelId& channel, ledger::ControlRecord record);

    /// How many bytes of keys and values were put so far; what gas is counted from.
    std::uint64_t bytes_put() const { return bytes_put_; }

    std::vector<ledger::LogEntry> take_logs() { return std::move(logs_); }
    std::vector<std::pair<ledger::ChannelId, ledger::ControlRecord>> take_decisions() {
        return std::move(decisions_);
    }

  private:
    const Call& call_;
    const ledger::StateReader& reader_;
    ledger::StateOverlay* writer_;
    std::vector<ledger::LogEntry> logs_;
    std::vector<std::pair<ledger::ChannelId, ledger::ControlRecord>> decisions_;
    std::uint64_t bytes_put_ = 0;
};

enum class FunctionKind : std::uint8_t { write, read };

/// A function of a contract.
struct Function {
    std::string_view name;
    FunctionKind kind = FunctionKind::write;
    /// Answers bytes, or an error: `contract_failed` for what the caller did wrong (its message
    /// goes into the receipt); any other code stops the channel, since the state cannot be read.
    Result<Bytes> (*run)(Context&) = nullptr;
    std::string_view summary;  ///< one sentence, with the arguments
};

/// A contract's code, in one version. Immutable; any thread may use it.
class Contract {
  public:
    virtual ~Contract() = default;
    virtual std::string_view type() const = 0;
    virtual std::uint32_t version() const = 0;
    virtual std::span<const Function> functions() const = 0;

    const Function* find(std::string_view function) const;
    /// The sentence for a caller who names no function of this contract.
    virtual std::string unknown_function(std::string_view function) const;
};

/// The caller's mistake, as an error of a contract function.
Error refuse(std::string message);

/// The contracts that this program can run.
class Contracts {
  public:
    void add(std::unique_ptr<Contract> contract);
    const Contract* find(std::string_view type, std::uint32_t version) const;
    /// The newest version of a type; 0 if there is none.
    std::uint32_t newest(std::string_view type) const;
    const std::vector<std::unique_ptr<Contract>>& all() const { return contracts_; }

  private:
    std::vector<std::unique_ptr<Contract>> contracts_;
};

/// Adds the contracts that every app can use: `evidence` and `kv`.
void add_builtin_contracts(Contracts& contracts);

/// What came of executing a call.
struct Outcome {
    ledger::Receipt receipt;  ///< its cumulative gas is left to the block
    std::vector<std::pair<ledger::ChannelId, ledger::ControlRecord>> decisions;
};

/// The longest result that a receipt takes. A short call may ask for a long answer, and every peer
/// would have to keep it for ever: long answers are for queries.
inline constexpr std::size_t k_max_receipt_result = 64U << 10;

/// Executes a call as a transaction; on refusal its changes, events and decisions are undone. A
/// function that only reads is allowed: its answer is then on the ledger. Fails only if the state
/// cannot be read. A null contract yields `unknown_contract`.
///
/// Gas = bytes of the arguments + bytes of the keys and values put, also of a call that was refused
/// later on. There is no limit to it.
Result<Outcome> execute(const Contract* contract, const Call& call, ledger::StateOverlay& state);

/// Answers a read call: `not_found` for an unknown contract or function, `contract_failed` with the
/// contract's sentence, `invalid_argument` for a function that writes.
Result<Bytes> query(const Contract* contract, const Call& call, const ledger::StateReader& state);

}  // namespace bsn::contract
