// Sending transactions, and looking at those that are under way.
#include "framework/ethereum/json_forms.hpp"
#include "framework/ethereum/methods.hpp"
#include "ledger/ethereum/address.hpp"

#include <fmt/format.h>

namespace bsn::framework::ethereum {
namespace {

constexpr std::size_t k_most_shown = 1000;

Answer<Json> send(ChainReader& reader, TransactionPool& pool, const Params& params) {
    BSN_TRY(raw, params.required(0, [](const Json& value) { return rpc::data(value); }));
    if (Status may = reader.take_one(); !may) {
        return rpc::Failure(rpc::ErrorNumber::limit_exceeded, may.error().message);
    }
    auto hash = pool.add(raw);
    if (!hash) {  // unsigned, or the like: what is taken and then refused, the chain gives back
        reader.give_back_one();
        return hash.error();
    }
    return Json(rpc::data_text(*hash));
}

/// By account and nonce; at most 1,000.
Json content(const TransactionPool& pool) {
    Json all{{"pending", Json::object()}, {"queued", Json::object()}};
    for (const auto& [pending, flying] : pool.content(k_most_shown)) {
        Json& group = all[flying ? "pending" : "queued"];
        Json& account = group[ledger::ethereum::to_checksum_text(pending.from)];
        account[std::to_string(pending.transaction.nonce)] =
            pending_transaction_json(pending.transaction, pending.transaction.hash(), pending.from);
    }
    return all;
}

}  // namespace

void add_pool_methods(rpc::Methods& methods, ChainReader& reader, TransactionPool& pool) {
    methods.add("eth_sendRawTransaction", 1,
                [&reader, &pool](const Params& params) { return send(reader, pool, params); });
    methods.add("txpool_content", 0,
                [&pool](const Params&) -> Answer<Json> { return content(pool); });
    // Keys are held by clients.
    for (const char* name : {"eth_sendTransaction", "eth_sign", "eth_signTransaction"}) {
        methods.add(name, 2, [](const Params&) -> Answer<Json> {
            return rpc::Failure(rpc::ErrorNumber::server, "unknown account");
        });
    }
}

}  // namespace bsn::framework::ethereum
