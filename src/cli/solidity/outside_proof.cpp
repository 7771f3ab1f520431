#include "cli/solidity/outside_proof.hpp"

#include "base/clock.hpp"
#include "base/files.hpp"
#include "cli/solidity/app_session.hpp"
#include "contract/abi/text.hpp"
#include "ledger/ethereum/address.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

namespace network = framework::fisco_network;

constexpr std::size_t k_max_sealers_bytes = 1U << 20;

Error of_file(const std::filesystem::path& file, std::string_view what, const Error& error) {
    return {error.code, fmt::format("{} {}: {}", file.string(), what, error.message)};
}

}  // namespace

ledger::Receipt receipt_of(const network::Proof& proof) {
    const ledger::fisco::Receipt& outside = proof.receipt;
    ledger::Receipt receipt;
    receipt.result = outside.output;
    receipt.gas = ledger::number_of_word(outside.gas_used).value_or(0);
    if (!outside.contract.is_zero()) receipt.created_address = to_bytes(outside.contract.view());
    receipt.error = ledger::readable_error(
        network::refusal_of(outside, crypto::suite_hash(proof.transaction.suite)));
    if (outside.status != 0) receipt.status = ledger::ExecutionStatus::refused;
    for (const ledger::ethereum::Log& log : outside.logs) {
        ledger::LogEntry& entry = receipt.logs.emplace_back();
        entry.contract = to_hex(log.address.view());
        for (const ledger::Word& topic : log.topics) entry.topics.push_back(to_bytes(topic.view()));
        entry.data = log.data;
    }
    return receipt;
}

ProofJudgement judge(const network::Proof& proof, const network::Trust& trust) {
    ProofJudgement judgement;
    const auto add = [&](std::string claim, const Status& status, std::string detail) {
        judgement.steps.push_back(
            {std::move(claim), status ? std::move(detail) : status.error().message, status.ok()});
        return status.ok();
    };
    const auto& header = proof.block.header;
    if (!add("transaction and receipt are in the block, and the transaction is signed",
             proof.check_ways(trust),
             fmt::format("place {} of block {}", proof.index, header.number))) {
        return judgement;
    }
    auto signers = trust.check(proof.block);
    judgement.holds =
        add("the sealers signed the block", signers ? Status() : Status(signers.error()),
            signers ? trust.describe(*signers) : std::string());
    return judgement;
}

void tell(const network::Proof& proof, const contract::abi::Abi& abi,
          std::vector<std::pair<std::string, std::string>>& fields, Json& json) {
    const ledger::fisco::Transaction& transaction = proof.transaction;
    const auto& header = proof.block.header;
    const crypto::HashId hash = crypto::suite_hash(transaction.suite);
    const std::string refusal = network::refusal_of(proof.receipt, hash);
    const std::string status = refusal.empty() ? "success" : "not successful: " + one_line(refusal);
    const std::string id = to_hex(transaction.hash().view());
    const std::string block = to_hex(header.hash(hash).view());
    fields.emplace_back("transaction", id);
    fields.emplace_back("chain", fmt::format("{}, group {}, of a FISCO BCOS network outside",
                                             transaction.chain_id, transaction.group_id));
    fields.emplace_back("suite", crypto::suite_name(transaction.suite));
    fields.emplace_back("block", fmt::format("{} ({})", header.number, block));
    fields.emplace_back("time", to_iso8601(header.timestamp));
    fields.emplace_back("status", status);
    json["transaction"] = id;
    json["chain_id"] = transaction.chain_id;
    json["group"] = transaction.group_id;
    json["suite"] = crypto::suite_name(transaction.suite);
    json["height"] = header.number;
    json["block"] = block;
    json["time"] = header.timestamp;
    json["time_text"] = to_iso8601(header.timestamp);
    json["status"] = status;
    auto wrapped = ledger::Transaction::decode(
        ledger::Transaction::wrap(ledger::Dialect::fisco, transaction.encode()));
    if (!wrapped) return;
    Json dialect = dialect_json(*wrapped, receipt_of(proof), abi);
    for (const auto& [name, value] : dialect.items()) {
        if (name == "hash") continue;
        fields.emplace_back(name,
                            one_line(value.is_string() ? value.get<std::string>() : value.dump()));
    }
    json["dialect"] = std::move(dialect);
}

Result<network::Proof> parse_proof(const std::filesystem::path& file, ByteView content) {
    auto proof = network::Proof::decode(content);
    if (!proof) return of_file(file, "is no valid proof of a FISCO BCOS network", proof.error());
    return proof;
}

Result<network::Trust> read_sealers(const std::filesystem::path& file) {
    BSN_TRY(text, read_file(file, k_max_sealers_bytes));
    auto trust = network::Trust::from_json(as_text(text));
    if (!trust) return of_file(file, "names no sealers", trust.error());
    return trust;
}

}  // namespace bsn::cli
