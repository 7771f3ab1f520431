#pragma once
// The API of the network's nodes as the commands use it, over any of several nodes.

#include "api/gateways.hpp"
#include "cli/output.hpp"
#include "cli/transactions.hpp"
#include "framework/fisco_network/proof.hpp"
#include "ledger/bundle.hpp"

namespace bsn::cli {

using api::api_error;
using api::ApiCall;
using api::number_of;
using api::parse_json;
using api::text_of;
using api::url_encoded;

/// What a client must know of an app before it can make a transaction for it.
struct AppRef {
    std::string name;
    ledger::ChannelId channel;
    std::optional<crypto::SuiteId> suite;  ///< none: any (the permission chain)
    /// How it runs the EVM, as far as a client must know; none: an app of our own ledger.
    std::optional<ledger::DialectSettings> evm = std::nullopt;
    /// Whose signatures prove what is on its chain, if that is on a FISCO BCOS network outside.
    std::optional<framework::fisco_network::Trust> outside = std::nullopt;
    /// Whose signatures prove what is on its chain, if that is a channel of Fabric: the trusted
    /// state of its proofs, JSON.
    std::optional<std::string> fabric = std::nullopt;
    /// That channel is others', on which nodes sign in their own name what callers ask for.
    bool nodes_sign = false;
};

/// What a node answered of a transaction, which has this id.
Result<SubmitAnswer> submit_answer(const ledger::TxId& id, const Json& json);

/// One thread.
class NodeClient {
  public:
    /// `timeout_ms` bounds each call with all its repetitions. The network is that of the pinned
    /// genesis: a node of another one is refused with `wrong_network`.
    NodeClient(std::vector<net::Endpoint> endpoints, std::string authority,
               ledger::NetworkId network, std::uint64_t timeout_ms);

    /// Signs what must be signed as this identity, which outlives the client.
    void sign_as(const Identity* identity);
    /// Takes only answers that a city node signed, which the genesis vouches for.
    void check_answers(const ledger::Genesis& genesis) { gateways_.check_answers(genesis); }
    const ledger::NetworkId& network() const { return gateways_.network(); }
    const std::vector<net::Endpoint>& endpoints() const { return gateways_.endpoints(); }

    /// See `api::Gateways`.
    Result<net::HttpResponse> call(const ApiCall& call) { return gateways_.call(call); }
    Result<Json> call_json(const ApiCall& call) { return gateways_.call_json(call); }
    Result<Json> get_from(std::size_t endpoint, const std::string& target,
                          std::uint64_t timeout_ms) {
        return gateways_.get_from(endpoint, target, timeout_ms);
    }

    /// An app by name or channel id; `system` is the permission chain.
    Result<AppRef> app(const std::string& name);
    /// What `GET /v1/apps/{app}` answers.
    Result<Json> app_record(const std::string& name);

    /// Submits a transaction until it is certified. Refusals by the contract are in the answer.
    Result<SubmitAnswer> submit(const AppRef& app, const ledger::Transaction& transaction);
    /// The same to a FISCO BCOS network outside.
    Result<SubmitAnswer> submit(const AppRef& app, const ledger::fisco::Transaction& transaction);
    /// The same of an app whose transactions this program sees as bytes, with this id.
    Result<SubmitAnswer> submit(const AppRef& app, const ledger::TxId& id, Bytes bytes);
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

    Result<net::HttpResponse> stream(const ApiCall& call, std::string_view last_event_id,
                                     std::uint64_t idle_ms,
                                     const std::function<bool(std::string_view)>& take) {
        return gateways_.stream(call, last_event_id, idle_ms, take);
    }

    /// Evidence for a transaction of a FISCO BCOS network outside, which the sealers that the app
    /// names have signed; `bad_signature` if the node's does not hold.
    Result<framework::fisco_network::Proof> proof(const AppRef& app, const ledger::Hash& id);
    /// What the node has as the receipt of a transaction, unread.
    Result<Bytes> receipt_bytes(const AppRef& app, ByteView id);

  private:
    Status submit_round(const AppRef& app, std::span<const ByteView> transactions,
                        std::span<const std::size_t> wanted, std::vector<SubmitAnswer>& answers);

    api::Gateways gateways_;
    const Identity* identity_ = nullptr;
};

}  // namespace bsn::cli
