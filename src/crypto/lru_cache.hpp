#pragma once
// A bounded cache that forgets what was used longest ago.

#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>

namespace bsn::crypto {

/// At most `capacity` values by key; a full cache drops the one used longest ago. One thread.
template <typename Key, typename Value, typename HashOfKey>
class LruCache {
  public:
    explicit LruCache(std::size_t capacity) : capacity_(capacity) {}

    std::size_t size() const { return by_key_.size(); }

    /// The value of the key, or null; it counts as used now. Good until the next `put`.
    Value* find(const Key& key) {
        auto found = by_key_.find(key);
        if (found == by_key_.end()) return nullptr;
        entries_.splice(entries_.begin(), entries_, found->second);
        return &found->second->second;
    }

    /// Keeps a value for a key that is not there yet.
    void put(const Key& key, Value value) {
        if (by_key_.size() == capacity_) {
            by_key_.erase(entries_.back().first);
            entries_.pop_back();
        }
        entries_.emplace_front(key, std::move(value));
        by_key_.emplace(key, entries_.begin());
    }

    void erase(const Key& key) {
        auto found = by_key_.find(key);
        if (found == by_key_.end()) return;
        entries_.erase(found->second);
        by_key_.erase(found);
    }

  private:
    using Entries = std::list<std::pair<Key, Value>>;

    std::size_t capacity_;
    Entries entries_;  ///< last used first
    std::unordered_map<Key, typename Entries::iterator, HashOfKey> by_key_;
};

}  // namespace bsn::crypto
