#include "framework/fisco/methods.hpp"
#include "framework/fisco/parameters.hpp"
#include "framework/fisco/shapes.hpp"

namespace bsn::framework::fisco {
namespace {

using rpc::Answer;
using rpc::Params;

/// A transaction of a block.
struct Found {
    std::shared_ptr<const Block> block;
    std::uint32_t index = 0;
};

/// The transaction whose hash is given; no block if there is none.
Answer<Found> find_by_hash(const ChainReader& chain, const Params& params) {
    BSN_TRY(hash, hash_at(params, 1));
    auto place = chain.find_transaction(hash);
    if (!place) {
        if (place.error().code == Code::not_found) return Found{};
        return internal_failure(place.error().message);
    }
    auto block = chain.block(place->height);
    if (!block) return internal_failure(block.error().message);
    return Found{*block, place->index};
}

using TellFound = Json (*)(const ChainReader&, const Found&);

/// Null if there is no such transaction.
rpc::Methods::Call by_hash(const Groups& groups, TellFound tell) {
    return [&groups, tell](const Params& params) -> Answer<Json> {
        BSN_TRY(chain, group_of(groups, params));
        BSN_TRY(found, find_by_hash(*chain, params));
        if (!found.block) return Json(nullptr);
        return tell(*chain, found);
    };
}

Json tell_transaction(const ChainReader&, const Found& found) {
    return transaction_json(*found.block, found.index);
}

Json tell_receipt(const ChainReader&, const Found& found) {
    return receipt_json(*found.block, found.index);
}

Json tell_transaction_with_proof(const ChainReader& chain, const Found& found) {
    return {
        {"transaction", transaction_json(*found.block, found.index)},
        {"txProof", transaction_proof_json(chain.settings().hash(), *found.block, found.index)}};
}

Json tell_receipt_with_proof(const ChainReader& chain, const Found& found) {
    return {
        {"transactionReceipt", receipt_json(*found.block, found.index)},
        {"receiptProof", receipt_proof_json(chain.settings().hash(), *found.block, found.index)}};
}

Answer<Json> at_index(const ChainReader& chain, std::uint64_t height, const Params& params) {
    BSN_TRY(index, number_at(params, 2));
    auto block = chain.block(height);
    if (!block) return internal_failure(block.error().message);
    if (index >= (*block)->transactions.size()) return failure(RpcError::index_out_of_range);
    return transaction_json(**block, static_cast<std::uint32_t>(index));
}

/// A field of a call; none if it is missing or null.
Answer<std::optional<std::string>> field_of(const Json& call, const char* name) {
    auto found = call.find(name);
    if (found == call.end() || found->is_null()) return std::optional<std::string>{};
    if (!found->is_string()) return invalid_params(std::string(name) + " must be a text");
    return std::optional(found->get<std::string>());
}

Answer<Address> address_of(const Json& call, const char* name) {
    BSN_TRY(text, field_of(call, name));
    if (!text || text->empty() || *text == "0x") return Address{};
    auto address = loose_address(*text);
    if (!address) return invalid_params(std::string(name) + ": " + address.error().message);
    return *address;
}

Answer<CallMessage> call_message_from(const Params& params) {
    const Json* call = params.find(1);
    if (call == nullptr || !call->is_object()) return invalid_params("a call is an object");
    BSN_TRY(named, field_of(*call, "from"));
    if (!named || named->empty()) return failure(RpcError::no_from);
    CallMessage message;
    BSN_TRY(from, address_of(*call, "from"));
    message.from = from;
    BSN_TRY(to, address_of(*call, "to"));
    message.to = to;
    BSN_TRY(data_text, field_of(*call, "data"));
    if (data_text) {
        auto data = loose_data(*data_text);
        if (!data) return invalid_params("data: " + data.error().message);
        message.data = std::move(*data);
    }
    BSN_TRY(value_text, field_of(*call, "value"));
    if (value_text && !value_text->empty()) {
        auto value = number_from(*value_text);
        if (!value) return invalid_params("value: " + value.error().message);
        message.value = ledger::word_of(*value);
    }
    return message;
}

Answer<Json> call(const Groups& groups, const Params& params) {
    BSN_TRY(chain, group_of(groups, params));
    BSN_TRY(message, call_message_from(params));
    const std::uint64_t height = chain->height();
    auto outcome = chain->call(message);
    if (!outcome) return internal_failure(outcome.error().message);
    return Json{{"currentBlockNumber", rpc::quantity_text(height)},
                {"output", rpc::data_text(outcome->output)},
                {"status", rpc::quantity_text(outcome->status)}};
}

}  // namespace

void add_transaction_methods(rpc::Methods& methods, const Groups& groups) {
    methods.add("getTransactionByHash", 2, by_hash(groups, tell_transaction));
    methods.add("getTransactionReceipt", 2, by_hash(groups, tell_receipt));
    methods.add("getTransactionByHashWithProof", 2, by_hash(groups, tell_transaction_with_proof));
    methods.add("getTransactionReceiptByHashWithProof", 2,
                by_hash(groups, tell_receipt_with_proof));
    methods.add("getTransactionByBlockNumberAndIndex", 3,
                [&groups](const Params& params) -> Answer<Json> {
                    BSN_TRY(chain, group_of(groups, params));
                    BSN_TRY(height, height_at(*chain, params, 1));
                    return at_index(*chain, height, params);
                });
    methods.add("getTransactionByBlockHashAndIndex", 3,
                [&groups](const Params& params) -> Answer<Json> {
                    BSN_TRY(chain, group_of(groups, params));
                    BSN_TRY(height, height_by_hash_at(*chain, params, 1));
                    return at_index(*chain, height, params);
                });
    methods.add("call", 2, [&groups](const Params& params) { return call(groups, params); });
    methods.add("getCode", 2, [&groups](const Params& params) -> Answer<Json> {
        BSN_TRY(chain, group_of(groups, params));
        BSN_TRY(address, address_at(params, 1));
        auto code = chain->code(address);
        if (!code) return internal_failure(code.error().message);
        return Json(rpc::data_text(*code));
    });
    methods.add("getPendingTxSize", 1, [&groups](const Params& params) -> Answer<Json> {
        BSN_TRY(chain, group_of(groups, params));
        return Json(rpc::quantity_text(chain->pending()));
    });
    // What waits is in batches on its way through the order, which no index looks into.
    methods.add("getPendingTransactions", 1, [&groups](const Params& params) -> Answer<Json> {
        BSN_TRY(chain, group_of(groups, params));
        (void)chain;
        return Json(Json::array());
    });
}

}  // namespace bsn::framework::fisco
