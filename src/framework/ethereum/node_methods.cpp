// What is known without looking at the chain, and what a chain without mining and syncing says.
#include "crypto/hash.hpp"
#include "framework/ethereum/methods.hpp"

#include <fmt/format.h>

namespace bsn::framework::ethereum {

using rpc::quantity_text;

void add_node_methods(rpc::Methods& methods, const ChainReader& reader,
                      const TransactionPool& pool) {
    auto says = [&methods](const char* name, const Json& answer) {
        methods.add(name, 0, [answer](const Params&) -> Answer<Json> { return answer; });
    };
    const ChainSettings& settings = reader.settings();
    says("web3_clientVersion", settings.client);
    says("net_version", std::to_string(settings.chain_id));
    says("net_listening", true);
    says("net_peerCount", "0x0");
    says("eth_chainId", quantity_text(settings.chain_id));
    says("eth_protocolVersion", "0x44");
    says("eth_syncing", false);
    says("eth_mining", false);
    says("eth_hashrate", "0x0");
    says("eth_accounts", Json::array());
    says("rpc_modules",
         Json{{"eth", "1.0"}, {"net", "1.0"}, {"rpc", "1.0"}, {"txpool", "1.0"}, {"web3", "1.0"}});
    methods.add("eth_coinbase", 0, [&reader](const Params&) -> Answer<Json> {
        BSN_TRY(latest, reader.header(reader.height()));
        return Json(rpc::data_text(latest.header.beneficiary));
    });
    methods.add("eth_blockNumber", 0, [&reader](const Params&) -> Answer<Json> {
        return Json(quantity_text(reader.height()));
    });
    methods.add("web3_sha3", 1, [](const Params& params) -> Answer<Json> {
        BSN_TRY(bytes, params.required(0, [](const Json& value) { return rpc::data(value); }));
        return Json(rpc::data_text(crypto::hash(crypto::HashId::keccak256, bytes)));
    });
    methods.add("txpool_status", 0, [&pool](const Params&) -> Answer<Json> {
        auto counts = pool.counts();
        return Json{{"pending", quantity_text(counts.pending)},
                    {"queued", quantity_text(counts.waiting)}};
    });
}

}  // namespace bsn::framework::ethereum
