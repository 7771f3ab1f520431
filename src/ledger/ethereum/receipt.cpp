#include "ledger/ethereum/receipt.hpp"

#include "ledger/ethereum/log_fields.hpp"

#include <fmt/format.h>

namespace bsn::ledger::ethereum {

void write_logs(rlp::Writer& writer, const std::vector<Log>& logs) {
    writer.list([&] {
        for (const Log& log : logs) {
            writer.list([&] {
                writer.string(log.address);
                writer.list([&] {
                    for (const Word& topic : log.topics) writer.string(topic);
                });
                writer.string(log.data);
            });
        }
    });
}

std::vector<Log> read_logs(rlp::Reader& reader) {
    std::vector<Log> logs;
    reader.list("logs", [&](rlp::Reader& list) {
        while (list.more()) {
            list.list("log", [&](rlp::Reader& fields) {
                Log log;
                log.address = fields.fixed<Address>("address");
                fields.list("topics", [&](rlp::Reader& topics) {
                    while (topics.more()) log.topics.push_back(topics.fixed<Word>("topic"));
                });
                log.data = to_bytes(fields.string("data"));
                logs.push_back(std::move(log));
            });
        }
    });
    return logs;
}

Bytes Receipt::encode() const {
    rlp::Writer writer(512);
    if (type != TransactionType::legacy) writer.byte(static_cast<std::uint8_t>(type));
    writer.list([&] {
        writer.number(success ? 1 : 0);
        writer.number(cumulative_gas);
        writer.string(bloom);
        write_logs(writer, logs);
    });
    return writer.take();
}

Result<Receipt> Receipt::decode(ByteView bytes) {
    Receipt receipt;
    if (!bytes.empty() && bytes[0] < 0x80) {
        if (bytes[0] != 1 && bytes[0] != 2) {
            return Error{
                Code::unsupported_version,
                fmt::format("receipt of transaction type {}: 0, 1 and 2 are known", bytes[0])};
        }
        receipt.type = static_cast<TransactionType>(bytes[0]);
        bytes = bytes.subspan(1);
    }
    rlp::Reader reader(bytes);
    reader.list("fields", [&](rlp::Reader& fields) {
        const std::uint64_t status = fields.number("status");
        if (status > 1) fields.fail("status: 0 or 1 belongs here");
        receipt.success = status == 1;
        receipt.cumulative_gas = fields.number("cumulativeGasUsed");
        receipt.bloom = fields.fixed<Bloom>("logsBloom");
        receipt.logs = read_logs(fields);
    });
    BSN_CHECK(reader.finish("receipt"));
    return receipt;
}

}  // namespace bsn::ledger::ethereum
