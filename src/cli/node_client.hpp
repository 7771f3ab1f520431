#pragma once
// The API of the network's nodes as the commands use it: any of several nodes may answer, and a
// node that cannot is left for the next one. The same bytes are sent again, never others: a
// transaction is executed once, however often it is sent.

#include "cli/output.hpp"
#include "cli/transactions.hpp"
#include "cli/wire_text.hpp"
#include "ledger/bundle.hpp"
#include "net/http_client.hpp"

namespace bsn::cli {

/// The time and place of a call.
struct ApiCall {
    std::string method = "GET";
    std::string target;
    std::string content_type;
    Bytes body;
    /// Signed for this channel (zero: calls that name no app), if there is someone to sign as.
    std::optional<ledger::ChannelId> sign_for;
};

/// What a client must know of an app before it can make a transaction for it.
struct AppRef {
    std::string name;
    ledger::ChannelId channel;
    std::optional<crypto::SuiteId> suite;  ///< none: any (the permission chain)
    /// How it runs the EVM, as far as a client must know; none: an app of our own ledger.
    std::optional<ledger::DialectSettings> evm = std::nullopt;
};

/// One thread.
class NodeClient {
  public:
    /// `timeout_ms` bounds each call with all its repetitions. The network is that of the pinned
    /// genesis: a node of another one is refused with `wrong_network`.
    NodeClient(std::vector<net::Endpoint> endpoints, std::string authority,
               ledger::NetworkId network, std::uint64_t timeout_ms);

    /// Signs what must be signed as this identity, which outlives the client.
    void sign_as(const Identity* identity) { identity_ = identity; }
    const ledger::NetworkId& network() const { return network_; }
    const std::vector<net::Endpoint>& endpoints() const { return endpoints_; }

    /// A successful answer (status 200), or the error of the API. Asked without a signature if the
    /// network does not know the signer.
    Result<net::HttpResponse> call(const ApiCall& call);
    Result<Json> call_json(const ApiCall& call);
    /// The same, of one node only, without repetition.
    Result<Json> get_from(std::size_t endpoint, const std::string& target,
                          std::uint64_t timeout_ms);

    /// An app by name or channel id; `system` is the permission chain.
    Result<AppRef> app(const std::string& name);
    /// What `GET /v1/apps/{app}` answers.
    Result<Json> app_record(const std::string& name);

    /// Submits a transaction until it is certified. Refusals by the contract are in the answer.
    Result<SubmitAnswer> submit(const AppRef& app, const ledger::Transaction& transaction);
    /// Waits until the nodes that answer have executed the permission chain up to a height, and
    /// their apps have taken up what it decided; a few seconds at most.
    void wait_settled(std::uint64_t height);
    /// Submits many; one answer for each, in order. `done` (may be null) is told how many more have
    /// a final answer.
    Result<std::vector<SubmitAnswer>> submit_all(const AppRef& app,
                                                 std::span<const ByteView> transactions,
                                                 std::size_t batch,
                                                 const std::function<void(std::size_t)>& done);
    /// The result of a call that only reads.
    Result<Bytes> query(const AppRef& app, const Invocation& invocation);
    /// Receipts of transactions: one bundle or error for each, in order.
    Result<std::vector<Result<ledger::ReceiptBundle>>> receipts(
        const AppRef& app, const std::vector<ledger::TxId>& ids);

    /// Follows a stream of server-sent events at one node; see HttpConnection::stream.
    Result<net::HttpResponse> stream(const ApiCall& call, std::string_view last_event_id,
                                     std::uint64_t idle_ms,
                                     const std::function<bool(std::string_view)>& take);

  private:
    Result<net::HttpResponse> call_any(const ApiCall& call);
    Result<net::HttpResponse> call_at(std::size_t endpoint, const ApiCall& call,
                                      std::uint64_t timeout_ms);
    Status check_network(std::size_t endpoint, std::uint64_t timeout_ms);
    Status submit_round(const AppRef& app, std::span<const ByteView> transactions,
                        std::span<const std::size_t> wanted, std::vector<SubmitAnswer>& answers);
    std::string authorization(const ApiCall& call) const;

    std::vector<net::Endpoint> endpoints_;
    std::vector<net::HttpConnection> connections_;
    std::vector<bool> checked_;  ///< whether a node is known to be of our network
    std::size_t preferred_ = 0;  ///< the node that answered last
    ledger::NetworkId network_;
    const Identity* identity_ = nullptr;
    std::uint64_t timeout_ms_;
};

/// The error that an answer other than 200 tells.
Error api_error(const net::HttpResponse& response, const net::Endpoint& endpoint);

}  // namespace bsn::cli
