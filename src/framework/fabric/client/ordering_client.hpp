#pragma once
// The orderers of a channel, which take transactions.

#include "base/result.hpp"
#include "framework/fabric/client/endpoint.hpp"

#include <common/common.pb.h>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace bsn::framework::fabric {

struct OrderingOptions {
    std::size_t most_waiting = 10'000;  ///< transactions that orderers have not answered yet
    std::size_t most_on_stream = 256;   ///< of those, sent and not answered
    /// An orderer that owes an answer for so long is left for another.
    std::chrono::milliseconds silence{3'000};
    /// After a failure, before the next orderer is asked.
    std::chrono::milliseconds pause{100};
    /// Told when a stream on which something was taken ends otherwise than by a refusal: what its
    /// orderer had taken may be lost with it. From any thread; it only hands over.
    std::function<void()> lost = {};
};

/// Sends transactions over one standing stream to one of several orderers, many on their way at
/// once; what an orderer that fails had not answered goes to the next one. So a transaction may
/// come to be ordered twice: its second place is invalid (DUPLICATE_TXID). Any thread may call any
/// member; one thread of its own, and those of gRPC.
class OrderingClient {
  public:
    using Done = std::function<void(Status)>;

    explicit OrderingClient(std::vector<Endpoint> orderers, OrderingOptions options = {});
    /// As `close`.
    ~OrderingClient();
    OrderingClient(const OrderingClient&) = delete;
    OrderingClient& operator=(const OrderingClient&) = delete;

    /// `done` comes once, from any thread. Success: an orderer has taken it, which is no promise
    /// that it will be on the chain. `unavailable`: not sent in time; `unknown_outcome`: sent, and
    /// not answered in time. `already_exists`: it was ordered before, or waits there already.
    /// `overloaded`: too much is waiting. What an orderer refuses has the code that says why.
    void broadcast(common::Envelope envelope, std::chrono::milliseconds patience, Done done);

    /// Why nothing can be sent; empty if it can, as far as is known.
    std::string trouble() const;
    /// Answers all that waits.
    void close();

  private:
    struct State;

    const std::shared_ptr<State> state_;
};

}  // namespace bsn::framework::fabric
