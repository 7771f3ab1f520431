#pragma once
// What our formats hold, field by field, under the names of `docs/formats.md`: what any reader must
// find in the golden vectors.

#include "ledger/block.hpp"
#include "ledger/transaction.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace bsn::testing::vectors {

using Json = nlohmann::ordered_json;

/// Each element of a list by `says`.
template <typename List, typename Says>
Json list_of(const List& list, Says says) {
    Json json = Json::array();
    for (const auto& element : list) json.push_back(says(element));
    return json;
}

template <typename List>
Json hex_list(const List& list) {
    return list_of(list, [](const auto& bytes) { return to_hex(bytes); });
}

inline int number(crypto::SuiteId suite) { return static_cast<int>(suite); }

inline Json says(const ledger::Payload& payload) {
    return {{"network", to_hex(payload.network)},
            {"channel", to_hex(payload.channel)},
            {"suite", number(payload.suite)},
            {"creator", to_hex(payload.creator)},
            {"nonce", to_hex(payload.nonce)},
            {"valid_until", payload.valid_until},
            {"contract", payload.contract},
            {"function", payload.function},
            {"arguments", hex_list(payload.arguments)}};
}

inline Json says(const ledger::Transaction& transaction) {
    return {{"dialect", 0},
            {"payload", says(transaction.payload())},
            {"signer", to_hex(transaction.signer().bytes)},
            {"signature", to_hex(transaction.signature())}};
}

inline Json says(const ledger::Certificate& certificate) {
    return {{"suite", number(certificate.suite)},
            {"signatures", list_of(certificate.signatures, [](const auto& signature) -> Json {
                 return {{"peer", signature.peer}, {"signature", to_hex(signature.signature)}};
             })}};
}

inline Json says(const ledger::EpochRecord& record) {
    return {
        {"channel", to_hex(record.channel)},
        {"epoch", record.epoch},
        {"from_order_height", record.from_order_height},
        {"suites", list_of(record.suites, [](auto suite) { return number(suite); })},
        {"peers", list_of(record.peers,
                          [](const auto& peer) -> Json {
                              return {{"node", to_hex(peer.node)},
                                      {"name", peer.name},
                                      {"operator", peer.operator_name},
                                      {"keys", hex_list(peer.keys)}};
                          })},
        {"revoked", list_of(record.revoked, [](const auto& node) -> Json {
             return {{"node", to_hex(node.node)}, {"from_order_height", node.from_order_height}};
         })}};
}

inline Json says(const ledger::Envelope& envelope) {
    return {{"core",
             {{"kind", static_cast<int>(envelope.kind)},
              {"channel", to_hex(envelope.channel)},
              {"epoch", envelope.epoch},
              {"proposer", to_hex(envelope.proposer)},
              {"sequence", envelope.sequence},
              {"digest_hash", static_cast<int>(envelope.digest_hash)},
              {"digest", to_hex(envelope.digest)},
              {"count", envelope.count},
              {"size", envelope.bytes},
              {"valid_until", envelope.valid_until_order_height},
              {"body", to_hex(envelope.body)}}},
            {"certificates",
             list_of(envelope.availability, [](const auto& value) { return says(value); })}};
}

inline Json says(const ledger::Header& header) {
    return {{"hash", static_cast<int>(header.hash_id)},
            {"network", to_hex(header.network)},
            {"channel", to_hex(header.channel)},
            {"height", header.height},
            {"previous", to_hex(header.previous)},
            {"position",
             {{"orderer", to_hex(header.position.orderer)},
              {"era", header.position.era},
              {"height", header.position.height},
              {"index", header.position.index}}},
            {"time", header.time},
            {"epoch", header.epoch},
            {"transactions", header.transactions},
            {"transaction_root", to_hex(header.transaction_root)},
            {"receipt_root", to_hex(header.receipt_root)},
            {"state_type", static_cast<int>(header.state_type)},
            {"state", to_hex(header.state)},
            {"extensions", list_of(header.extensions, [](const auto& extension) -> Json {
                 return {{"tag", extension.tag}, {"hash", to_hex(extension.hash)}};
             })}};
}

inline Json says(const ledger::Receipt& receipt) {
    return {{"status", static_cast<int>(receipt.status)},
            {"result", to_hex(receipt.result)},
            {"logs", list_of(receipt.logs,
                             [](const auto& log) -> Json {
                                 return {{"contract", log.contract},
                                         {"topics", hex_list(log.topics)},
                                         {"data", to_hex(log.data)}};
                             })},
            {"gas", receipt.gas},
            {"cumulative_gas", receipt.cumulative_gas},
            {"created_address", to_hex(receipt.created_address)},
            {"error", receipt.error}};
}

/// The fields of each type of control record.
struct SaysControl {
    Json operator()(const ledger::AppControl& record) const {
        return {{"control", 1},
                {"name", record.name},
                {"suite", number(record.suite)},
                {"state_type", static_cast<int>(record.state_type)},
                {"publisher", to_hex(record.publisher)}};
    }
    Json operator()(const ledger::EpochControl& record) const {
        return {{"control", 2}, {"record", says(record.record)}};
    }
    Json operator()(const ledger::ContractControl& record) const {
        return {{"control", 3},
                {"name", record.name},
                {"type", record.type},
                {"version", record.version}};
    }
    Json operator()(const ledger::RoleControl& record) const {
        return {{"control", 4},
                {"name", record.name},
                {"public", record.is_public ? 1 : 0},
                {"functions", record.functions}};
    }
    Json operator()(const ledger::MemberControl& record) const {
        return {{"control", 5},
                {"participant", to_hex(record.participant)},
                {"key", {{"suite", number(record.key.suite)}, {"key", to_hex(record.key.bytes)}}},
                {"state", static_cast<int>(record.state)},
                {"roles", record.roles}};
    }
    Json operator()(const ledger::StateControl& record) const {
        return {
            {"control", 6}, {"state", static_cast<int>(record.state)}, {"reason", record.reason}};
    }
    Json operator()(const ledger::DialectControl& record) const {
        const ledger::DialectSettings& settings = record.settings;
        return {{"control", 7},
                {"dialect", static_cast<int>(settings.dialect)},
                {"fork", static_cast<int>(settings.fork)},
                {"chain_id", settings.chain_id},
                {"group", settings.group},
                {"metered", settings.metered ? 1 : 0},
                {"base_fee", settings.base_fee},
                {"transaction_gas", settings.transaction_gas},
                {"max_code_bytes", settings.max_code_bytes},
                {"open_accounts", settings.open_accounts ? 1 : 0},
                {"balances", list_of(settings.balances, [](const auto& one) -> Json {
                     return {{"address", to_hex(one.address)}, {"balance", to_hex(one.balance)}};
                 })}};
    }
};

inline Json says(const ledger::ControlRecord& record) { return std::visit(SaysControl{}, record); }

/// The number of a skip code, from 1 on.
inline int number_of_reason(Code reason) {
    constexpr std::array k_codes{
        Code::invalid_argument, Code::too_large,   Code::bad_signature, Code::wrong_network,
        Code::wrong_channel,    Code::wrong_suite, Code::expired,       Code::duplicate,
        Code::forbidden,        Code::suspended,   Code::unavailable,   Code::unsupported_version};
    const auto* found = std::find(k_codes.begin(), k_codes.end(), reason);
    return static_cast<int>(found - k_codes.begin()) + 1;
}

inline Json says(const ledger::Block& block) {
    return {{"header", says(block.header)},
            {"controls", list_of(block.controls, [](const auto& value) { return says(value); })},
            {"envelopes", list_of(block.envelopes, [](const auto& value) { return says(value); })},
            {"skipped", list_of(block.skipped,
                                [](const auto& skip) -> Json {
                                    return {{"envelope", skip.envelope},
                                            {"transaction", skip.transaction},
                                            {"code", number_of_reason(skip.reason)}};
                                })},
            {"receipts", hex_list(block.receipts)}};
}

// Reading by name.

/// What a reader makes of a format's bytes.
struct Reading {
    Bytes again;  ///< what it holds, encoded again: the same bytes
    Json says;
    Json derived = Json::object();  ///< what follows from it: ids, hashes, statements
};

template <typename Value>
Result<Reading> read_as(ByteView bytes) {
    BSN_TRY(value, Value::decode(bytes));
    return Reading{value.encode(), says(value)};
}

inline Result<Reading> read_transaction(ByteView bytes) {
    BSN_TRY(transaction, ledger::Transaction::decode(to_bytes(bytes)));
    Reading reading{transaction.bytes(), says(transaction)};
    if (transaction.dialect() == ledger::Dialect::native &&
        !equal(transaction.payload().encode(), transaction.payload_bytes())) {
        reading.again.clear();
    }
    reading.derived = {{"id", to_hex(transaction.id())},
                       {"signed", transaction.verify_signature().ok()}};
    return reading;
}

inline Result<Reading> read_batch(ByteView bytes) {
    BSN_TRY(transactions, ledger::decode_batch(bytes));
    return Reading{ledger::encode_batch(transactions), {{"transactions", hex_list(transactions)}}};
}

inline Result<Reading> read_header(ByteView bytes) {
    BSN_TRY(header, ledger::Header::decode(bytes));
    return Reading{header.encode(),
                   says(header),
                   {{"hash", to_hex(header.hash())}, {"statement", to_hex(header.statement())}}};
}

inline Result<Reading> read_epoch(ByteView bytes) {
    BSN_TRY(record, ledger::EpochRecord::decode(bytes));
    return Reading{record.encode(),
                   says(record),
                   {{"hash", to_hex(record.hash())}, {"quorum", record.quorum()}}};
}

inline Result<Reading> read_control(ByteView bytes) {
    BSN_TRY(record, ledger::decode_control(bytes));
    return Reading{ledger::encode_control(record), says(record)};
}

/// Reads a format by the name that the document's table of kinds gives it.
inline Result<Reading> read_format(std::string_view format, ByteView bytes) {
    if (format == "transaction") return read_transaction(bytes);
    if (format == "payload") return read_as<ledger::Payload>(bytes);
    if (format == "batch") return read_batch(bytes);
    if (format == "epoch record") return read_epoch(bytes);
    if (format == "certificate") return read_as<ledger::Certificate>(bytes);
    if (format == "envelope") return read_as<ledger::Envelope>(bytes);
    if (format == "header") return read_header(bytes);
    if (format == "receipt") return read_as<ledger::Receipt>(bytes);
    if (format == "control record") return read_control(bytes);
    if (format == "block record") return read_as<ledger::Block>(bytes);
    return Error{Code::not_found, "no format of this name"};
}

}  // namespace bsn::testing::vectors
