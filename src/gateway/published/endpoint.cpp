#include "gateway/published/endpoint.hpp"

namespace bsn::gateway::published {
namespace {

using enum FieldKind;

constexpr Field k_name{"name"};
constexpr Field k_secret{"secret"};
constexpr Field k_user{"userId"};
constexpr Field k_trans_data{"transData"};
constexpr Field k_contract_name{"contractName"};
constexpr Field k_function{"funcName"};
constexpr Field k_parameters{"funcParam", text_or_structure};
constexpr Field k_hash{"txHash"};
constexpr Field k_block_hash{"blockHash"};
constexpr Field k_notify{"notifyUrl"};
constexpr Field k_attached{"attachArgs"};
constexpr Field k_event{"eventId"};

void add_fabric(std::vector<Endpoint>& all) {
    const std::vector<Field> transaction = {{"txId"}, {"dataType"}};
    const std::vector<Field> block = {
        {"blockNumber", number}, k_block_hash, {"txId"}, {"dataType"}};
    const std::vector<Field> event = {{"chainCode"}, {"eventKey"}, k_notify, k_attached};
    auto add = [&](std::string_view path, Call call, KeysOf keys, std::vector<Field> fields,
                   const Shape* answer) {
        all.push_back({path, Family::fabric, call, keys, std::move(fields), answer});
    };
    add("/api/fabric/v1/user/register", Call::register_user, KeysOf::both,
        {k_name, k_secret, {"extendProperties"}}, &shapes::fabric_user());
    add("/api/fabric/v1/user/enroll", Call::enroll_user, KeysOf::upload,
        {k_name, k_secret, {"csrPem"}}, &shapes::fabric_certificate());
    add("/api/fabric/v1/node/reqChainCode", Call::invoke, KeysOf::trust,
        {{"userName"},
         {"nonce"},
         {"chainCode"},
         k_function,
         {"args", texts},
         {"transientData", text_map}},
        &shapes::fabric_outcome());
    add("/api/fabric/v1/node/trans", Call::transaction, KeysOf::upload, {k_trans_data},
        &shapes::fabric_outcome());
    add("/api/fabric/v1/node/getTransaction", Call::transaction_info, KeysOf::both, transaction,
        &shapes::fabric_transaction());
    add("/api/fabric/v1/node/getTransdata", Call::transaction_data, KeysOf::both, transaction,
        &shapes::fabric_transaction_data());
    add("/api/fabric/v1/node/getBlockInfo", Call::block_info, KeysOf::both, block,
        &shapes::fabric_block());
    add("/api/fabric/v1/node/getBlockData", Call::block_data, KeysOf::both, block,
        &shapes::fabric_block_data());
    add("/api/fabric/v1/node/getLedgerInfo", Call::ledger_info, KeysOf::both, {},
        &shapes::fabric_ledger());
    add("/api/fabric/v1/chainCode/event/register", Call::register_event, KeysOf::both, event,
        &shapes::event_id());
    add("/api/fabric/v1/chainCode/event/blockRegister", Call::register_block_event, KeysOf::both,
        event, &shapes::event_id());
    add("/api/fabric/v1/chainCode/event/query", Call::query_events, KeysOf::both, {},
        &shapes::fabric_events());
    add("/api/fabric/v1/chainCode/event/remove", Call::remove_event, KeysOf::both, {k_event},
        nullptr);
}

/// FISCO BCOS and CITA have the same events.
void add_contract_events(std::vector<Endpoint>& all, Family family, std::string_view enter,
                         std::string_view query, std::string_view remove) {
    all.push_back(
        {enter,
         family,
         Call::register_event,
         KeysOf::both,
         {{"eventType", number}, {"contractAddress"}, k_contract_name, k_notify, k_attached},
         &shapes::event_id()});
    all.push_back(
        {query, family, Call::query_events, KeysOf::both, {}, &shapes::contract_events()});
    all.push_back({remove, family, Call::remove_event, KeysOf::both, {k_event}, nullptr});
}

void add_fisco(std::vector<Endpoint>& all) {
    auto add = [&](std::string_view path, Call call, KeysOf keys, std::vector<Field> fields,
                   const Shape* answer) {
        all.push_back({path, Family::fisco, call, keys, std::move(fields), answer});
    };
    const std::vector<Field> block = {{"blockNumber"}, k_block_hash};
    add("/api/fiscobcos/v1/user/register", Call::register_user, KeysOf::both, {k_user},
        &shapes::account());
    add("/api/fiscobcos/v1/node/reqChainCode", Call::invoke, KeysOf::trust,
        {k_user, k_contract_name, k_function, k_parameters}, &shapes::fisco_outcome());
    add("/api/fiscobcos/v1/node/trans", Call::transaction, KeysOf::upload,
        {k_contract_name, k_trans_data, {"contractAddress"}, {"contractAbi"}},
        &shapes::fisco_outcome());
    add("/api/fiscobcos/v1/node/getBlockInfo", Call::block_info, KeysOf::both, block,
        &shapes::fisco_block());
    add("/api/fiscobcos/v1/node/getBlockHeight", Call::height, KeysOf::both, {}, &shapes::data());
    add("/api/fiscobcos/v1/node/getTxCount", Call::transaction_count, KeysOf::both, {},
        &shapes::data());
    add("/api/fiscobcos/v1/node/getTxCountByBlockNumber", Call::block_transaction_count,
        KeysOf::both, block, &shapes::data());
    add("/api/fiscobcos/v1/node/getTxReceiptByTxHash", Call::transaction_receipt, KeysOf::both,
        {k_hash}, &shapes::fisco_receipt());
    add("/api/fiscobcos/v1/node/getTxInfoByTxHash", Call::transaction_info, KeysOf::both, {k_hash},
        &shapes::fisco_transaction());
    add_contract_events(all, Family::fisco, "/api/fiscobcos/v1/event/register",
                        "/api/fiscobcos/v1/event/query", "/api/fiscobcos/v1/event/remove");
}

void add_xuperchain(std::vector<Endpoint>& all) {
    auto add = [&](std::string_view path, Call call, KeysOf keys, std::vector<Field> fields,
                   const Shape* answer) {
        all.push_back({path, Family::xuperchain, call, keys, std::move(fields), answer});
    };
    add("/api/xuperchain/v1/user/register", Call::register_user, KeysOf::trust, {k_user},
        &shapes::xuper_account());
    add("/api/xuperchain/v1/node/reqChainCode", Call::invoke, KeysOf::trust,
        {k_user, {"userAddr"}, k_contract_name, k_function, k_parameters}, &shapes::xuper_call());
    add("/api/xuperchain/v1/node/trans", Call::transaction, KeysOf::upload,
        {{"initiator"}, k_trans_data, {"flag", number}}, &shapes::xuper_outcome());
    add("/api/xuperchain/v1/node/getTxInfoByTxHash", Call::transaction_info, KeysOf::both, {k_hash},
        &shapes::xuper_transaction());
    add("/api/xuperchain/v1/node/getBlockInfo", Call::block_info, KeysOf::both,
        {{"blockHeight", number}, k_block_hash}, &shapes::xuper_block());
    add("/api/xuperchain/v1/event/register", Call::register_event, KeysOf::both,
        {k_contract_name, {"eventKey"}, k_notify, k_attached}, &shapes::event_id());
    add("/api/xuperchain/v1/event/query", Call::query_events, KeysOf::both, {},
        &shapes::xuper_events());
    add("/api/xuperchain/v1/event/remove", Call::remove_event, KeysOf::both, {k_event}, nullptr);
}

void add_cita(std::vector<Endpoint>& all) {
    auto add = [&](std::string_view path, Call call, KeysOf keys, std::vector<Field> fields,
                   const Shape* answer) {
        all.push_back({path, Family::cita, call, keys, std::move(fields), answer});
    };
    const std::vector<Field> block = {{"blockNumber"}, k_block_hash};
    add("/api/cita/v1/user/register", Call::register_user, KeysOf::trust, {k_user},
        &shapes::account());
    add("/api/cita/v1/node/reqChainCode", Call::invoke, KeysOf::trust,
        {k_user, k_contract_name, k_function, k_parameters}, &shapes::cita_outcome());
    add("/api/cita/v1/node/trans", Call::transaction, KeysOf::upload,
        {k_contract_name, k_trans_data}, &shapes::cita_outcome());
    add("/api/cita/v1/node/getBlockInfo", Call::block_info, KeysOf::both, block,
        &shapes::cita_block());
    add("/api/cita/v1/node/getBlockHeight", Call::height, KeysOf::both, block, &shapes::data());
    add("/api/cita/v1/node/getTxReceiptByTxHash", Call::transaction_receipt, KeysOf::both, {k_hash},
        &shapes::cita_receipt());
    add("/api/cita/v1/node/getTxInfoByTxHash", Call::transaction_info, KeysOf::both, {k_hash},
        &shapes::cita_transaction());
    add_contract_events(all, Family::cita, "/api/cita/v1/event/register",
                        "/api/cita/v1/event/query", "/api/cita/v1/event/remove");
}

}  // namespace

std::string_view family_name(Family family) {
    switch (family) {
        case Family::fabric: return "Fabric";
        case Family::fisco: return "FISCO BCOS";
        case Family::xuperchain: return "XuperChain";
        case Family::cita: return "CITA";
        case Family::none: break;
    }
    return "none";
}

const std::vector<Endpoint>& endpoints() {
    static const std::vector<Endpoint> k_all = [] {
        std::vector<Endpoint> all;
        all.push_back({.path = "/api/app/getAppInfo", .answer = &shapes::app_info()});
        add_fabric(all);
        add_fisco(all);
        add_xuperchain(all);
        add_cita(all);
        return all;
    }();
    return k_all;
}

const Endpoint* find_endpoint(std::string_view path) {
    for (const Endpoint& endpoint : endpoints()) {
        if (endpoint.path == path) return &endpoint;
    }
    return nullptr;
}

}  // namespace bsn::gateway::published
