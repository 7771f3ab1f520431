#pragma once
// Receipts: what came of a transaction. `docs/formats.md` 8.

#include <string>
#include <vector>

#include "ledger/types.hpp"

namespace bsn::ledger {

/// What came of an admitted transaction.
enum class ExecutionStatus : std::uint16_t {
    success = 0,
    refused = 1,          ///< the contract refused; its changes were undone
    unknown_contract = 2,
    unknown_function = 3,
    out_of_gas = 4,
};

/// An event that a contract emitted.
struct LogEntry {
    std::string contract;
    std::vector<Bytes> topics;  ///< the first is the event's name; at most 16
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
    std::string error;  ///< why it was refused, for people

    Bytes encode() const;
    static Result<Receipt> decode(ByteView bytes);
};

}  // namespace bsn::ledger
