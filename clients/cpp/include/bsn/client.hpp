#pragma once
// A network's client in C++: transactions with your own keys or with keys in a city node's custody,
// queries, verified receipts and events, over any of several gateways. `clients/cpp/README.md`.
//
// Bytes (arguments, results, bundles) are strings of any content. Ids are lower-case hexadecimal.
// Nothing here throws but for bugs: what can fail is a `Result` or `Status`, whose error has a code
// of `docs/http-api.md` and one sentence. A client, its apps and its keys belong to one thread at a
// time; calls wait.

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bsn::client {

enum class Suite : std::uint8_t { secp256r1, secp256k1, sm2 };

/// A private key, and the participant that it speaks for. Its bytes are wiped when it goes.
class Key {
  public:
    static Key generate(Suite suite);
    /// Of a PKCS#8 PEM text, such as `bsn key export NAME --private` writes; encrypted ones need
    /// their passphrase.
    static Result<Key> from_pem(std::string_view pem, std::string_view passphrase = {});

    ~Key();
    Key(Key&&) noexcept;
    Key& operator=(Key&&) noexcept;

    Suite suite() const;
    /// Compressed, hexadecimal.
    std::string public_key() const;
    /// The id of the participant: of whom this is the first key, unless `act_for` said otherwise.
    std::string participant() const;
    /// The key acts for a participant whose first key it is not.
    Status act_for(std::string_view participant);
    /// PKCS#8 PEM; encrypted if the passphrase is not empty.
    std::string to_pem(std::string_view passphrase = {}) const;

  private:
    friend class Client;
    friend class App;
    struct Impl;
    explicit Key(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// A function of a contract, and what it is given.
struct Call {
    std::string contract;
    std::string function;
    std::vector<std::string> arguments;
};

/// A transaction on the ledger.
struct Outcome {
    std::string id;
    bool success = false;  ///< false: the contract refused; it is on the ledger all the same
    std::uint64_t height = 0;
    std::uint32_t index = 0;
    std::uint64_t time = 0;  ///< of its block, in milliseconds since 1970
    std::string result;      ///< what the contract answered
    std::string error;       ///< why it refused
};

/// A transaction that is signed and not sent yet. The same bytes may be sent again: it is executed
/// once, and answered as the first time.
struct SignedTransaction {
    std::string id;
    std::string bytes;
};

/// A receipt that was verified.
struct Receipt {
    std::string bundle;       ///< canonical JSON: what is worth keeping
    std::string transaction;  ///< its id
    bool success = false;     ///< executed without refusal
    std::string failure;      ///< why it is no success
    std::string trust_class;  ///< such as `crash-fault quorum 2 of 3, …`
    std::uint64_t height = 0;
    std::uint64_t time = 0;  ///< of its block, in milliseconds since 1970
};

/// Verifies a receipt bundle (canonical JSON) against the genesis file, without a network:
/// `bad_signature` unless it is authentic.
Result<Receipt> verify_receipt(std::string_view genesis, std::string_view bundle);

/// Something that a contract emitted.
struct Event {
    std::string id;  ///< where it stands: what reading goes on after
    std::uint64_t height = 0;
    std::uint32_t index = 0;  ///< of the transaction in its block
    std::uint32_t log = 0;    ///< of the event in its transaction
    std::string transaction;
    std::string contract;
    std::string name;
    std::vector<std::string> topics;
    std::string data;
    std::uint64_t time = 0;  ///< of its block, in milliseconds since 1970
};

/// Where reading of events begins: after an event that was seen, else at a block, else at the next
/// block.
struct EventCursor {
    std::string after;  ///< `Event::id`; empty: none was seen
    std::optional<std::uint64_t> from;
};

struct Options {
    /// Addresses of city nodes, `http://HOST:PORT` or `https://…`: when one is lost the next is
    /// asked.
    std::vector<std::string> gateways;
    /// The content of the genesis file, from a source that you trust.
    std::string genesis;
    /// Who vouches for `https` gateways, PEM; none: the network's own authority; empty: the
    /// system's.
    std::optional<std::string> authority;
    /// For each call, with all its repetitions.
    std::chrono::milliseconds timeout{30'000};
    /// Takes only answers that a city node of the network signed. (Streams are not signed.)
    bool signed_answers = true;
};

class App;

/// A network, reached through its gateways.
class Client {
  public:
    /// Without a key only what is public can be read. Nobody is asked yet.
    static Result<Client> open(const Options& options, std::optional<Key> key = std::nullopt);

    ~Client();
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;

    /// Network id.
    std::string network() const;
    /// The names of all apps.
    Result<std::vector<std::string>> apps();
    /// An app by its name; `system` is the permission chain. The client outlives it.
    Result<App> app(std::string_view name);

  private:
    friend class App;
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// One app of a network.
class App {
  public:
    ~App();
    App(App&&) noexcept;
    App& operator=(App&&) noexcept;

    const std::string& name() const;
    /// Channel id.
    std::string channel() const;

    /// Makes and signs a transaction with the client's key, and sends nothing. For apps of our own
    /// ledger.
    Result<SignedTransaction> sign(const Call& call) const;
    /// Sends a transaction and waits until a quorum of the app's peers holds its block. After
    /// `unknown_outcome` send the same again.
    Result<Outcome> submit(const SignedTransaction& transaction);
    /// Both.
    Result<Outcome> call(const Call& call);
    /// Has the city node that is your custodian sign, with the key of a user of yours (empty:
    /// `default`). The same idempotency key again is answered as the first time, by whichever
    /// gateway; with another call it is `duplicate`.
    Result<Outcome> invoke(const Call& call, std::string_view idempotency_key,
                           std::string_view user = {});

    /// What a function that only reads answers.
    Result<std::string> query(const Call& call);
    /// Of the last certified block.
    Result<std::uint64_t> height();
    /// The receipt of a transaction, verified on arrival.
    Result<Receipt> receipt(std::string_view transaction);
    /// Hands on events in their order, each once, until `take` answers false; goes on at another
    /// gateway when one is lost. An error when no gateway goes on within the client's timeout.
    Status events(const EventCursor& from, const std::function<bool(const Event&)>& take);

  private:
    friend class Client;
    struct Impl;
    explicit App(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace bsn::client
