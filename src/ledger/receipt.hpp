#pragma once
// Receipts: what came of a transaction. `docs/formats.md` 8.

#include "ledger/types.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bsn::ledger {

inline constexpr std::size_t k_max_topics = 16;
inline constexpr std::size_t k_max_error_bytes = 1024;

/// What came of an admitted transaction.
enum class ExecutionStatus : std::uint16_t {
    success = 0,
    refused = 1,  ///< the contract refused; its changes were undone
    unknown_contract = 2,
    unknown_function = 3,
    out_of_gas = 4,
};

/// An event that a contract emitted.
struct LogEntry {
    std::string contract;
    std::vector<Bytes> topics;  ///< the first is the event's name; at most `k_max_topics`
    Bytes data;
    auto operator<=>(const LogEntry&) const = default;
};

struct Receipt {
    ExecutionStatus status = ExecutionStatus::success;
    Bytes result;
    std::vector<LogEntry> logs;
    std::uint64_t gas = 0;
    std::uint64_t cumulative_gas = 0;
    Bytes created_address;
    std::string error;  ///< why it was refused, for people: UTF-8, see `readable_error`

    Bytes encode() const;
    static Result<Receipt> decode(ByteView bytes);

    bool operator==(const Receipt&) const = default;
};

/// A contract's message as a receipt may hold it, whatever bytes the contract put in: UTF-8 of at
/// most `k_max_error_bytes`. The same on every machine.
std::string readable_error(std::string_view message);

}  // namespace bsn::ledger
