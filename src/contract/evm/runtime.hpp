#pragma once
// Executes one message over a state: revm (`evm/`) behind values of ours.

#include "contract/evm/types.hpp"

#include <memory>
#include <mutex>

struct bsn_evm_engine;
struct bsn_evm_session;
struct bsn_evm_journal;

namespace bsn::contract::evm {

/// Where accounts, code and slots are read from. An error ends the execution, which then fails.
class StateSource {
  public:
    virtual ~StateSource() = default;
    virtual Result<std::optional<Account>> account(const Address& address) = 0;
    virtual Result<Bytes> code(const Hash& hash) = 0;
    virtual Result<Word> slot(const Address& address, const Word& slot) = 0;
};

/// What is at an address.
enum class Presence : std::uint8_t { none, account, contract };

/// What a contract of a dialect may do to the state while it runs; a revert undoes it.
class Journal {
  public:
    Journal(bsn_evm_journal* journal, StateSource& state, const std::optional<Error>& failure)
        : journal_(journal), state_(state), failure_(failure) {}

    Result<Word> load(const Address& address, const Word& slot);
    /// `forbidden` in a static call.
    Status store(const Address& address, const Word& slot, const Word& value);
    /// `forbidden` in a static call; at most four topics.
    Status log(const Log& log);
    Result<Presence> presence(const Address& address);
    /// Bytes that a dialect's contract kept by their hash, in a message before.
    Result<Bytes> bytes(const Hash& hash);

  private:
    Error failed(int answer) const;

    bsn_evm_journal* journal_;
    StateSource& state_;
    const std::optional<Error>& failure_;
};

/// A call of a dialect's contract.
struct PrecompileCall {
    Address address;
    Address caller;
    Address origin;
    Word value;
    bool is_static = false;
    std::uint64_t gas = 0;
    ByteView input;
};

struct PrecompileOutcome {
    ExitStatus status = ExitStatus::success;  ///< success, reverted; `halted` takes all gas
    std::uint64_t gas_used = 0;               ///< more than it had: out of gas
    Bytes output;
};

/// The contracts in C++ that a dialect has at addresses of its own, during one message. For the EVM
/// they have a code of one byte, since Solidity asks for the size before it calls. One thread.
class Precompiles {
  public:
    virtual ~Precompiles() = default;
    /// Asked about every address that the message touches.
    virtual bool owns(const Address& address) = 0;
    /// An error means that the state cannot be read.
    virtual Result<PrecompileOutcome> run(const PrecompileCall& call, Journal& journal) = 0;
    /// Bytes longer than a slot, by the hash that a slot has in their place. Those stay of which
    /// the message leaves a hash in a slot.
    virtual KeptBytes kept() const { return {}; }
};

/// Makes the contracts for a message; any thread may call it. Empty: there are none.
using MakePrecompiles = std::function<std::unique_ptr<Precompiles>()>;

/// A channel's EVM. Any thread may use it, many at once.
class Runtime {
  public:
    explicit Runtime(const Settings& settings);
    ~Runtime();
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    const Settings& settings() const { return settings_; }

    /// What executions by one thread share, kept warm from one to the next. The runtime outlives
    /// it.
    class Seat;

    /// Executes a message. An error: the state cannot be read, or a bug (`internal`).
    Result<Execution> execute(Seat& seat, const BlockEnvironment& block, const Message& message,
                              StateSource& state, Precompiles* precompiles = nullptr) const;
    Result<Execution> execute(const BlockEnvironment& block, const Message& message,
                              StateSource& state, Precompiles* precompiles = nullptr) const;
    /// What the message would do now: nonce and the block's gas limit are not checked, the sender
    /// may have code, and gas costs nothing. `gas` 0: as much as a call may have.
    Result<Execution> call(const BlockEnvironment& block, const Message& message,
                           StateSource& state, Precompiles* precompiles = nullptr) const;

  private:
    struct FreeEngine {
        void operator()(bsn_evm_engine* engine) const;
    };
    struct FreeSession {
        void operator()(bsn_evm_session* session) const;
    };
    using Session = std::unique_ptr<bsn_evm_session, FreeSession>;

    Session take_session() const;
    void give_back(Session session) const;
    Result<Execution> run(Seat& seat, const BlockEnvironment& block, const Message& message,
                          bool simulate, StateSource& state, Precompiles* precompiles) const;

    Settings settings_;
    std::unique_ptr<bsn_evm_engine, FreeEngine> engine_;
    mutable std::mutex mutex_;
    /// Not in use. As many as ran at once; a session is dear to make.
    mutable std::vector<Session> sessions_;
};

class Runtime::Seat {
  public:
    explicit Seat(const Runtime& runtime) : runtime_(runtime) {}
    ~Seat();
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

  private:
    friend class Runtime;
    const Runtime& runtime_;
    Session session_;  ///< none before the first execution
};

}  // namespace bsn::contract::evm
