#pragma once
// The framework port: what gateway, portal and hub see of any blockchain framework. An adapter of
// another framework implements these two classes and passes `tests/conformance/framework`.

#include "base/clock.hpp"
#include "crypto/suite.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bsn::framework {

/// What kind of promise a chain makes when it answers that a transaction is on it.
enum class Finality : std::uint8_t {
    final,     ///< it cannot be undone within the chain's fault model
    k_deep,    ///< the more blocks follow, the surer
    attested,  ///< someone named says so
};

/// Signs on behalf of an identity; the key may be in a file, with a client, or in a device.
class Signer {
  public:
    virtual ~Signer() = default;
    virtual const crypto::PublicKey& public_key() const = 0;
    /// The name of the identity on the network: its participant id, 32 bytes.
    virtual Bytes participant() const = 0;
    virtual crypto::Signature sign(ByteView message) const = 0;
};

/// A call of a contract's function.
struct Invocation {
    std::string contract;
    std::string function;
    std::vector<Bytes> arguments;
    /// Data for the contract that must not be on the chain. Own ledger: refused if not empty.
    std::map<std::string, Bytes> transient;
    const Signer* identity = nullptr;  ///< outlives the call; queries of public functions: none
    /// The nonce of the transaction to make, 16 bytes, for `Chain::transaction_with_nonce`; empty:
    /// a random one.
    Bytes nonce = {};
    /// Where it has no effect, since others changed what it had read or more must endorse it, it
    /// may be made anew, as another transaction. Only without a nonce; own ledger: no such case.
    bool may_repeat = false;
};

/// A transaction as it is on the chain.
struct TransactionView {
    Bytes id;
    std::uint64_t height = 0;
    std::uint32_t index = 0;
    UnixMillis time = 0;   ///< of its block
    bool success = false;  ///< executed without refusal
    Bytes result;          ///< what the contract answered
    std::string error;     ///< why it was refused
    Bytes creator;         ///< participant id, where the framework knows it
    std::string contract;
    std::string function;
    std::vector<Bytes> arguments;
    Bytes raw;  ///< the transaction in the framework's own form; not set by `submit`
};

/// A block as it is on the chain.
struct BlockView {
    std::uint64_t height = 0;
    Bytes hash;
    Bytes previous;
    UnixMillis time = 0;
    bool final = false;  ///< certified, in the own ledger's terms
    Bytes raw_header;    ///< in the framework's own form
    std::vector<Bytes> transaction_ids;
    std::size_t signers = 0;  ///< peers whose signatures are in its certificate
    /// What else happened in it (control records, skipped transactions), for people, as JSON.
    std::string details;
};

/// Something that a contract emitted.
struct Event {
    std::uint64_t height = 0;
    std::uint32_t index = 0;  ///< of the transaction in its block
    std::uint32_t log = 0;    ///< of the event in its transaction
    Bytes transaction;
    std::string contract;
    std::string name;
    std::vector<Bytes> topics;  ///< without the name
    Bytes data;
    UnixMillis time = 0;
};

/// Where a reader of events stands: everything below it was read.
struct EventCursor {
    std::uint64_t height = 0;  ///< the next block to read

    auto operator<=>(const EventCursor&) const = default;
};

struct EventPage {
    std::vector<Event> events;
    EventCursor next;
    /// True if there is nothing beyond `next` yet.
    bool at_end = false;
};

using SubmitDone = std::function<void(std::vector<Result<TransactionView>>)>;

/// A client's standing connection to a chain's own RPC, such as a WebSocket. Its subscriptions are
/// its own, and end when it is destroyed; what is still being worked on then is dropped.
class RpcConnection {
  public:
    virtual ~RpcConnection() = default;
    /// Takes one message of the client. One call at a time; it may work for a while.
    virtual void receive(std::string message) = 0;
};

/// The JSON-RPC that clients of a dialect speak (Ethereum, FISCO BCOS). Whoever serves it
/// moves texts and knows nothing of what they say. Any thread may call any member.
class ClientRpc {
  public:
    using Reply = std::function<void(std::string)>;
    /// Takes what is sent to a connected client: any thread, in order, also after the connection
    /// was destroyed. It only hands over.
    using Send = std::function<void(std::string)>;

    virtual ~ClientRpc() = default;
    /// Answers one request. It may work for a while; `reply` comes once, from any thread, perhaps
    /// before this returns. An empty answer: the request wants none.
    virtual void answer(std::string request, Reply reply) = 0;
    /// Opens a connection; the chain outlives it. None: this RPC has no connections.
    virtual std::unique_ptr<RpcConnection> connect(Send send) = 0;
};

/// One application chain. Any thread may call any member; callbacks come from any thread and
/// should only hand over.
class Chain {
  public:
    virtual ~Chain() = default;

    virtual Finality finality() const = 0;
    /// The height of the last final block.
    virtual std::uint64_t height() const = 0;

    /// Puts transactions, signed by clients in the framework's own form, on the chain. `done` gets
    /// one answer for each, in order, once all are known: the transaction as first executed, or
    /// why it was not admitted, or `unknown_outcome` when `timeout` milliseconds have passed: the
    /// same bytes may be sent again. Bytes that are on the chain already get their first answer.
    virtual void submit(std::vector<Bytes> transactions, std::uint64_t timeout,
                        SubmitDone done) = 0;
    /// Makes and signs the framework's own transaction for an invocation.
    virtual Result<Bytes> make_transaction(const Invocation& invocation) const = 0;
    /// Makes a transaction for an invocation by an identity, and puts it on the chain: `done` gets
    /// one answer, as of `submit`. Frameworks that ask others before they sign do it without
    /// waiting.
    virtual void invoke(Invocation invocation, std::shared_ptr<const Signer> identity,
                        std::uint64_t timeout, SubmitDone done);
    /// What a client must sign for `submit`, after others have endorsed its signed proposal, for
    /// frameworks that work so (`unsupported_version` otherwise). It waits for them.
    virtual Result<Bytes> endorse(ByteView signed_proposal) const;
    /// Answers a read call from final state.
    virtual Result<Bytes> query(const Invocation& invocation) const = 0;

    virtual Result<BlockView> block(std::uint64_t height) const = 0;
    virtual Result<BlockView> block_by_hash(ByteView hash) const = 0;
    virtual Result<TransactionView> transaction(ByteView id) const = 0;
    /// The transaction for which an identity (its participant id) used a nonce of
    /// `Invocation::nonce`; none if there is no such transaction yet. Nonces count once for ever.
    /// `unknown_outcome` while it is on its way to be final, and where it is known only that there
    /// is one. `unsupported_version` for frameworks that have no such nonces.
    virtual Result<std::optional<TransactionView>> transaction_with_nonce(ByteView, ByteView) const;
    /// Events of final blocks from a cursor on; at least one block is read, and reading ends after
    /// the block that reaches `limit` events.
    virtual Result<EventPage> events(EventCursor from, std::size_t limit) const = 0;
    /// Calls `wake` once, soon after the height of the last final block reaches `height`.
    virtual void when_height(std::uint64_t height, std::function<void()> wake) = 0;

    /// Evidence that a transaction is on the chain, for `Framework::verify`. Own ledger: the
    /// canonical JSON of a receipt bundle.
    virtual Result<Bytes> prove(ByteView transaction) const = 0;

    /// The RPC that clients of its framework speak; null where it has none.
    virtual ClientRpc* client_rpc() { return nullptr; }
};

inline Result<std::optional<TransactionView>> Chain::transaction_with_nonce(ByteView,
                                                                            ByteView) const {
    return Error{Code::unsupported_version, "this framework has no nonces that count for ever"};
}

inline void Chain::invoke(Invocation invocation, std::shared_ptr<const Signer> identity,
                          std::uint64_t timeout, SubmitDone done) {
    invocation.identity = identity.get();
    auto transaction = make_transaction(invocation);
    if (!transaction) {
        done({transaction.error()});
        return;
    }
    submit({std::move(*transaction)}, timeout, std::move(done));
}

inline Result<Bytes> Chain::endorse(ByteView) const {
    return Error{Code::unsupported_version, "transactions of this framework need no endorsement"};
}

/// What an adapter can do.
struct Capabilities {
    bool client_signed = false;  ///< transactions may be signed outside
    bool transient_data = false;
    bool offline_proofs = false;  ///< `prove` and `verify`
};

/// What a verified proof shows.
struct Verified {
    TransactionView transaction;
    std::string trust;  ///< whose word it rests on, in one line
};

/// A blockchain framework: makes and opens chains, and judges their proofs.
class Framework {
  public:
    virtual ~Framework() = default;

    virtual std::string_view name() const = 0;
    virtual Capabilities capabilities() const = 0;

    /// Runs (or joins) this node's part of an app's chain, given the app's channel id; the same
    /// call again finds the chain as it is. What the chain must be is read from the permission
    /// chain.
    virtual Result<Chain*> open_chain(ByteView channel) = 0;
    /// Stops this node's part of the chain. Its data stays.
    virtual Status leave_chain(ByteView channel) = 0;

    /// Whether a proof shows a transaction to someone who holds only the trusted state. Pure.
    virtual Result<Verified> verify(ByteView proof, ByteView trusted_state) const = 0;
    /// The trusted state moved forward by a header (own ledger: a system handover). Pure.
    virtual Result<Bytes> update(ByteView trusted_state, ByteView header) const = 0;
};

}  // namespace bsn::framework
