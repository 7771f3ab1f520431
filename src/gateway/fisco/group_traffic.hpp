#pragma once
// Whose traffic a request of the channel protocol is: its calls name groups, which are apps.

#include "gateway/metering/door.hpp"

#include <set>

namespace bsn::gateway::fisco {

/// Any thread.
class GroupTraffic {
  public:
    virtual ~GroupTraffic() = default;
    /// The door of a group's app; an open one where there is no such app.
    virtual Door door(std::uint64_t group) const = 0;
};

/// The groups that the calls of a request name; none if it cannot be read, or names none.
std::set<std::uint64_t> groups_of(std::string_view request);

/// Goes on with a request through the doors of its groups: `answer` is called with where to answer,
/// unless one of them is closed; then the refusal goes to `reply`. `traffic` null: nobody counts.
void through_doors(const GroupTraffic* traffic, std::string_view request,
                   const std::function<void(std::string)>& reply,
                   const std::function<void(std::function<void(std::string)>)>& answer);

}  // namespace bsn::gateway::fisco
