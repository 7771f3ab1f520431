#pragma once
// Handing a request on: asks one node of its way after the other until one has the answer.

#include "gateway/forwarding/way.hpp"
#include "gateway/service.hpp"

namespace bsn::gateway {

/// What is done with the answer of a handed-on request.
struct HandedOn {
    /// Takes the answer, or why there is none: `unavailable` if nothing was done, `unknown_outcome`
    /// if a node may have done what was asked for. Any thread, once.
    std::function<void(Result<Response>)> answered;
    /// Answers it here, where the way ends here.
    std::function<void()> here;
};

/// Has the nodes of a way asked. A node that cannot be reached, breaks off, or is itself unable to
/// answer (503) is left for the next one, so ways of several nodes are for requests that may be
/// repeated. Exactly one member of `then` is called. Any thread; returns at once.
void hand_on(Service& service, Way way, std::shared_ptr<const Request> request, HandedOn then);

/// Has the metrics of handing on there from the start, at zero.
void add_forwarding_metrics(Backend& backend);
/// Requests of other nodes that this one answered.
Counter& forwards_taken(Backend& backend);

}  // namespace bsn::gateway
