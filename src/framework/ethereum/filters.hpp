#pragma once
// Filters that clients ask, again and again, for what is new. They belong to nobody, so they are
// bounded, and forgotten when nobody asks.

#include "framework/ethereum/log_search.hpp"
#include "framework/ethereum/transaction_pool.hpp"

#include <list>

namespace bsn::framework::ethereum {

struct FilterLimits {
    std::size_t most_filters = 1024;     ///< beyond, the one least recently asked is forgotten
    std::uint64_t idle_ms = 300'000;     ///< as geth
    std::uint64_t most_blocks = 10'000;  ///< of which one answer tells; the next one goes on
    LogLimits logs;
};

/// The filters of one chain. Any thread.
class Filters {
  public:
    Filters(const ChainReader& reader, const TransactionPool& pool, const Clock& clock,
            const FilterLimits& limits = {})
        : reader_(reader), pool_(pool), clock_(clock), limits_(limits) {}

    const FilterLimits& limits() const { return limits_; }

    /// Each returns the filter's id, which cannot be guessed.
    std::string add_blocks();
    std::string add_pending();
    std::string add_logs(LogQuery query);

    /// What is new since the last time: hashes or logs. `filter not found` after it was forgotten.
    Answer<Json> changes(const std::string& id);
    /// All logs that a filter of logs means.
    Answer<Json> logs(const std::string& id);
    bool remove(const std::string& id);

  private:
    enum class Kind : std::uint8_t { blocks, pending, logs };
    struct Filter {
        Kind kind = Kind::blocks;
        LogQuery query;
        std::uint64_t next = 0;   ///< block, or moment of the pool, from which on nothing was told
        std::uint64_t asked = 0;  ///< monotonic milliseconds
        std::list<std::string>::iterator turn;
    };

    std::string add(Filter filter);
    void forget_idle();
    /// Marks it as asked.
    Answer<Filter> take(const std::string& id);
    void told(const std::string& id, std::uint64_t next);
    Answer<Json> new_blocks(const std::string& id, const Filter& filter);
    Answer<Json> new_logs(const std::string& id, const Filter& filter);

    const ChainReader& reader_;
    const TransactionPool& pool_;
    const Clock& clock_;
    const FilterLimits limits_;
    std::mutex mutex_;
    std::unordered_map<std::string, Filter> filters_;
    std::list<std::string> turns_;  ///< least recently asked first
};

/// A random id, as geth's: 0x and 32 digits.
std::string random_id();

}  // namespace bsn::framework::ethereum
