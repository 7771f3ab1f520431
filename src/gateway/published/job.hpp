#pragma once
// A request that was checked: who asks what of which app. One function for each family does it.

#include "gateway/published/request.hpp"
#include "gateway/service.hpp"

namespace bsn::gateway::published {

/// Takes the body of the answer, or why there is none: any thread, once.
using Done = std::function<void(Result<Json>)>;

struct Job {
    Service& service;
    std::shared_ptr<const Inquiry> inquiry;
    std::shared_ptr<const registry::App> app;
    registry::Caller caller;  ///< whose mac it was: a member of the app
    framework::Chain* chain = nullptr;
    /// Callbacks of chains and custody go on there, and only there use `service`: they may come
    /// when it has gone.
    std::shared_ptr<const Work> work = {};

    const Inquiry& asked() const { return *inquiry; }
    Call call() const { return inquiry->endpoint->call; }
};

/// Run as work; they return at once where they have to wait.
void do_fabric(const Job& job, const Done& done);
void do_fisco(const Job& job, const Done& done);
/// Registering, asking for and removing registrations of events, of both.
void do_events(const Job& job, const Done& done);

/// What a call that the family has, but not the app's framework, is answered by.
Error not_offered(const Job& job, std::string_view why);

}  // namespace bsn::gateway::published
