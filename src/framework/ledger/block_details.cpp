#include "framework/ledger/block_details.hpp"

#include <nlohmann/json.hpp>

namespace bsn::framework {
namespace {

using Json = nlohmann::ordered_json;

Json describe(const ledger::ControlRecord& record) {
    Json json;
    if (const auto* app = std::get_if<ledger::AppControl>(&record)) {
        json["app"] = {{"name", app->name}, {"suite", crypto::suite_name(app->suite)}};
    } else if (const auto* epoch = std::get_if<ledger::EpochControl>(&record)) {
        Json peers = Json::array();
        for (const auto& peer : epoch->record.peers) peers.push_back(peer.name);
        json["epoch"] = {{"number", epoch->record.epoch}, {"peers", peers}};
    } else if (const auto* contract = std::get_if<ledger::ContractControl>(&record)) {
        json["contract"] = {
            {"name", contract->name}, {"type", contract->type}, {"version", contract->version}};
    } else if (const auto* role = std::get_if<ledger::RoleControl>(&record)) {
        json["role"] = {
            {"name", role->name}, {"public", role->is_public}, {"functions", role->functions}};
    } else if (const auto* member = std::get_if<ledger::MemberControl>(&record)) {
        json["member"] = {
            {"participant", to_hex(member->participant)},
            {"state", member->state == ledger::MemberState::active ? "active" : "removed"},
            {"roles", member->roles}};
    } else if (const auto* state = std::get_if<ledger::StateControl>(&record)) {
        json["state"] = {
            {"state", state->state == ledger::AppState::active ? "active" : "suspended"},
            {"reason", state->reason}};
    }
    return json;
}

}  // namespace

std::string block_details(const ledger::Block& block) {
    const ledger::Header& header = block.header;
    Json json;
    json["epoch"] = header.epoch;
    json["order_height"] = header.position.height;
    json["state"] = to_hex(header.state);
    json["transaction_root"] = to_hex(header.transaction_root);
    json["receipt_root"] = to_hex(header.receipt_root);
    json["controls"] = Json::array();
    for (const auto& record : block.controls) json["controls"].push_back(describe(record));
    json["skipped"] = Json::array();
    for (const auto& skipped : block.skipped) {
        Json one{{"envelope", skipped.envelope}, {"reason", code_name(skipped.reason)}};
        if (skipped.transaction != ledger::Skipped::k_whole_envelope) {
            one["transaction"] = skipped.transaction;
        }
        json["skipped"].push_back(std::move(one));
    }
    return json.dump();
}

}  // namespace bsn::framework
