#pragma once
// How requests meet their app's meter on the way in and out, and the forms of refusals.

#include "gateway/metering/metering.hpp"
#include "gateway/service.hpp"

namespace bsn::gateway {

/// The meter of the app that a request is for, and the limits of this moment.
class Door {
  public:
    /// Open: nobody counts.
    Door() = default;
    /// `app` null: the permission chain, which has no limits.
    Door(Backend& backend, std::shared_ptr<const registry::App> app);
    /// Of a request that was routed: whatever lies below an app, or its JSON-RPC. The app's record
    /// itself belongs to the permission chain, and is read without limits.
    static Door of(Service& service, std::string_view pattern, const Request& request);

    /// Why the request may not come in: the app's traffic of the day is used up.
    std::optional<Refusal> turn_away(Asker asker) const;
    /// How many of so many transactions may go on, and why not all. Of an unknown asker, `settle`
    /// is called once the chain has told.
    Meter::Grant take(std::uint64_t transactions, Asker asker) const;
    /// Of what was granted, so many were nobody's of the app. If others were the app's, those that
    /// were refused with them are counted as its own, too.
    void settle(const Meter::Grant& grant, std::uint64_t strangers, std::uint64_t refused) const;
    void count_traffic(std::uint64_t in, std::uint64_t out) const;
    /// Counts a request of so many bytes and its answer, a stream's parts as they are sent. What is
    /// answered by an error is not counted, except that a contract refused; and of a request that
    /// knows better (`Response::charged_bytes`), what it says.
    void count(std::uint64_t in, Response& response) const;

  private:
    Meter* meter_ = nullptr;
    std::shared_ptr<const registry::App> app_;
};

/// A refusal as the native API has it: 429, with `Retry-After`.
Response refusal_response(const Refusal& refusal);
/// The same in front of an app's JSON-RPC: each call is refused under its id.
Response rpc_refusal_response(const Refusal& refusal, std::string_view request);
std::string rpc_refusal_text(const Refusal& refusal, std::string_view request);

/// An app's JSON-RPC with its meter before it, for connections: what comes in while the door is
/// closed is answered by the refusal. `inner` outlives it, and its connections.
std::shared_ptr<framework::ClientRpc> metered_rpc(framework::ClientRpc& inner, Backend& backend,
                                                  std::string app);

}  // namespace bsn::gateway
