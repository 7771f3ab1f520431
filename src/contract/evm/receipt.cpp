#include "contract/evm/receipt.hpp"

#include "contract/contract.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bsn::contract::evm {
namespace {

constexpr std::size_t k_selector = 4;
constexpr std::array<std::uint8_t, k_selector> k_error{0x08, 0xc3, 0x79, 0xa0};
constexpr std::array<std::uint8_t, k_selector> k_panic{0x4e, 0x48, 0x7b, 0x71};

/// The number of the word at an offset; none if the word is not there, or too large.
std::optional<std::uint64_t> number_at(ByteView data, std::uint64_t offset) {
    if (data.size() < Word::k_size || offset > data.size() - Word::k_size) return std::nullopt;
    return ledger::number_of_word(*Word::from(data.subspan(offset, Word::k_size)));
}

/// The text that ABI encoding holds as the only argument.
std::optional<std::string_view> only_text(ByteView arguments) {
    const auto offset = number_at(arguments, 0);
    if (!offset) return std::nullopt;
    const auto size = number_at(arguments, *offset);
    if (!size) return std::nullopt;
    const ByteView rest = arguments.subspan(*offset + Word::k_size);
    if (*size > rest.size()) return std::nullopt;
    return as_text(rest.first(*size));
}

std::string_view panic_name(std::uint64_t code) {
    switch (code) {
        case 0x00: return "generic panic";
        case 0x01: return "assert(false)";
        case 0x11: return "arithmetic underflow or overflow";
        case 0x12: return "division or modulo by zero";
        case 0x21: return "enum overflow";
        case 0x22: return "invalid encoded storage byte array accessed";
        case 0x31: return "out-of-bounds array access; popping on an empty array";
        case 0x32: return "out-of-bounds access of an array or bytesN";
        case 0x41: return "out of memory";
        case 0x51: return "uninitialized function";
        default: return {};
    }
}

}  // namespace

std::string revert_reason(ByteView data) {
    const std::string reverted = "execution reverted";
    if (data.size() < k_selector) return reverted;
    const ByteView selector = data.first(k_selector);
    const ByteView arguments = data.subspan(k_selector);
    if (equal(selector, k_error)) {
        if (const auto text = only_text(arguments)) return fmt::format("{}: {}", reverted, *text);
    } else if (equal(selector, k_panic)) {
        if (const auto code = number_at(arguments, 0)) {
            const std::string_view name = panic_name(*code);
            if (!name.empty()) return fmt::format("{}: {} (0x{:02x})", reverted, name, *code);
            return fmt::format("{}: unknown panic code: {:#x}", reverted, *code);
        }
    }
    return fmt::format("{}: custom error 0x{}", reverted, to_hex(selector));
}

ledger::Receipt take_receipt(Execution& execution) {
    ledger::Receipt receipt;
    receipt.gas = execution.gas_used;
    switch (execution.status) {
        case ExitStatus::success: break;
        case ExitStatus::reverted:
            receipt.status = ledger::ExecutionStatus::refused;
            receipt.error = ledger::readable_error(revert_reason(execution.output));
            break;
        case ExitStatus::out_of_gas:
            receipt.status = ledger::ExecutionStatus::out_of_gas;
            receipt.error = std::move(execution.reason);
            break;
        default:
            receipt.status = ledger::ExecutionStatus::refused;
            receipt.error = std::move(execution.reason);
    }
    if (!execution.created && execution.output.size() <= k_max_receipt_result) {
        receipt.result = std::move(execution.output);
    }
    if (execution.created) receipt.created_address = to_bytes(*execution.created);
    receipt.logs.reserve(execution.logs.size());
    for (Log& log : execution.logs) {
        ledger::LogEntry& entry = receipt.logs.emplace_back();
        entry.contract = to_hex(log.address);
        entry.topics.reserve(log.topics.size());
        for (const Word& topic : log.topics) entry.topics.push_back(to_bytes(topic));
        entry.data = std::move(log.data);
    }
    return receipt;
}

}  // namespace bsn::contract::evm
