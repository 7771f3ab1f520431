#include "framework/ethereum/json_forms.hpp"

namespace bsn::framework::ethereum {
namespace {

using rpc::data_text;
using rpc::quantity_text;

Json address_or_null(const std::optional<Address>& address) {
    return address ? Json(data_text(*address)) : Json(nullptr);
}

/// 27 or 28, or with the chain's id (EIP-155); of later types the parity alone.
std::uint64_t v_of(const Transaction& transaction) {
    std::uint64_t parity = transaction.y_parity ? 1 : 0;
    if (transaction.type != TransactionType::legacy) return parity;
    if (!transaction.chain_id) return 27 + parity;
    return 35 + 2 * *transaction.chain_id + parity;
}

Json access_list_json(const std::vector<AccessListEntry>& list) {
    Json all = Json::array();
    for (const AccessListEntry& entry : list) {
        Json slots = Json::array();
        for (const Word& slot : entry.slots) slots.push_back(data_text(slot));
        all.push_back({{"address", data_text(entry.address)}, {"storageKeys", slots}});
    }
    return all;
}

/// What does not depend on the block; `price` is what `gasPrice` says.
Json base_json(const Transaction& transaction, const Hash& hash, const Address& from,
               const Word& price) {
    Json json{{"blockHash", nullptr},
              {"blockNumber", nullptr},
              {"from", data_text(from)},
              {"gas", quantity_text(transaction.gas)},
              {"gasPrice", quantity_text(price)}};
    if (transaction.type == TransactionType::dynamic_fee) {
        json["maxFeePerGas"] = quantity_text(transaction.max_fee);
        json["maxPriorityFeePerGas"] = quantity_text(transaction.max_priority_fee);
    }
    json["hash"] = data_text(hash);
    json["input"] = data_text(transaction.data);
    json["nonce"] = quantity_text(transaction.nonce);
    json["to"] = address_or_null(transaction.to);
    json["transactionIndex"] = nullptr;
    json["value"] = quantity_text(transaction.value);
    json["type"] = quantity_text(static_cast<std::uint64_t>(transaction.type));
    if (transaction.type != TransactionType::legacy) {
        json["accessList"] = access_list_json(transaction.access_list);
    }
    if (transaction.chain_id) json["chainId"] = quantity_text(*transaction.chain_id);
    json["v"] = quantity_text(v_of(transaction));
    json["r"] = quantity_text(transaction.r);
    json["s"] = quantity_text(transaction.s);
    if (transaction.type != TransactionType::legacy) {
        json["yParity"] = quantity_text(transaction.y_parity ? 1 : 0);
    }
    return json;
}

}  // namespace

Json header_json(const Header& header, const Hash& hash) {
    Json json{{"number", quantity_text(header.number)},
              {"hash", data_text(hash)},
              {"parentHash", data_text(header.parent)},
              {"nonce", data_text(header.nonce)},
              {"mixHash", data_text(header.mix_hash)},
              {"sha3Uncles", data_text(header.uncles_hash)},
              {"logsBloom", data_text(header.bloom)},
              {"stateRoot", data_text(header.state_root)},
              {"miner", data_text(header.beneficiary)},
              {"difficulty", quantity_text(header.difficulty)},
              {"extraData", data_text(header.extra_data)},
              {"gasLimit", quantity_text(header.gas_limit)},
              {"gasUsed", quantity_text(header.gas_used)},
              {"timestamp", quantity_text(header.timestamp)},
              {"transactionsRoot", data_text(header.transactions_root)},
              {"receiptsRoot", data_text(header.receipts_root)}};
    if (header.base_fee) json["baseFeePerGas"] = quantity_text(*header.base_fee);
    if (header.withdrawals_root) json["withdrawalsRoot"] = data_text(*header.withdrawals_root);
    if (header.cancun) {
        json["blobGasUsed"] = quantity_text(header.cancun->blob_gas_used);
        json["excessBlobGas"] = quantity_text(header.cancun->excess_blob_gas);
        json["parentBeaconBlockRoot"] = data_text(header.cancun->parent_beacon_root);
    }
    return json;
}

Json block_json(const Block& block, bool full) {
    Json json = header_json(block.header, block.hash);
    json["totalDifficulty"] = "0x0";
    json["size"] = quantity_text(block.size);
    Json transactions = Json::array();
    for (std::size_t i = 0; i < block.transactions.size(); ++i) {
        transactions.push_back(full ? transaction_json(block, i)
                                    : Json(data_text(block.transactions[i].hash)));
    }
    json["transactions"] = std::move(transactions);
    json["uncles"] = Json::array();
    if (block.header.withdrawals_root) json["withdrawals"] = Json::array();
    return json;
}

Json transaction_json(const Block& block, std::size_t index) {
    const ExecutedTransaction& executed = block.transactions.at(index);
    const bool dynamic = executed.transaction.type == TransactionType::dynamic_fee;
    Json json = base_json(executed.transaction, executed.hash, executed.from.address(),
                          dynamic ? executed.effective_gas_price : executed.transaction.max_fee);
    json["blockHash"] = data_text(block.hash);
    json["blockNumber"] = quantity_text(block.header.number);
    json["transactionIndex"] = quantity_text(index);
    return json;
}

Json pending_transaction_json(const Transaction& transaction, const Hash& hash,
                              const Address& from) {
    return base_json(transaction, hash, from, transaction.max_fee);
}

std::size_t logs_before(const Block& block, std::size_t index) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < index; ++i) count += block.transactions[i].logs.size();
    return count;
}

Json log_json(const Block& block, std::size_t index, std::size_t log_index, const Log& log) {
    Json topics = Json::array();
    for (const Word& topic : log.topics) topics.push_back(data_text(topic));
    return {{"address", data_text(log.address)},
            {"topics", std::move(topics)},
            {"data", data_text(log.data)},
            {"blockNumber", quantity_text(block.header.number)},
            {"transactionHash", data_text(block.transactions.at(index).hash)},
            {"transactionIndex", quantity_text(index)},
            {"blockHash", data_text(block.hash)},
            {"logIndex", quantity_text(log_index)},
            {"removed", false}};
}

Json receipt_json(const Block& block, std::size_t index, ledger::HashId hash) {
    const ExecutedTransaction& executed = block.transactions.at(index);
    Json logs = Json::array();
    std::size_t log_index = logs_before(block, index);
    for (const Log& log : executed.logs) {
        logs.push_back(log_json(block, index, log_index++, log));
    }
    return {{"blockHash", data_text(block.hash)},
            {"blockNumber", quantity_text(block.header.number)},
            {"transactionHash", data_text(executed.hash)},
            {"transactionIndex", quantity_text(index)},
            {"from", data_text(executed.from.address())},
            {"to", address_or_null(executed.transaction.to)},
            {"contractAddress", address_or_null(executed.created)},
            {"gasUsed", quantity_text(executed.gas_used)},
            {"cumulativeGasUsed", quantity_text(executed.cumulative_gas)},
            {"effectiveGasPrice", quantity_text(executed.effective_gas_price)},
            {"logs", std::move(logs)},
            {"logsBloom", data_text(ledger::ethereum::bloom_of(hash, executed.logs))},
            {"status", executed.success ? "0x1" : "0x0"},
            {"type", quantity_text(static_cast<std::uint64_t>(executed.transaction.type))}};
}

}  // namespace bsn::framework::ethereum
