#include "framework/fisco/methods.hpp"
#include "framework/fisco/parameters.hpp"
#include "framework/fisco/shapes.hpp"

#include <fmt/format.h>

#include <array>

namespace bsn::framework::fisco {
namespace {

using rpc::Answer;
using rpc::Params;

constexpr std::uint64_t k_block_protocol = 65'545;  ///< what 2.x nodes call their sync protocol

Json client_version(const Endpoint& endpoint) {
    const std::string version = endpoint.suite == crypto::SuiteId::sm2
                                    ? fmt::format("{} gm", k_version)
                                    : std::string(k_version);
    return {{"Build Time", ""},
            {"Build Type", endpoint.build},
            {"Chain Id", std::to_string(endpoint.chain_id)},
            {"FISCO-BCOS Version", version},
            {"Git Branch", ""},
            {"Git Commit Hash", ""},
            {"Supported Version", k_version}};
}

Json ids_of(const std::vector<Node>& nodes) {
    Json list = Json::array();
    for (const Node& node : nodes) list.push_back(node_id_text(node.id));
    return list;
}

/// All nodes of the group, the one that answers among them.
std::vector<Node> all_of(const Nodes& nodes) {
    std::vector<Node> all = nodes.sealers;
    all.insert(all.end(), nodes.observers.begin(), nodes.observers.end());
    return all;
}

Json peers_json(const Nodes& nodes) {
    Json list = Json::array();
    for (const Node& node : all_of(nodes)) {
        if (node.id == nodes.own.id) continue;
        list.push_back({{"Agency", node.name},
                        {"IPAndPort", node.address},
                        {"Node", node.name},
                        {"NodeID", node_id_text(node.id)},
                        {"Topic", Json::array()}});
    }
    return list;
}

Answer<Json> sync_status(const ChainReader& chain) {
    const std::uint64_t height = chain.height();
    auto first = chain.header(0);
    auto last = chain.header(height);
    if (!first) return internal_failure(first.error().message);
    if (!last) return internal_failure(last.error().message);
    return Json{{"blockNumber", height},
                {"genesisHash", to_hex(first->hash)},
                {"isSyncing", false},
                {"knownHighestNumber", height},
                {"knownLatestHash", to_hex(last->hash)},
                {"latestHash", to_hex(last->hash)},
                {"nodeId", node_id_text(chain.nodes().own.id)},
                {"peers", Json::array()},
                {"protocolId", k_block_protocol},
                {"txPoolSize", std::to_string(chain.pending())}};
}

/// What pBFT's own status says where the order comes from elsewhere: no views are changed.
Answer<Json> consensus_status(const ChainReader& chain) {
    const std::uint64_t height = chain.height();
    auto last = chain.header(height);
    if (!last) return internal_failure(last.error().message);
    const Nodes nodes = chain.nodes();
    const std::size_t faults = nodes.sealers.empty() ? 0 : (nodes.sealers.size() - 1) / 3;
    Json basic{{"accountType", 1},
               {"allowFutureBlocks", true},
               {"cfgErr", false},
               {"connectedNodes", nodes.sealers.size()},
               {"consensusedBlockNumber", height + 1},
               {"currentView", 0},
               {"groupId", chain.settings().group},
               {"highestblockHash", rpc::data_text(last->hash)},
               {"highestblockNumber", height},
               {"leaderFailed", false},
               {"max_faulty_leader", faults},
               {"nodeId", node_id_text(nodes.own.id)},
               {"nodeNum", nodes.sealers.size()},
               {"node_index", 0},
               {"omitEmptyBlock", true},
               {"protocolId", k_block_protocol + 1},
               {"toView", 0}};
    Json views = Json::array();
    for (std::size_t i = 0; i < nodes.sealers.size(); ++i) {
        const std::string id = node_id_text(nodes.sealers[i].id);
        if (nodes.sealers[i].id == nodes.own.id) basic["node_index"] = i;
        basic[fmt::format("sealer.{}", i)] = id;
        views.push_back({{"nodeId", id}, {"view", 0}});
    }
    return Json::array({std::move(basic), std::move(views)});
}

Answer<Json> total_count(const ChainReader& chain) {
    auto counts = chain.counts();
    if (!counts) return internal_failure(counts.error().message);
    return Json{{"blockNumber", rpc::quantity_text(counts->height)},
                {"failedTxSum", rpc::quantity_text(counts->failed)},
                {"txSum", rpc::quantity_text(counts->total)}};
}

Answer<Json> system_config(const ChainReader& chain, const Params& params) {
    const Json* key = params.find(1);
    if (key == nullptr || !key->is_string()) return invalid_params("argument 2 must be a text");
    auto value = chain.system_config(key->get_ref<const std::string&>());
    if (value) return Json(*value);
    if (value.error().code == Code::not_found) return failure(RpcError::invalid_system_config);
    return internal_failure(value.error().message);
}

using TellChain = Answer<Json> (*)(const ChainReader&);

rpc::Methods::Call of_chain(const Groups& groups, TellChain tell) {
    return [&groups, tell](const Params& params) -> Answer<Json> {
        BSN_TRY(chain, group_of(groups, params));
        return tell(*chain);
    };
}

/// The nodes that a node is connected with are the same in all groups to FISCO BCOS, and its Java
/// SDK asks for them in group 1 whatever its own is. So an unknown group is the first one here.
rpc::Methods::Call of_node(const Groups& groups, TellChain tell) {
    return [&groups, tell](const Params& params) -> Answer<Json> {
        auto chain = group_of(groups, params);
        if (chain) return tell(**chain);
        const auto numbers = groups.numbers();
        const bool is_unknown = chain.error().number == static_cast<int>(RpcError::group_not_found);
        if (!is_unknown || numbers.empty()) return chain.error();
        const auto first = groups.find(numbers.front());
        if (!first) return chain.error();
        return tell(**first);
    };
}

Answer<Json> refuse_group_change(const Params&) {
    return rpc::Failure(rpc::ErrorNumber::internal,
                        "groups are apps of this network: publish one with `bsn app publish`, end "
                        "it with `bsn app suspend`");
}

void add_group_changes(rpc::Methods& methods) {
    constexpr std::array k_names{"generateGroup", "startGroup",   "stopGroup",
                                 "removeGroup",   "recoverGroup", "queryGroupStatus"};
    for (const char* name : k_names) methods.add(name, 2, refuse_group_change);
}

}  // namespace

void add_node_methods(rpc::Methods& methods, const Groups& groups) {
    methods.add("getClientVersion", 1, [&groups](const Params&) -> Answer<Json> {
        return client_version(groups.endpoint());
    });
    methods.add("getGroupList", 1,
                [&groups](const Params&) -> Answer<Json> { return Json(groups.numbers()); });
    methods.add("getPbftView", 1, of_chain(groups, [](const ChainReader&) -> Answer<Json> {
                    return Json(rpc::quantity_text(0));
                }));
    methods.add("getSealerList", 1, of_chain(groups, [](const ChainReader& chain) -> Answer<Json> {
                    return ids_of(chain.nodes().sealers);
                }));
    methods.add("getObserverList", 1,
                of_chain(groups, [](const ChainReader& chain) -> Answer<Json> {
                    return ids_of(chain.nodes().observers);
                }));
    auto all_ids = [](const ChainReader& chain) -> Answer<Json> {
        return ids_of(all_of(chain.nodes()));
    };
    methods.add("getGroupPeers", 1, of_chain(groups, all_ids));
    methods.add("getNodeIDList", 1, of_node(groups, all_ids));
    methods.add("getPeers", 1, of_node(groups, [](const ChainReader& chain) -> Answer<Json> {
                    return peers_json(chain.nodes());
                }));
    methods.add("getSyncStatus", 1, of_chain(groups, sync_status));
    methods.add("getConsensusStatus", 1, of_chain(groups, consensus_status));
    methods.add("getTotalTransactionCount", 1, of_chain(groups, total_count));
    methods.add("getSystemConfigByKey", 2, [&groups](const Params& params) -> Answer<Json> {
        BSN_TRY(chain, group_of(groups, params));
        return system_config(*chain, params);
    });
    add_group_changes(methods);
}

}  // namespace bsn::framework::fisco
