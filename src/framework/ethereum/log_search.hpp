#pragma once
// Looking for logs: which ones are meant, and in which blocks they are. Headers have a Bloom filter
// of their logs, so that most blocks without them are never read.

#include "framework/ethereum/arguments.hpp"

namespace bsn::framework::ethereum {

/// Which logs are meant.
struct LogCriteria {
    std::vector<Address> addresses;         ///< any of them; empty: all
    std::vector<std::vector<Word>> topics;  ///< at each place any of them; empty: all

    bool matches(const Log& log) const;
    /// False if no log of a block with this filter matches.
    bool may_match(const Bloom& bloom, ledger::HashId hash) const;
};

/// What `eth_getLogs` and the filters are given.
struct LogQuery {
    LogCriteria criteria;
    std::optional<Hash> block;  ///< this one only; else from … to
    BlockNumber from;
    BlockNumber to;
};

struct LogLimits {
    std::uint64_t most_blocks = 50'000;  ///< of one query
    std::size_t most_logs = 10'000;
};

Result<LogQuery> log_query_argument(const Json& value);
/// The logs of one block that are meant, as JSON.
Result<std::vector<Json>> logs_of_block(const ChainReader& reader, const LogCriteria& criteria,
                                        std::uint64_t height);
/// The logs of blocks from … to, both included, as a JSON list.
Answer<Json> find_logs(const ChainReader& reader, const LogCriteria& criteria, std::uint64_t from,
                       std::uint64_t to, const LogLimits& limits);
/// The answer of `eth_getLogs`.
Answer<Json> find_logs(const ChainReader& reader, const LogQuery& query, const LogLimits& limits);

}  // namespace bsn::framework::ethereum
