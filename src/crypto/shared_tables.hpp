#pragma once
// Inside of the module: tables of keys that verify often, a bounded number of them for all threads.

#include "crypto/suite.hpp"

#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace bsn::crypto {

/// Whether something was used lately; a new one has just been earned. Any thread.
class UseMark {
  public:
    void set() const {
        // Mostly read only, so that threads do not take the line from one another.
        if (!used_.load(std::memory_order_relaxed)) used_.store(true, std::memory_order_relaxed);
    }
    /// Whether it was set since this was asked last.
    bool take() const { return used_.exchange(false, std::memory_order_relaxed); }

  private:
    mutable std::atomic<bool> used_ = true;
};

/// Tables by key, at most so many, shared by all threads; nobody else owns one for longer than a
/// verification, so the bound holds. A table keeps its place while it is used: with more busy keys
/// than places the first ones have theirs and the others go without, since to compute tables in
/// turns costs more than they save. `Table` says `used_since_asked()`. Any thread.
template <typename Table>
class SharedTables {
  public:
    /// A table that was not used for `idle` makes room for another.
    SharedTables(std::size_t most, std::chrono::nanoseconds idle)
        : most_(most), idle_(idle), last_look_(std::chrono::steady_clock::now()) {}

    /// The table of a key, computed from its point if need be. Nothing if all places are taken, or
    /// while another thread computes one.
    template <typename Point>
    std::weak_ptr<const Table> table_of(const PublicKeyBytes& key, const Point& point) {
        // Computed under the lock: nobody is to wait for that.
        std::unique_lock lock(mutex_, std::try_to_lock);
        if (!lock) return {};
        if (auto found = tables_.find(key); found != tables_.end()) return found->second;
        if (tables_.size() >= most_) drop_idle();
        if (tables_.size() >= most_) return {};
        return tables_.emplace(key, std::make_shared<const Table>(point)).first->second;
    }

  private:
    struct KeyHash {
        std::size_t operator()(const PublicKeyBytes& key) const {
            std::size_t part_of_x = 0;
            std::memcpy(&part_of_x, key.data() + 1, sizeof part_of_x);
            return part_of_x;
        }
    };

    void drop_idle() {
        const auto now = std::chrono::steady_clock::now();
        if (now - last_look_ < idle_) return;
        last_look_ = now;
        std::erase_if(tables_, [](const auto& entry) { return !entry.second->used_since_asked(); });
    }

    const std::size_t most_;
    const std::chrono::nanoseconds idle_;
    std::mutex mutex_;  ///< of the members below
    std::unordered_map<PublicKeyBytes, std::shared_ptr<const Table>, KeyHash> tables_;
    std::chrono::steady_clock::time_point last_look_;  ///< for idle ones
};

}  // namespace bsn::crypto
