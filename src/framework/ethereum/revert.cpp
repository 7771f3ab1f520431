#include "framework/ethereum/revert.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::ethereum {
namespace {

constexpr std::size_t k_selector = 4;
constexpr std::size_t k_word = 32;
constexpr std::array<std::uint8_t, 4> k_error = {0x08, 0xc3, 0x79, 0xa0};  // Error(string)
constexpr std::array<std::uint8_t, 4> k_panic = {0x4e, 0x48, 0x7b, 0x71};  // Panic(uint256)

/// What Solidity's panics mean, in geth's words.
std::string panic_text(std::uint64_t code) {
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
        default: return fmt::format("unknown panic code: {:#x}", code);
    }
}

/// The number in a word of the arguments, if it is there and small.
std::optional<std::uint64_t> number_at(ByteView arguments, std::size_t offset) {
    if (offset > arguments.size() || arguments.size() - offset < k_word) return std::nullopt;
    auto word = Word::from(arguments.subspan(offset, k_word));
    return word ? ledger::number_of_word(*word) : std::nullopt;
}

std::optional<std::string> reason_of(ByteView output) {
    if (output.size() < k_selector) return std::nullopt;
    ByteView selector = output.first(k_selector);
    ByteView arguments = output.subspan(k_selector);
    if (equal(selector, k_panic)) {
        auto code = number_at(arguments, 0);
        return code ? std::optional(panic_text(*code)) : std::nullopt;
    }
    if (!equal(selector, k_error)) return std::nullopt;
    auto offset = number_at(arguments, 0);
    if (!offset || *offset > arguments.size()) return std::nullopt;
    auto length = number_at(arguments, *offset);
    if (!length || *length > arguments.size() - *offset - k_word) return std::nullopt;
    return to_text(arguments.subspan(*offset + k_word, *length));
}

}  // namespace

rpc::Failure reverted(ByteView output) {
    std::string message = "execution reverted";
    if (auto reason = reason_of(output)) message += ": " + *reason;
    return {rpc::ErrorNumber::reverted, std::move(message), rpc::Json(rpc::data_text(output))};
}

rpc::Failure call_failure(const CallOutcome& outcome) {
    if (outcome.status == CallStatus::reverted) return reverted(outcome.output);
    return {rpc::ErrorNumber::server,
            outcome.reason.empty() && outcome.status == CallStatus::out_of_gas ? "out of gas"
                                                                               : outcome.reason};
}

}  // namespace bsn::framework::ethereum
