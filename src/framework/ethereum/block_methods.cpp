// Blocks, transactions and receipts. What is not there is `null`.
#include "framework/ethereum/json_forms.hpp"
#include "framework/ethereum/methods.hpp"

namespace bsn::framework::ethereum {
namespace {

using rpc::quantity_text;
using BlockPointer = std::shared_ptr<const Block>;

/// A block, or none where there is no such block.
Answer<BlockPointer> block_or_none(const ChainReader& reader, const BlockChoice& choice) {
    auto height = height_of(reader, choice);
    auto block = height ? reader.block(*height) : Result<BlockPointer>(height.error());
    if (block) return *block;
    if (block.error().code == Code::not_found) return BlockPointer{};
    return block.error();
}

Answer<BlockPointer> block_by_hash(const ChainReader& reader, const Params& params) {
    BSN_TRY(hash, params.required(0, hash_argument));
    return block_or_none(reader, hash);
}

Answer<BlockPointer> block_by_number(const ChainReader& reader, const Params& params) {
    BSN_TRY(number, params.required(0, block_number_argument));
    return block_or_none(reader, number);
}

Answer<BlockPointer> block_by_choice(const ChainReader& reader, const Params& params) {
    BSN_TRY(choice, params.required(0, block_argument));
    return block_or_none(reader, choice);
}

using FindBlock = Answer<BlockPointer> (*)(const ChainReader&, const Params&);

/// A block whole; the second argument: with its transactions.
Answer<Json> whole_block(const ChainReader& reader, FindBlock find, const Params& params) {
    BSN_TRY(block, find(reader, params));
    BSN_TRY(full, params.required(1, rpc::boolean));
    return block ? block_json(*block, full) : Json(nullptr);
}

Answer<Json> count(const ChainReader& reader, FindBlock find, const Params& params) {
    BSN_TRY(block, find(reader, params));
    return block ? Json(quantity_text(block->transactions.size())) : Json(nullptr);
}

Answer<Json> no_uncles(const ChainReader& reader, FindBlock find, const Params& params) {
    BSN_TRY(block, find(reader, params));
    return block ? Json("0x0") : Json(nullptr);
}

Answer<Json> no_uncle(const ChainReader& reader, FindBlock find, const Params& params) {
    BSN_TRY(block, find(reader, params));
    BSN_TRY(index, params.required(1, [](const Json& value) { return rpc::quantity(value); }));
    static_cast<void>(block);
    static_cast<void>(index);
    return Json(nullptr);
}

Answer<Json> transaction_in(const ChainReader& reader, FindBlock find, const Params& params) {
    BSN_TRY(block, find(reader, params));
    BSN_TRY(index, params.required(
                       1, [](const Json& value) { return rpc::quantity(value, "hexutil.Uint"); }));
    if (!block || index >= block->transactions.size()) return Json(nullptr);
    return transaction_json(*block, index);
}

/// A transaction's block and place; none while it is in no block.
struct Found {
    BlockPointer block;
    std::size_t index = 0;
};
Answer<Found> find_transaction(const ChainReader& reader, const Hash& hash) {
    auto place = reader.find_transaction(hash);
    if (!place && place.error().code == Code::not_found) return Found{};
    if (!place) return place.error();
    BSN_TRY(block, reader.block(place->height));
    ensure(place->index < block->transactions.size(), "a transaction stands in its block");
    return Found{block, place->index};
}

Answer<Json> transaction(const ChainReader& reader, const TransactionPool& pool,
                         const Params& params) {
    BSN_TRY(hash, params.required(0, hash_argument));
    BSN_TRY(found, find_transaction(reader, hash));
    if (found.block) return transaction_json(*found.block, found.index);
    auto pending = pool.find(hash);
    if (!pending) return Json(nullptr);
    return pending_transaction_json(pending->transaction, hash, pending->from);
}

Answer<Json> raw_transaction(const ChainReader& reader, const TransactionPool& pool,
                             const Params& params) {
    BSN_TRY(hash, params.required(0, hash_argument));
    BSN_TRY(found, find_transaction(reader, hash));
    if (found.block) {
        return Json(rpc::data_text(found.block->transactions[found.index].transaction.encode()));
    }
    auto pending = pool.find(hash);
    return Json(pending ? rpc::data_text(pending->transaction.encode()) : "0x");
}

Answer<Json> receipt(const ChainReader& reader, const Params& params) {
    BSN_TRY(hash, params.required(0, hash_argument));
    BSN_TRY(found, find_transaction(reader, hash));
    if (!found.block) return Json(nullptr);
    return receipt_json(*found.block, found.index, reader.settings().hash);
}

Answer<Json> block_receipts(const ChainReader& reader, const Params& params) {
    BSN_TRY(block, block_by_choice(reader, params));
    if (!block) return Json(nullptr);
    Json all = Json::array();
    for (std::size_t i = 0; i < block->transactions.size(); ++i) {
        all.push_back(receipt_json(*block, i, reader.settings().hash));
    }
    return all;
}

using Ask = Answer<Json> (*)(const ChainReader&, FindBlock, const Params&);

}  // namespace

void add_block_methods(rpc::Methods& methods, const ChainReader& reader,
                       const TransactionPool& pool) {
    auto both = [&](const std::string& by_hash, const std::string& by_number, std::size_t most,
                    Ask ask) {
        methods.add(by_hash, most, [&reader, ask](const Params& params) {
            return ask(reader, block_by_hash, params);
        });
        methods.add(by_number, most, [&reader, ask](const Params& params) {
            return ask(reader, block_by_number, params);
        });
    };
    both("eth_getBlockByHash", "eth_getBlockByNumber", 2, whole_block);
    both("eth_getBlockTransactionCountByHash", "eth_getBlockTransactionCountByNumber", 1, count);
    both("eth_getUncleCountByBlockHash", "eth_getUncleCountByBlockNumber", 1, no_uncles);
    both("eth_getUncleByBlockHashAndIndex", "eth_getUncleByBlockNumberAndIndex", 2, no_uncle);
    both("eth_getTransactionByBlockHashAndIndex", "eth_getTransactionByBlockNumberAndIndex", 2,
         transaction_in);
    methods.add("eth_getTransactionByHash", 1, [&reader, &pool](const Params& params) {
        return transaction(reader, pool, params);
    });
    methods.add("eth_getRawTransactionByHash", 1, [&reader, &pool](const Params& params) {
        return raw_transaction(reader, pool, params);
    });
    methods.add("eth_getTransactionReceipt", 1,
                [&reader](const Params& params) { return receipt(reader, params); });
    methods.add("eth_getBlockReceipts", 1,
                [&reader](const Params& params) { return block_receipts(reader, params); });
}

}  // namespace bsn::framework::ethereum
