#include "ledger/world_state.hpp"

#include <algorithm>

namespace bsn::ledger {

namespace {

bool begins_with(ByteView key, ByteView prefix) {
    return key.size() >= prefix.size() && equal(key.first(prefix.size()), prefix);
}

}  // namespace

bool BytesLess::operator()(ByteView a, ByteView b) const { return as_text(a) < as_text(b); }

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
    if (BytesLess()(prefix, start)) from = database_key(channel_prefix_, contract, start);
    return database_.scan(
        store::Table::state, database_key(channel_prefix_, contract, prefix), from,
        [&](ByteView key, ByteView value) { return visit(key.subspan(skipped), value); }, at_);
}

const std::optional<Bytes>* StateOverlay::find(const Contracts& in, std::string_view contract,
                                               ByteView key) {
    const auto entries = in.find(contract);
    if (entries == in.end()) return nullptr;
    const auto entry = entries->second.find(key);
    return entry == entries->second.end() ? nullptr : &entry->second;
}

StateEntries& StateOverlay::of(Contracts& all, std::string_view contract) {
    const auto found = all.find(contract);
    return found == all.end() ? all[std::string(contract)] : found->second;
}

Result<std::optional<Bytes>> StateOverlay::get(std::string_view contract, ByteView key) const {
    if (const auto* changed = find(entries_, contract, key)) return *changed;
    return get_below(contract, key);
}

Result<std::optional<Bytes>> StateOverlay::peek(std::string_view contract, ByteView key) const {
    if (const auto* changed = find(entries_, contract, key)) return *changed;
    if (const auto* known = find(read_, contract, key)) return *known;
    return below_.get(contract, key);
}

Status StateOverlay::scan(std::string_view contract, ByteView prefix, ByteView start,
                          const Visitor& visit) const {
    static const StateEntries k_nothing;
    const auto found = entries_.find(contract);
    const StateEntries& entries = found == entries_.end() ? k_nothing : found->second;
    auto own = entries.lower_bound(BytesLess()(prefix, start) ? start : prefix);
    auto in_range = [&] { return own != entries.end() && begins_with(own->first, prefix); };
    bool wanted = true;
    // An erased entry is passed over; it also hides the one below.
    auto visit_own = [&] {
        const auto& [key, value] = *own++;
        if (value) wanted = visit(key, *value);
    };
    BSN_CHECK(below_.scan(contract, prefix, start, [&](ByteView key, ByteView value) {
        while (wanted && in_range() && BytesLess()(own->first, key)) visit_own();
        if (!wanted) return false;
        if (in_range() && equal(own->first, key)) {
            visit_own();
        } else {
            wanted = visit(key, value);
        }
        return wanted;
    }));
    while (wanted && in_range()) visit_own();
    return {};
}

Result<std::optional<Bytes>> StateOverlay::get_below(std::string_view contract,
                                                     ByteView key) const {
    if (const auto* known = find(read_, contract, key)) return *known;
    BSN_TRY(found, below_.get(contract, key));
    of(read_, contract).emplace(to_bytes(key), found);
    return std::move(found);
}

void StateOverlay::put(std::string_view contract, ByteView key, Bytes value) {
    set(contract, key, std::move(value));
}

void StateOverlay::erase(std::string_view contract, ByteView key) {
    set(contract, key, std::nullopt);
}

void StateOverlay::set(std::string_view contract, ByteView key, std::optional<Bytes> value) {
    StateEntries& entries = of(entries_, contract);
    auto entry = entries.lower_bound(key);
    const bool is_new = entry == entries.end() || !equal(entry->first, key);
    if (is_new) entry = entries.emplace_hint(entry, to_bytes(key), std::nullopt);
    if (open_) {
        Before& before = journal_.emplace_back(Before{&entries, entry->first, std::nullopt});
        if (!is_new) before.value.emplace(std::move(entry->second));
    }
    entry->second = std::move(value);
}

void StateOverlay::merge(std::string_view contract, StateEntries entries) {
    ensure(!open_, "StateOverlay::merge within begin");
    StateEntries& own = of(entries_, contract);
    if (own.empty()) {
        own = std::move(entries);
        return;
    }
    // Both are walked once, in step; nodes are moved, not made.
    auto at = own.begin();
    while (!entries.empty()) {
        auto node = entries.extract(entries.begin());
        while (at != own.end() && BytesLess()(at->first, node.key())) ++at;
        if (at != own.end() && equal(at->first, node.key())) {
            at->second = std::move(node.mapped());
        } else {
            own.insert(at, std::move(node));
        }
    }
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
        auto& [contract, key, before] = journal_.back();
        if (before) {
            contract->find(key)->second = std::move(*before);
        } else {
            contract->erase(key);
        }
        journal_.pop_back();
    }
    open_ = false;
}

Result<std::vector<StateOverlay::Change>> StateOverlay::changes() const {
    std::vector<Change> changes;
    for (const auto& [contract, entries] : entries_) {
        changes.reserve(changes.size() + entries.size());
        for (const auto& [key, after] : entries) {
            BSN_TRY(before, get_below(contract, key));
            if (before == after) continue;
            changes.push_back({contract, key, std::move(before), after});
        }
    }
    return changes;
}

std::vector<Bytes> StateOverlay::unread() const {
    std::vector<Bytes> keys;
    for (const auto& [contract, entries] : entries_) {
        for (const auto& [key, after] : entries) {
            if (find(read_, contract, key) == nullptr) keys.push_back(key);
        }
    }
    return keys;
}

}  // namespace bsn::ledger
