#include "ledger/fisco/receipt.hpp"

#include "ledger/ethereum/log_fields.hpp"

#include <limits>

namespace bsn::ledger::fisco {

Bytes Receipt::encode() const {
    rlp::Writer writer(512 + output.size());
    writer.list([&] {
        writer.string(state_root);
        writer.word(gas_used);
        writer.string(contract);
        writer.string(bloom);
        writer.number(status);
        writer.string(output);
        if (form == ReceiptForm::since_2_9) writer.word(remain_gas);
        ethereum::write_logs(writer, logs);
    });
    return writer.take();
}

Result<Receipt> Receipt::decode(ByteView bytes, ReceiptForm form) {
    Receipt receipt;
    receipt.form = form;
    rlp::Reader reader(bytes);
    reader.list("fields", [&](rlp::Reader& fields) {
        receipt.state_root = fields.fixed<Hash>("stateRoot");
        receipt.gas_used = fields.word("gasUsed");
        receipt.contract = fields.fixed<Address>("contractAddress");
        receipt.bloom = fields.fixed<ethereum::Bloom>("logsBloom");
        const std::uint64_t status = fields.number("status");
        if (status > std::numeric_limits<std::uint32_t>::max()) {
            fields.fail("status: beyond 32 bits");
        }
        receipt.status = static_cast<std::uint32_t>(status);
        receipt.output = to_bytes(fields.string("output"));
        if (form == ReceiptForm::since_2_9) receipt.remain_gas = fields.word("remainGas");
        receipt.logs = ethereum::read_logs(fields);
    });
    BSN_CHECK(reader.finish("FISCO receipt"));
    return receipt;
}

Hash Receipt::hash(HashId hash) const { return crypto::hash(hash, encode()); }

}  // namespace bsn::ledger::fisco
