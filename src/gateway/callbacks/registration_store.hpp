#pragma once
// Registrations for callbacks, in the node's database: what was asked for, and how far it was told.

#include "gateway/event_place.hpp"
#include "gateway/published/event_registrations.hpp"
#include "store/database.hpp"

namespace bsn::gateway {

/// A registration, and the first place that it was not told of yet.
struct KeptRegistration {
    published::EventRegistration registration;
    EventPlace next;
};

/// Any thread may call any member. The database outlives it.
class RegistrationStore {
  public:
    explicit RegistrationStore(store::Database& database) : database_(database) {}

    /// All that are kept. `corrupted`, naming the registration, if one cannot be read.
    Result<std::vector<KeptRegistration>> load() const;
    /// On disk when it returns; so is a removal.
    Status add(const KeptRegistration& kept);
    Status remove(std::string_view id);
    /// Written when it returns, and on disk with the node's next sync: after a crash of the machine
    /// some may be told again.
    Status advance(std::string_view id, const EventPlace& next);

  private:
    store::Database& database_;
};

}  // namespace bsn::gateway
