#pragma once
// A client of a load, over one of two ways to the same chain: straight to the framework port, or
// through a node's gateway by HTTP. What one costs more than the other is the gateway.

#include "framework/chain.hpp"
#include "ledger/types.hpp"
#include "net/http_client.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace bsn::cli {

/// What became of a request's transactions.
struct Submitted {
    std::size_t committed = 0;  ///< executed without refusal, and certified
    Status failure;             ///< of the first of those that are not
};

/// One client, with one request under way at most. Calls and answers on the thread that runs `io`;
/// answers that come when nobody runs it any more are dropped.
class Submitter {
  public:
    using Done = std::function<void(Submitted)>;

    virtual ~Submitter() = default;
    /// Sends transactions in one request; `done` once all are certified, or the request failed.
    virtual void submit(std::vector<Bytes> transactions, Done done) = 0;
};

/// What the gateway's answer to one transaction (`application/json`) says of it.
Submitted outcome_of_one(ByteView body);

/// Hands transactions to the chain, as the gateway does. The chain outlives it.
std::unique_ptr<Submitter> direct_submitter(std::shared_ptr<boost::asio::io_context> io,
                                            framework::Chain& chain);

/// Posts transactions to a node over a connection of its own, which is kept: one by itself as
/// `application/octet-stream`, several as a batch. `unavailable` if it cannot connect.
Result<std::unique_ptr<Submitter>> gateway_submitter(boost::asio::io_context& io,
                                                     const net::Endpoint& node,
                                                     const ledger::ChannelId& channel);

}  // namespace bsn::cli
