// The bodies of answers, as published.
#include "gateway/published/shape.hpp"

namespace bsn::gateway::published::shapes {
namespace {

using enum MemberKind;

/// An optional text.
constexpr Member perhaps(std::string_view name) { return {name, text, nullptr, true}; }

}  // namespace

const Shape& app_info() {
    static const Shape k_shape{{{"appName"},
                                {"appType"},
                                {"caType", number},
                                {"algorithmType", number},
                                {"mspId"},
                                {"channelId"},
                                perhaps("version"),
                                perhaps("fabricVersion")},
                               // As the manual has it; the SDKs disagree and verify nothing here.
                               {"appName", "appType", "caType", "algorithmType", "mspId",
                                "channelId", "version", "fabricVersion"}};
    return k_shape;
}

const Shape& event_id() {
    static const Shape k_shape{{{"eventId"}}, {}};
    return k_shape;
}

const Shape& data() {
    static const Shape k_shape{{{"data"}}, {}};
    return k_shape;
}

const Shape& account() {
    static const Shape k_shape{{{"userId"}, {"userAddress"}}, {}};
    return k_shape;
}

const Shape& contract_events() {
    static const Shape k_block{
        {{"eventId"}, {"appCode"}, {"userCode"}, {"notifyUrl"}, {"attachArgs"}, {"createTime"}},
        {}};
    static const Shape k_contract{{{"eventId"},
                                   {"appCode"},
                                   {"userCode"},
                                   {"notifyUrl"},
                                   {"attachArgs"},
                                   {"createTime"},
                                   {"contractAddress"}},
                                  {}};
    static const Shape k_shape{
        {{"blockEvent", list, &k_block}, {"contractEvent", list, &k_contract}}, {}};
    return k_shape;
}

const Shape& fabric_user() {
    static const Shape k_shape{{{"name"}, {"secret"}}, {}};
    return k_shape;
}

const Shape& fabric_certificate() {
    static const Shape k_shape{{{"cert"}}, {}};
    return k_shape;
}

const Shape& fabric_outcome() {
    static const Shape k_block{{{"txId"}, {"blockHash"}, {"status", number}}, {}};
    static const Shape k_result{{{"ccCode", number}, {"ccData"}}, {}};
    static const Shape k_shape{{{"blockInfo", object, &k_block}, {"ccRes", object, &k_result}}, {}};
    return k_shape;
}

const Shape& fabric_transaction() {
    static const Shape k_shape{{{"blockHash"},
                                {"blockNumber", number},
                                {"status", number},
                                {"createName"},
                                {"timeSpanSec", number},
                                {"timeSpanNsec", number}},
                               {}};
    return k_shape;
}

const Shape& fabric_transaction_data() {
    static const Shape k_shape{{{"txId"}, {"transData"}}, {}};
    return k_shape;
}

const Shape& fabric_block() {
    static const Shape k_transaction{{{"txId"},
                                      {"status", number},
                                      {"createName"},
                                      {"timeSpanSec", number},
                                      {"timeSpanNsec", number}},
                                     {}};
    static const Shape k_shape{{{"blockHash"},
                                {"blockNumber", number},
                                {"preBlockHash"},
                                {"blockSize", number},
                                {"blockTxCount", number},
                                {"transactions", list, &k_transaction}},
                               {}};
    return k_shape;
}

const Shape& fabric_block_data() {
    static const Shape k_shape{
        {{"blockHash"}, {"blockNumber", number}, {"preBlockHash"}, {"blockData"}}, {}};
    return k_shape;
}

const Shape& fabric_ledger() {
    static const Shape k_shape{{{"blockHash"}, {"height", number}, {"preBlockHash"}}, {}};
    return k_shape;
}

const Shape& fabric_events() {
    static const Shape k_shape{.members = {{"eventId"},
                                           {"eventKey"},
                                           {"notifyUrl"},
                                           {"attachArgs"},
                                           {"createTime"},
                                           {"orgCode"},
                                           {"userCode"},
                                           {"appCode"},
                                           {"chainCode"},
                                           perhaps("eventType")},
                               .signing = {},
                               .list = true};
    return k_shape;
}

const Shape& fisco_outcome() {
    static const Shape k_shape{{{"constant", boolean},
                                {"queryInfo"},
                                {"txId"},
                                {"blockHash"},
                                {"blockNumber", number},
                                {"gasUsed", number},
                                {"status"},
                                {"from"},
                                {"to"},
                                {"input"},
                                {"output"},
                                {"logs"}},
                               {}};
    return k_shape;
}

const Shape& fisco_transaction() {
    static const Shape k_shape{{{"txId"},
                                {"blockHash"},
                                {"blockNumber", number},
                                {"gasUsed", number},
                                {"from"},
                                {"to"},
                                {"value", number},
                                {"input"}},
                               {}};
    return k_shape;
}

const Shape& fisco_block() {
    static const Shape k_shape{{{"blockHash"},
                                {"blockNumber", number},
                                {"parentBlockHash"},
                                {"blockSize", number},
                                {"blockTime", number},
                                {"author"},
                                {"transactions", list, &fisco_transaction()}},
                               {}};
    return k_shape;
}

const Shape& fisco_receipt() {
    static const Shape k_shape{{{"txId"},
                                {"blockHash"},
                                {"blockNumber", number},
                                {"gasUsed", number},
                                {"from"},
                                {"to"},
                                {"contractAddress"},
                                {"logs"}},
                               {}};
    return k_shape;
}

const Shape& xuper_account() {
    static const Shape k_shape{{{"userId"}, {"userAddr"}}, {}};
    return k_shape;
}

const Shape& xuper_call() {
    static const Shape k_shape{{{"txId"}, {"queryInfo"}}, {}};
    return k_shape;
}

const Shape& xuper_outcome() {
    static const Shape k_shape{{{"txId"}, {"queryInfo"}, {"preExecRes"}}, {}};
    return k_shape;
}

const Shape& xuper_transaction() {
    static const Shape k_request{{{"contractName"}, {"methodName"}, {"args"}}, {}};
    static const Shape k_shape{{{"txId"},
                                {"blockId"},
                                {"version", number},
                                {"contractRequests", list, &k_request},
                                {"receivedTimestamp", number}},
                               {}};
    return k_shape;
}

const Shape& xuper_block() {
    static const Shape k_shape{{{"version", number},
                                {"blockid"},
                                {"preHash"},
                                {"height", number},
                                {"timestamp", number},
                                {"transactions", list, &xuper_transaction()},
                                {"txCount", number},
                                {"nextHash"}},
                               {}};
    return k_shape;
}

const Shape& xuper_events() {
    static const Shape k_event{{{"eventId"},
                                {"eventKey"},
                                {"notifyUrl"},
                                {"attachArgs"},
                                {"createTime"},
                                {"userCode"},
                                {"appCode"},
                                {"contractName"}},
                               {"eventId", "eventKey", "appCode", "userCode", "contractName",
                                "notifyUrl", "attachArgs", "createTime"}};
    static const Shape k_shape{{{"blockEvent", list, &k_event}}, {}};
    return k_shape;
}

const Shape& cita_outcome() {
    static const Shape k_shape{{{"txId"}, {"status"}, {"data"}}, {}};
    return k_shape;
}

const Shape& cita_transaction() {
    static const Shape k_shape{{{"txHash"},
                                {"blockHash"},
                                {"blockNumber", number},
                                {"data"},
                                {"chainId"},
                                {"quota"},
                                {"from"},
                                {"to"},
                                {"nonce"},
                                {"validUntilBlock"},
                                {"version"}},
                               {}};
    return k_shape;
}

const Shape& cita_block() {
    // In a block, only what two of the three SDKs that verify it sign.
    static const Shape k_transaction{cita_transaction().members,
                                     {"txHash", "data", "chainId", "quota", "from", "to", "nonce",
                                      "validUntilBlock", "version"}};
    static const Shape k_shape{{{"blockHash"},
                                {"blockNumber", number},
                                {"prevBlockHash"},
                                {"blockTime"},
                                {"quotaUsed"},
                                {"transactionsRoot"},
                                {"stateRoot"},
                                {"receiptsRoot"},
                                {"transactions", list, &k_transaction}},
                               {}};
    return k_shape;
}

const Shape& cita_receipt() {
    static const Shape k_log{{{"removed", boolean},
                              {"logIndex", number},
                              {"transactionIndex", number},
                              {"transactionHash"},
                              {"blockHash"},
                              {"blockNumber", number},
                              {"address"},
                              {"data"},
                              {"transactionLogIndex"},
                              {"transactionIndexRaw"},
                              {"blockNumberRaw"},
                              {"logIndexRaw"},
                              {"topics", list}},
                             {}};
    static const Shape k_shape{{{"transactionHash"},
                                {"transactionIndex", number},
                                {"blockHash"},
                                {"blockNumber", number},
                                {"cumulativeGasUsed", number},
                                {"cumulativeQuotaUsed", number},
                                {"gasUsed", number},
                                {"quotaUsed", number},
                                {"contractAddress"},
                                {"root"},
                                {"status"},
                                {"from"},
                                {"to"},
                                {"logsBloom"},
                                {"errorMessage"},
                                {"transactionIndexRaw"},
                                {"blockNumberRaw"},
                                {"cumulativeGasUsedRaw"},
                                {"cumulativeQuotaUsedRaw"},
                                {"gasUsedRaw"},
                                {"quotaUsedRaw"},
                                {"logs", list, &k_log}},
                               {}};
    return k_shape;
}

}  // namespace bsn::gateway::published::shapes
