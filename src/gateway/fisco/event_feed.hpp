#pragma once
// The event filters of one client, and how far each has been read.

#include "framework/fisco/event_filter.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bsn::gateway::fisco {

/// A filter on its way along a chain.
struct EventReading {
    framework::fisco::EventFilter filter;
    framework::fisco::ChainReader* chain = nullptr;
    std::uint64_t next = 0;    ///< the next block to read
    std::uint64_t number = 0;  ///< a filter of the same name that came later has another
};

/// What some blocks have for a filter.
struct EventBatch {
    EventReading read;  ///< with `next` after these blocks
    std::vector<std::string> pushes;
    bool failed = false;  ///< a block could not be read now
};

/// Reads some blocks for a filter; it may take a while. Any thread.
EventBatch read_events(EventReading reading);

/// Which filter is to be read next. One thread.
class EventFeed {
  public:
    /// A filter of the same name is replaced.
    void add(framework::fisco::EventFilter filter, framework::fisco::ChainReader& chain);
    bool remove(const std::string& id) { return readings_.erase(id) > 0; }
    bool has(const std::string& id) const { return readings_.contains(id); }
    std::size_t size() const { return readings_.size(); }

    /// A filter for which there are blocks, each in its turn; none while one is being read.
    std::optional<EventReading> begin();
    /// Notes what was read; false if the filter is no longer there, so that nobody wants it. A
    /// filter whose range ends here is removed, and `end` told to be pushed.
    bool finish(const EventBatch& batch, std::optional<std::string>& end);

  private:
    std::map<std::string, EventReading> readings_;
    std::string last_;  ///< whose turn it was
    std::uint64_t numbers_ = 0;
    bool busy_ = false;
};

}  // namespace bsn::gateway::fisco
