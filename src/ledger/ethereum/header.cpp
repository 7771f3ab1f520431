#include "ledger/ethereum/header.hpp"

#include "ledger/rlp.hpp"

#include <algorithm>

namespace bsn::ledger::ethereum {
namespace {

struct NonceTag;
using HeaderNonce = FixedBytes<NonceTag, 8>;

void read_later_fields(rlp::Reader& fields, Header& header) {
    if (!fields.more()) return;
    header.base_fee = fields.word("baseFeePerGas");
    if (!fields.more()) return;
    header.withdrawals_root = fields.fixed<Hash>("withdrawalsRoot");
    if (!fields.more()) return;
    CancunFields cancun;
    cancun.blob_gas_used = fields.number("blobGasUsed");
    cancun.excess_blob_gas = fields.number("excessBlobGas");
    cancun.parent_beacon_root = fields.fixed<Hash>("parentBeaconBlockRoot");
    header.cancun = cancun;
}

void write_later_fields(rlp::Writer& writer, const Header& header) {
    ensure((header.base_fee || !header.withdrawals_root) &&
               (header.withdrawals_root || !header.cancun),
           "an Ethereum header of a fork has the fields of the forks before it");
    if (header.base_fee) writer.word(*header.base_fee);
    if (header.withdrawals_root) writer.string(*header.withdrawals_root);
    if (header.cancun) {
        writer.number(header.cancun->blob_gas_used);
        writer.number(header.cancun->excess_blob_gas);
        writer.string(header.cancun->parent_beacon_root);
    }
}

}  // namespace

Hash no_uncles_hash() {
    static const Hash k_hash = crypto::hash(HashId::keccak256, Bytes{0xc0});
    return k_hash;
}

Bytes Header::encode() const {
    rlp::Writer writer(640);
    writer.list([&] {
        writer.string(parent);
        writer.string(uncles_hash);
        writer.string(beneficiary);
        writer.string(state_root);
        writer.string(transactions_root);
        writer.string(receipts_root);
        writer.string(bloom);
        writer.word(difficulty);
        writer.number(number);
        writer.number(gas_limit);
        writer.number(gas_used);
        writer.number(timestamp);
        writer.string(extra_data);
        writer.string(mix_hash);
        writer.string(nonce);
        write_later_fields(writer, *this);
    });
    return writer.take();
}

Result<Header> Header::decode(ByteView bytes) {
    Header header;
    rlp::Reader reader(bytes);
    reader.list("fields", [&](rlp::Reader& fields) {
        header.parent = fields.fixed<Hash>("parentHash");
        header.uncles_hash = fields.fixed<Hash>("sha3Uncles");
        header.beneficiary = fields.fixed<Address>("miner");
        header.state_root = fields.fixed<Hash>("stateRoot");
        header.transactions_root = fields.fixed<Hash>("transactionsRoot");
        header.receipts_root = fields.fixed<Hash>("receiptsRoot");
        header.bloom = fields.fixed<Bloom>("logsBloom");
        header.difficulty = fields.word("difficulty");
        header.number = fields.number("number");
        header.gas_limit = fields.number("gasLimit");
        header.gas_used = fields.number("gasUsed");
        header.timestamp = fields.number("timestamp");
        header.extra_data = to_bytes(fields.string("extraData"));
        header.mix_hash = fields.fixed<Hash>("mixHash");
        const auto nonce = fields.fixed<HeaderNonce>("nonce");
        std::copy_n(nonce.data(), nonce.size(), header.nonce.begin());
        read_later_fields(fields, header);
    });
    BSN_CHECK(reader.finish("Ethereum header"));
    return header;
}

Hash Header::hash() const { return crypto::hash(HashId::keccak256, encode()); }

}  // namespace bsn::ledger::ethereum
