// Accounts, code, slots, and proofs of them, after any block whose state is kept.
#include "framework/ethereum/methods.hpp"

#include <algorithm>

namespace bsn::framework::ethereum {
namespace {

using rpc::data_text;
using rpc::quantity_text;

constexpr std::size_t k_max_proved_slots = 1024;

Answer<Json> balance(const ChainReader& reader, const Params& params) {
    BSN_TRY(address, params.required(0, address_argument));
    BSN_TRY(state, state_argument(reader, params, 1));
    BSN_TRY(account, state->account(address));
    return Json(quantity_text(account.balance));
}

/// `pending` counts what is under way.
Answer<Json> transaction_count(const ChainReader& reader, const TransactionPool& pool,
                               const Params& params) {
    BSN_TRY(address, params.required(0, address_argument));
    const Json* which = params.find(1);
    if (which != nullptr && *which == "pending") {
        BSN_TRY(nonce, pool.pending_nonce(address));
        return Json(quantity_text(nonce));
    }
    BSN_TRY(state, state_argument(reader, params, 1));
    BSN_TRY(account, state->account(address));
    return Json(quantity_text(account.nonce));
}

Answer<Json> code(const ChainReader& reader, const Params& params) {
    BSN_TRY(address, params.required(0, address_argument));
    BSN_TRY(state, state_argument(reader, params, 1));
    BSN_TRY(bytes, state->code(address));
    return Json(data_text(bytes));
}

Answer<Json> storage(const ChainReader& reader, const Params& params) {
    BSN_TRY(address, params.required(0, address_argument));
    auto slot = params.required(1, slot_argument);
    if (!slot) {
        // geth reads the slot inside of the method.
        const Json* given = params.find(1);
        if (given == nullptr) return slot.error();
        return rpc::Failure(rpc::ErrorNumber::server, slot_argument(*given).error().message);
    }
    BSN_TRY(state, state_argument(reader, params, 2));
    BSN_TRY(value, state->slot(address, *slot));
    return Json(data_text(value));
}

Result<std::vector<Word>> slots_argument(const Json& value) {
    if (!value.is_array()) {
        return Error{Code::invalid_argument, "json: cannot unmarshal " +
                                                 std::string(value.type_name()) +
                                                 " into Go value of type []string"};
    }
    if (value.size() > k_max_proved_slots) {
        return Error{Code::invalid_argument, "too many keys, at most 1024 are proved at once"};
    }
    std::vector<Word> slots;
    for (const Json& one : value) {
        BSN_TRY(slot, slot_argument(one));
        slots.push_back(slot);
    }
    return slots;
}

Json nodes_json(const std::vector<Bytes>& nodes) {
    Json all = Json::array();
    for (const Bytes& node : nodes) all.push_back(data_text(node));
    return all;
}

Answer<Json> proof(const ChainReader& reader, const Params& params) {
    BSN_TRY(address, params.required(0, address_argument));
    BSN_TRY(slots, params.required(1, slots_argument));
    BSN_TRY(state, state_argument(reader, params, 2));
    BSN_TRY(account, state->account(address));
    BSN_TRY(proved, state->prove(address, slots));
    ensure(proved.slots.size() == slots.size(), "each slot that was asked for is proved");
    Json storage_proof = Json::array();
    for (std::size_t i = 0; i < slots.size(); ++i) {
        BSN_TRY(value, state->slot(address, slots[i]));
        storage_proof.push_back({{"key", data_text(slots[i])},
                                 {"value", quantity_text(value)},
                                 {"proof", nodes_json(proved.slots[i])}});
    }
    return Json{{"address", data_text(address)},
                {"accountProof", nodes_json(proved.account)},
                {"balance", quantity_text(account.balance)},
                {"codeHash", data_text(proved.code_hash)},
                {"nonce", quantity_text(account.nonce)},
                {"storageHash", data_text(proved.storage_root)},
                {"storageProof", std::move(storage_proof)}};
}

}  // namespace

Answer<std::unique_ptr<StateView>> state_argument(const ChainReader& reader, const Params& params,
                                                  std::size_t place) {
    BSN_TRY(choice, params.optional(place, block_argument));
    BSN_TRY(height, height_of(reader, choice.value_or(BlockNumber{})));
    BSN_TRY(state, reader.state(height));
    return std::move(state);
}

void add_state_methods(rpc::Methods& methods, const ChainReader& reader,
                       const TransactionPool& pool) {
    methods.add("eth_getBalance", 2,
                [&reader](const Params& params) { return balance(reader, params); });
    methods.add("eth_getTransactionCount", 2, [&reader, &pool](const Params& params) {
        return transaction_count(reader, pool, params);
    });
    methods.add("eth_getCode", 2, [&reader](const Params& params) { return code(reader, params); });
    methods.add("eth_getStorageAt", 3,
                [&reader](const Params& params) { return storage(reader, params); });
    methods.add("eth_getProof", 3,
                [&reader](const Params& params) { return proof(reader, params); });
}

}  // namespace bsn::framework::ethereum
