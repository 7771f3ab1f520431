#include "ledger/receipt.hpp"

#include "ledger/fields.hpp"

#include <fmt/format.h>

namespace bsn::ledger {
namespace {

constexpr std::uint8_t k_version = 1;
constexpr std::size_t k_least_log_bytes = 2 + 1 + 4;

ExecutionStatus read_status(Reader& reader) {
    const std::uint16_t number = reader.u16();
    switch (static_cast<ExecutionStatus>(number)) {
        case ExecutionStatus::success:
        case ExecutionStatus::refused:
        case ExecutionStatus::unknown_contract:
        case ExecutionStatus::unknown_function:
        case ExecutionStatus::out_of_gas: return static_cast<ExecutionStatus>(number);
    }
    reader.fail(fmt::format("execution status {} is unknown", number));
    return {};
}

LogEntry read_log(Reader& reader) {
    LogEntry log;
    log.contract = reader.text();
    const std::size_t topics = reader.u8();
    if (topics > k_max_topics) {
        reader.fail(Code::too_large,
                    fmt::format("log of {} topics, at most {} allowed", topics, k_max_topics));
    }
    for (std::size_t i = 0; i < topics && !reader.failed(); ++i) {
        log.topics.push_back(to_bytes(reader.bytes()));
    }
    log.data = to_bytes(reader.bytes());
    return log;
}

}  // namespace

Bytes Receipt::encode() const {
    Writer writer(64 + result.size() + created_address.size() + error.size());
    writer.u8(format::k_receipt);
    writer.u8(k_version);
    writer.u16(static_cast<std::uint16_t>(status));
    writer.bytes(result);
    writer.u16(count_u16(logs.size()));
    for (const LogEntry& log : logs) {
        ensure(log.topics.size() <= k_max_topics, "log with too many topics");
        writer.text(log.contract);
        writer.u8(count_u8(log.topics.size()));
        for (const Bytes& topic : log.topics) writer.bytes(topic);
        writer.bytes(log.data);
    }
    writer.u64(gas);
    writer.u64(cumulative_gas);
    writer.bytes(created_address);
    writer.text(error);
    return writer.take();
}

Result<Receipt> Receipt::decode(ByteView bytes) {
    Reader reader(bytes);
    reader.format(format::k_receipt, k_version, "receipt");
    Receipt receipt;
    receipt.status = read_status(reader);
    receipt.result = to_bytes(reader.bytes());
    const std::size_t logs = reader.count16(k_least_log_bytes);
    receipt.logs.reserve(logs);
    for (std::size_t i = 0; i < logs && !reader.failed(); ++i) {
        receipt.logs.push_back(read_log(reader));
    }
    receipt.gas = reader.u64();
    receipt.cumulative_gas = reader.u64();
    receipt.created_address = to_bytes(reader.bytes());
    receipt.error = reader.text();
    BSN_CHECK(reader.finish("receipt"));
    return receipt;
}

std::string readable_error(std::string_view message) {
    std::string text(message.substr(0, k_max_error_bytes));
    // A cut inside a character leaves at most three bytes of it.
    for (int i = 0; i < 3 && message.size() > text.size() && !is_utf8(text); ++i) text.pop_back();
    if (is_utf8(text)) return text;
    for (char& letter : text) {
        const auto byte = static_cast<std::uint8_t>(letter);
        if (byte < 0x20 || byte > 0x7E) letter = '?';
    }
    return text;
}

}  // namespace bsn::ledger
