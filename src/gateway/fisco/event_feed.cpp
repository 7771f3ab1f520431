#include "gateway/fisco/event_feed.hpp"

#include <algorithm>

namespace bsn::gateway::fisco {
namespace {

namespace chain = framework::fisco;

// Of one task, so that others get their turn.
constexpr std::uint64_t k_blocks_at_once = 64;
constexpr std::size_t k_bytes_at_once = 256U << 10;

bool has_more(const EventReading& reading) {
    return reading.next <= reading.chain->height() &&
           (!reading.filter.to || reading.next <= *reading.filter.to);
}

bool is_done(const EventReading& reading) {
    return reading.filter.to && reading.next > *reading.filter.to;
}

/// Adds what a block has for the filter.
Status read_block(const EventReading& reading, std::vector<std::string>& pushes) {
    BSN_TRY(header, reading.chain->header(reading.next));
    const auto hash = reading.chain->settings().hash();
    if (!chain::may_match(reading.filter, hash, header.header.bloom)) return {};
    BSN_TRY(block, reading.chain->block(reading.next));
    if (auto push = chain::event_push(reading.filter, *block)) pushes.push_back(std::move(*push));
    return {};
}

}  // namespace

EventBatch read_events(EventReading reading) {
    EventBatch batch{std::move(reading), {}, false};
    std::size_t bytes = 0;
    for (std::uint64_t i = 0; i < k_blocks_at_once && has_more(batch.read); ++i) {
        if (!read_block(batch.read, batch.pushes)) {
            batch.failed = true;
            break;
        }
        ++batch.read.next;
        if (!batch.pushes.empty()) bytes += batch.pushes.back().size();
        if (bytes > k_bytes_at_once) break;
    }
    return batch;
}

void EventFeed::add(chain::EventFilter filter, chain::ChainReader& reader) {
    EventReading reading;
    reading.next = filter.from.value_or(reader.height());
    reading.chain = &reader;
    reading.number = ++numbers_;
    reading.filter = std::move(filter);
    readings_.insert_or_assign(reading.filter.id, std::move(reading));
}

std::optional<EventReading> EventFeed::begin() {
    if (busy_ || readings_.empty()) return std::nullopt;
    auto place = readings_.upper_bound(last_);
    for (std::size_t i = 0; i < readings_.size(); ++i) {
        if (place == readings_.end()) place = readings_.begin();
        if (has_more(place->second)) {
            busy_ = true;
            last_ = place->first;
            return place->second;
        }
        ++place;
    }
    return std::nullopt;
}

bool EventFeed::finish(const EventBatch& batch, std::optional<std::string>& end) {
    busy_ = false;
    auto found = readings_.find(batch.read.filter.id);
    if (found == readings_.end() || found->second.number != batch.read.number) return false;
    found->second.next = batch.read.next;
    if (is_done(found->second)) {
        end = chain::event_end_push(found->second.filter);
        readings_.erase(found);
    }
    return true;
}

}  // namespace bsn::gateway::fisco
