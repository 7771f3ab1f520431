#pragma once
// The API of a network's city nodes for their clients: any of several nodes may answer, and a node
// that cannot is left for the next one. The same bytes are sent again, never others: what happens
// at most once is for the call to ensure, as signed transactions and idempotency keys do.

#include "api/node_keys.hpp"
#include "api/wire_text.hpp"
#include "ledger/transaction.hpp"
#include "net/http_client.hpp"

#include <functional>

namespace bsn::api {

/// One call of the API.
struct ApiCall {
    std::string method = "GET";
    std::string target;
    std::string content_type;
    Bytes body;
    /// Signed for this channel (zero: calls that name no app), if there is someone to sign as.
    std::optional<ledger::ChannelId> sign_for;
    /// The answer is a stream, which no node signs.
    bool streamed = false;
    /// It changes nothing: if no node answers in the end, a reason that one gave before is told.
    bool reads = false;
};

/// Who signs requests; the key outlives its use.
struct Caller {
    ledger::ParticipantId participant;
    const crypto::PrivateKey* key = nullptr;
};

/// The time in 6 bytes (milliseconds since 1970, big-endian), then 10 random bytes: what is made
/// one after the other lies together in the nodes' indexes.
ledger::Nonce new_nonce();

/// The error that an answer other than 200 tells.
Error api_error(const net::HttpResponse& response, const net::Endpoint& endpoint);

/// Whether an error may pass by itself, so that the same call is worth another try.
bool is_transient(Code code);

/// The pauses between repetitions, until a deadline.
class Patience {
  public:
    explicit Patience(std::uint64_t timeout_ms);

    /// Milliseconds.
    std::uint64_t left() const;
    /// Waits before the next try; false if there is no time for one.
    bool pause();

  private:
    std::uint64_t end_;
    std::uint64_t pause_;
};

/// One thread.
class Gateways {
  public:
    /// `timeout_ms` bounds each call with all its repetitions. A node of another network is refused
    /// with `wrong_network`. `authority`: PEM, for https. `advice`: what to do when no node
    /// answers, in half a sentence.
    Gateways(std::vector<net::Endpoint> endpoints, std::string authority, ledger::NetworkId network,
             std::uint64_t timeout_ms, std::string advice);

    /// Signs what must be signed as this caller.
    void sign_as(std::optional<Caller> caller) { caller_ = caller; }
    /// From here on takes only answers that a city node of the network signed; a node that gives
    /// others is left for the next one, and `bad_signature` if all do.
    void check_answers(const ledger::Genesis& genesis) { keys_.emplace(genesis); }

    const ledger::NetworkId& network() const { return network_; }
    const std::vector<net::Endpoint>& endpoints() const { return endpoints_; }
    std::uint64_t timeout_ms() const { return timeout_ms_; }

    /// A successful answer (status 200), or the error of the API. Asked without a signature if the
    /// network does not know the signer.
    Result<net::HttpResponse> call(const ApiCall& call);
    Result<Json> call_json(const ApiCall& call);
    /// The same, of one node only, without repetition and signature.
    Result<Json> get_from(std::size_t endpoint, const std::string& target,
                          std::uint64_t timeout_ms);
    /// Follows a stream of server-sent events at one node, the first that has it; see
    /// HttpConnection::stream. When it is lost the caller asks again, from where they have come to,
    /// and another node is asked first.
    Result<net::HttpResponse> stream(const ApiCall& call, std::string_view last_event_id,
                                     std::uint64_t idle_ms,
                                     const std::function<bool(std::string_view)>& take);

  private:
    /// An answer of the API, or none that can be trusted.
    struct Tried {
        Result<net::HttpResponse> response;
        bool trusted = true;
    };

    Result<net::HttpResponse> call_any(const ApiCall& call);
    Tried call_at(std::size_t endpoint, const ApiCall& call, std::uint64_t timeout_ms);
    Status check_network(std::size_t endpoint, std::uint64_t timeout_ms);
    /// Sends one request, and checks the signature of its answer if that is wanted.
    Tried exchange(std::size_t endpoint, net::HttpRequest request, bool streamed,
                   std::uint64_t timeout_ms);
    Status check_answer_of(std::size_t endpoint, const Question& question,
                           const net::HttpResponse& response, std::uint64_t timeout_ms);
    std::string authorization(const ApiCall& call) const;
    Error unreachable(const Error& last) const;

    std::vector<net::Endpoint> endpoints_;
    std::vector<net::HttpConnection> connections_;
    std::vector<bool> checked_;  ///< whether a node is known to be of our network
    std::size_t preferred_ = 0;  ///< the node that answered last
    ledger::NetworkId network_;
    std::optional<Caller> caller_;
    std::optional<NodeKeys> keys_;  ///< none: answers are taken as they are
    std::uint64_t timeout_ms_;
    std::string advice_;
};

}  // namespace bsn::api
