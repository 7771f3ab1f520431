#pragma once
// Users who were registered and keep their own keys: what a node remembers until they ask for their
// certificate, and for when they ask again.

#include "ledger/types.hpp"
#include "store/database.hpp"

#include <mutex>
#include <string>

namespace bsn::gateway::published {

/// The most users of a member in an app who are remembered: as many as the member may have.
inline constexpr std::size_t k_max_enrolments = 1000;

/// Whom a registration is of.
struct EnrolledUser {
    ledger::ChannelId channel;
    ledger::ParticipantId sponsor;
    std::string name;
};

/// Any thread may call any member. The database lives longer.
class Enrolments {
  public:
    explicit Enrolments(store::Database& database) : database_(database) {}

    /// Remembers a user's secret, as a salted hash, and what their certificate will say of them
    /// (JSON); in place of what was there. On disk when it returns. `overloaded` beyond
    /// `k_max_enrolments`.
    Status put(const EnrolledUser& user, std::string_view secret, const std::string& attributes);
    /// The attributes, for whoever knows the secret. `not_found`: nobody was registered;
    /// `unauthenticated`: the secret is another.
    Result<std::string> attributes(const EnrolledUser& user, std::string_view secret) const;

  private:
    store::Database& database_;
    std::mutex adding_;
};

}  // namespace bsn::gateway::published
