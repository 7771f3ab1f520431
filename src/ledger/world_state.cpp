#include "ledger/world_state.hpp"

#include <algorithm>

namespace bsn::ledger {

namespace {

bool less(ByteView a, ByteView b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

bool begins_with(ByteView key, ByteView prefix) {
    return key.size() >= prefix.size() && equal(key.first(prefix.size()), prefix);
}

}  // namespace

StoredState::StoredState(const store::Database& database, ByteView channel_prefix,
                         const store::Snapshot* at)
    : database_(database), channel_prefix_(to_bytes(channel_prefix)), at_(at) {}

Bytes StoredState::database_key(ByteView channel_prefix, std::string_view contract, ByteView key) {
    ensure(contract.size() <= 0xFF, "contract name longer than 255 bytes");
    Bytes full;
    full.reserve(channel_prefix.size() + 1 + contract.size() + key.size());
    full.insert(full.end(), channel_prefix.begin(), channel_prefix.end());
    full.push_back(static_cast<std::uint8_t>(contract.size()));
    full.insert(full.end(), contract.begin(), contract.end());
    full.insert(full.end(), key.begin(), key.end());
    return full;
}

Result<std::optional<Bytes>> StoredState::get(std::string_view contract, ByteView key) const {
    return database_.get(store::Table::state, database_key(channel_prefix_, contract, key), at_);
}

Status StoredState::scan(std::string_view contract, ByteView prefix, ByteView start,
                         const Visitor& visit) const {
    const std::size_t skipped = channel_prefix_.size() + 1 + contract.size();
    // A start before the prefix is the first key; it must not reach the entries of other contracts.
    Bytes from;
    if (less(prefix, start)) from = database_key(channel_prefix_, contract, start);
    return database_.scan(
        store::Table::state, database_key(channel_prefix_, contract, prefix), from,
        [&](ByteView key, ByteView value) { return visit(key.subspan(skipped), value); }, at_);
}

Result<std::optional<Bytes>> StateOverlay::get(std::string_view contract, ByteView key) const {
    const Entries::key_type entry{std::string(contract), to_bytes(key)};
    auto found = entries_.find(entry);
    if (found != entries_.end()) return found->second;
    return get_below(entry);
}

Result<std::optional<Bytes>> StateOverlay::peek(std::string_view contract, ByteView key) const {
    const Entries::key_type entry{std::string(contract), to_bytes(key)};
    auto found = entries_.find(entry);
    if (found != entries_.end()) return found->second;
    auto known = read_.find(entry);
    if (known != read_.end()) return known->second;
    return below_.get(contract, key);
}

Status StateOverlay::scan(std::string_view contract, ByteView prefix, ByteView start,
                          const Visitor& visit) const {
    auto own = entries_.lower_bound(
        {std::string(contract), to_bytes(less(prefix, start) ? start : prefix)});
    auto in_range = [&] {
        return own != entries_.end() && own->first.first == contract &&
               begins_with(own->first.second, prefix);
    };
    bool wanted = true;
    // An erased entry is passed over; it also hides the one below.
    auto visit_own = [&] {
        const auto& [key, value] = *own++;
        if (value) wanted = visit(key.second, *value);
    };
    BSN_CHECK(below_.scan(contract, prefix, start, [&](ByteView key, ByteView value) {
        while (wanted && in_range() && less(own->first.second, key)) visit_own();
        if (!wanted) return false;
        if (in_range() && equal(own->first.second, key)) {
            visit_own();
        } else {
            wanted = visit(key, value);
        }
        return wanted;
    }));
    while (wanted && in_range()) visit_own();
    return {};
}

Result<std::optional<Bytes>> StateOverlay::get_below(const Entries::key_type& key) const {
    auto known = read_.find(key);
    if (known != read_.end()) return known->second;
    BSN_TRY(found, below_.get(key.first, key.second));
    read_.emplace(key, found);
    return std::move(found);
}

void StateOverlay::put(std::string_view contract, ByteView key, Bytes value) {
    set(contract, key, std::move(value));
}

void StateOverlay::erase(std::string_view contract, ByteView key) {
    set(contract, key, std::nullopt);
}

void StateOverlay::set(std::string_view contract, ByteView key, std::optional<Bytes> value) {
    auto [entry, is_new] =
        entries_.try_emplace({std::string(contract), to_bytes(key)}, std::nullopt);
    if (open_) {
        auto& [journalled, before] = journal_.emplace_back(entry->first, std::nullopt);
        if (!is_new) before.emplace(std::move(entry->second));
    }
    entry->second = std::move(value);
}

void StateOverlay::begin() {
    ensure(!open_, "StateOverlay::begin within begin");
    open_ = true;
}

void StateOverlay::keep() {
    ensure(open_, "StateOverlay::keep without begin");
    journal_.clear();
    open_ = false;
}

void StateOverlay::undo() {
    ensure(open_, "StateOverlay::undo without begin");
    // Backwards, so that of several changes to one entry the first has the last word.
    while (!journal_.empty()) {
        auto& [key, before] = journal_.back();
        if (before) {
            entries_.find(key)->second = std::move(*before);
        } else {
            entries_.erase(key);
        }
        journal_.pop_back();
    }
    open_ = false;
}

Result<std::vector<StateOverlay::Change>> StateOverlay::changes() const {
    std::vector<Change> changes;
    changes.reserve(entries_.size());
    for (const auto& [key, after] : entries_) {
        BSN_TRY(before, get_below(key));
        if (before == after) continue;
        changes.push_back({key.first, key.second, std::move(before), after});
    }
    return changes;
}

}  // namespace bsn::ledger
