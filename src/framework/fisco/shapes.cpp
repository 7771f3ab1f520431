#include "framework/fisco/shapes.hpp"

#include "framework/fisco/status.hpp"

namespace bsn::framework::fisco {
namespace {

using rpc::data_text;
using rpc::quantity_text;

Json sealer_list_json(const ledger::fisco::Header& header) {
    Json list = Json::array();
    for (const crypto::PublicPoint& sealer : header.sealer_list)
        list.push_back(node_id_text(sealer));
    return list;
}

/// What blocks and headers have in common.
void put_header(Json& json, const BlockHeader& block) {
    const ledger::fisco::Header& header = block.header;
    Json extra = Json::array();
    for (const Bytes& one : header.extra_data) extra.push_back(data_text(one));
    json["hash"] = data_text(block.hash);
    json["parentHash"] = data_text(header.parent);
    json["logsBloom"] = data_text(header.bloom);
    json["transactionsRoot"] = data_text(header.transactions_root);
    json["receiptsRoot"] = data_text(header.receipts_root);
    json["dbHash"] = data_text(header.db_hash);
    json["stateRoot"] = data_text(header.state_root);
    json["sealer"] = quantity_text(header.sealer.view());
    json["sealerList"] = sealer_list_json(header);
    json["extraData"] = std::move(extra);
    json["gasLimit"] = quantity_text(header.gas_limit.view());
    json["gasUsed"] = quantity_text(header.gas_used.view());
    json["timestamp"] = quantity_text(header.timestamp);
}

Json signatures_json(const BlockHeader& block) {
    Json list = Json::array();
    for (const auto& one : block.signatures) {
        list.push_back(
            {{"index", quantity_text(one.sealer.view())}, {"signature", data_text(one.signature)}});
    }
    return list;
}

/// `signature` is r, s and, in one byte, the recovery id; with SM2 r, s and the public key.
Json signature_json(const ledger::fisco::Transaction& transaction) {
    Bytes whole = to_bytes(transaction.r.view());
    whole.insert(whole.end(), transaction.s.data(), transaction.s.data() + Word::k_size);
    std::string v;
    if (transaction.suite == crypto::SuiteId::sm2) {
        Bytes key(crypto::PublicPoint::k_size - transaction.v.size(), 0);
        key.insert(key.end(), transaction.v.begin(), transaction.v.end());
        whole.insert(whole.end(), key.begin(), key.end());
        v = data_text(key);
    } else {
        const auto recovery_id = static_cast<std::uint8_t>(transaction.v.front() - 27);
        whole.push_back(recovery_id);
        v = quantity_text(recovery_id);
    }
    return {{"r", data_text(transaction.r)},
            {"s", data_text(transaction.s)},
            {"v", std::move(v)},
            {"signature", data_text(whole)}};
}

Json logs_json(const std::vector<ledger::ethereum::Log>& logs) {
    Json list = Json::array();
    for (const auto& log : logs) {
        Json topics = Json::array();
        for (const Word& topic : log.topics) topics.push_back(data_text(topic));
        list.push_back({{"address", data_text(log.address)},
                        {"topics", std::move(topics)},
                        {"data", data_text(log.data)}});
    }
    return list;
}

Json proof_json(const std::vector<ledger::fisco::MerkleStep>& proof) {
    auto side = [](const std::vector<Bytes>& hashes) {
        Json list = Json::array();
        for (const Bytes& one : hashes) list.push_back(to_hex(one));
        return list;
    };
    Json steps = Json::array();
    for (const auto& step : proof) {
        steps.push_back({{"left", side(step.left)}, {"right", side(step.right)}});
    }
    return steps;
}

}  // namespace

std::string node_id_text(const crypto::PublicPoint& id) { return to_hex(id); }

Json block_json(const Block& block, BlockForm form) {
    Json json;
    json["number"] = quantity_text(block.header.header.number);
    put_header(json, block.header);
    Json transactions = Json::array();
    for (std::uint32_t i = 0; i < block.transactions.size(); ++i) {
        transactions.push_back(form == BlockForm::full
                                   ? transaction_json(block, i)
                                   : Json(data_text(block.transactions[i].hash)));
    }
    json["transactions"] = std::move(transactions);
    if (form == BlockForm::full) json["signatureList"] = signatures_json(block.header);
    return json;
}

Json header_json(const BlockHeader& header, bool with_signatures) {
    Json json;
    json["number"] = header.header.number;
    put_header(json, header);
    if (with_signatures) json["signatureList"] = signatures_json(header);
    return json;
}

Json transaction_json(const Block& block, std::uint32_t index) {
    const ExecutedTransaction& executed = block.transactions.at(index);
    const ledger::fisco::Transaction& transaction = executed.transaction;
    return {{"blockHash", data_text(block.header.hash)},
            {"blockLimit", quantity_text(transaction.block_limit)},
            {"blockNumber", quantity_text(block.header.header.number)},
            {"chainId", quantity_text(transaction.chain_id)},
            {"extraData", data_text(transaction.extra_data)},
            {"from", data_text(executed.from.address())},
            {"gas", quantity_text(transaction.gas.view())},
            {"gasPrice", quantity_text(transaction.gas_price.view())},
            {"groupId", quantity_text(transaction.group_id)},
            {"hash", data_text(executed.hash)},
            {"input", data_text(transaction.data)},
            {"nonce", quantity_text(transaction.nonce.view())},
            {"signature", signature_json(transaction)},
            {"to", data_text(transaction.to.value_or(Address{}))},
            {"transactionIndex", quantity_text(index)},
            {"value", quantity_text(transaction.value.view())}};
}

Json receipt_json(const Block& block, std::uint32_t index) {
    const ExecutedTransaction& executed = block.transactions.at(index);
    const ledger::fisco::Receipt& receipt = executed.receipt;
    return {{"blockHash", data_text(block.header.hash)},
            {"blockNumber", quantity_text(block.header.header.number)},
            {"contractAddress", data_text(receipt.contract)},
            {"from", data_text(executed.from.address())},
            {"gasUsed", quantity_text(receipt.gas_used.view())},
            {"input", data_text(executed.transaction.data)},
            {"logs", logs_json(receipt.logs)},
            {"logsBloom", data_text(receipt.bloom)},
            {"output", data_text(receipt.output)},
            {"remainGas", quantity_text(receipt.remain_gas.view())},
            {"root", data_text(receipt.state_root)},
            {"status", quantity_text(receipt.status)},
            {"statusMsg", status_name(receipt.status)},
            {"to", data_text(executed.transaction.to.value_or(Address{}))},
            {"transactionHash", data_text(executed.hash)},
            {"transactionIndex", quantity_text(index)}};
}

Json refusal_json(const Hash& hash, std::uint32_t status, std::string_view why) {
    return {{"blockHash", data_text(Hash{})},
            {"blockNumber", "0x0"},
            {"contractAddress", data_text(Address{})},
            {"from", data_text(Address{})},
            {"gasUsed", "0x0"},
            {"input", "0x"},
            {"logs", Json::array()},
            {"logsBloom", data_text(ledger::ethereum::Bloom{})},
            {"message", why},
            {"output", "0x"},
            {"remainGas", "0x0"},
            {"root", data_text(Hash{})},
            {"status", quantity_text(status)},
            {"statusMsg", status_name(status)},
            {"to", data_text(Address{})},
            {"transactionHash", data_text(hash)},
            {"transactionIndex", "0x0"}};
}

Json transaction_proof_json(HashId hash, const Block& block, std::uint32_t index) {
    std::vector<Hash> items;
    items.reserve(block.transactions.size());
    for (const ExecutedTransaction& one : block.transactions) items.push_back(one.hash);
    return proof_json(ledger::fisco::merkle_proof(hash, items, index));
}

Json receipt_proof_json(HashId hash, const Block& block, std::uint32_t index) {
    std::vector<Hash> items;
    items.reserve(block.transactions.size());
    for (const ExecutedTransaction& one : block.transactions) {
        items.push_back(one.receipt.hash(hash));
    }
    return proof_json(ledger::fisco::merkle_proof(hash, items, index));
}

}  // namespace bsn::framework::fisco
