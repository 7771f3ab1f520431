#pragma once
// Events that a client of the channel protocol registers for.

#include "framework/fisco/chain_reader.hpp"

#include <optional>
#include <string_view>

namespace bsn::framework::fisco {

/// The answers to a registration, by FISCO's numbers.
enum class EventResult : int {
    success = 0,
    end = 1,  ///< all blocks of the range were read
    invalid_params = -41000,
    invalid_request = -41001,
    group_not_exist = -41002,
    invalid_range = -41003,
    not_allowed = -41006,
    no_such_filter = -41007,
};

/// Which events of which blocks.
struct EventFilter {
    static constexpr std::size_t k_topics = 4;

    std::string id;  ///< the client's name for it
    std::uint64_t group = 0;
    std::optional<std::uint64_t> from;  ///< none: the last block
    std::optional<std::uint64_t> to;    ///< none: without end
    std::vector<Address> addresses;     ///< any of them; none: all contracts
    /// For each place any of the topics; none: whatever stands there.
    std::array<std::vector<Word>, k_topics> topics;

    bool operator==(const EventFilter&) const = default;
};

/// A filter, or which answer its sender gets.
struct EventRegistration {
    EventResult result = EventResult::success;
    EventFilter filter;
};

/// Reads the JSON of a registration; of a filter's end only `id` and `group` are there.
EventRegistration event_registration_from(std::string_view json);
EventRegistration event_end_from(std::string_view json);

/// Whether an event is of the filter's.
bool matches(const EventFilter& filter, const ledger::ethereum::Log& log);
/// Whether a block with this bloom filter may have such events.
bool may_match(const EventFilter& filter, HashId hash, const ledger::ethereum::Bloom& bloom);

/// What is pushed of a block; none if it has no such events.
std::optional<std::string> event_push(const EventFilter& filter, const Block& block);
/// What is pushed once the range is read.
std::string event_end_push(const EventFilter& filter);
/// The answer to a registration.
std::string event_answer(EventResult result);

}  // namespace bsn::framework::fisco
