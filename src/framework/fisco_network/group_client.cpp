#include "framework/fisco_network/group_client.hpp"

#include "framework/fisco/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace bsn::framework::fisco_network {
namespace {

using ledger::Hash;

constexpr std::size_t k_max_lists = 64;

Error error_of(std::string_view method, const rpc::Failure& failure) {
    auto is = [&](fisco::RpcError number) { return failure.number == static_cast<int>(number); };
    const bool absent = is(fisco::RpcError::block_hash_not_found) ||
                        is(fisco::RpcError::block_number_not_found) ||
                        is(fisco::RpcError::index_out_of_range);
    return {absent ? Code::not_found : Code::unavailable,
            fmt::format("the FISCO BCOS network answers {}: {} ({})", method, failure.message,
                        failure.number)};
}

/// Adds the signatures of another answer that are good; one of each sealer.
void add_signatures(SignedHeader& block, const SignedHeader& more, const Trust& trust) {
    for (const SealerSignature& one : more.signatures) {
        if (!ledger::fisco::check_block_signature(block.header, trust.suite, one)) continue;
        auto place =
            std::lower_bound(block.signatures.begin(), block.signatures.end(), one,
                             [](const auto& a, const auto& b) { return a.sealer < b.sealer; });
        if (place != block.signatures.end() && place->sealer == one.sealer) continue;
        block.signatures.insert(place, one);
    }
}

/// A block without the signatures of sealers that a list does not have.
SignedHeader only_of(const SignedHeader& block, const Trust& trust) {
    SignedHeader kept{block.header, {}};
    for (const SealerSignature& one : block.signatures) {
        const auto index = ledger::number_of_word(one.sealer);
        if (!index || *index >= block.header.sealer_list.size()) continue;
        const auto& key = block.header.sealer_list[*index];
        if (std::find(trust.sealers.begin(), trust.sealers.end(), key) != trust.sealers.end()) {
            kept.signatures.push_back(one);
        }
    }
    return kept;
}

}  // namespace

GroupClient::GroupClient(rpc::Caller& caller, Trust trust)
    : caller_(caller), trust_(std::move(trust)), lists_{trust_} {}

Result<Json> GroupClient::ask(std::string_view method, Json::array_t params) {
    params.insert(params.begin(), Json(trust_.group));
    BSN_TRY(answer, caller_.call(method, Json(std::move(params))));
    if (!answer) return error_of(method, answer.error());
    return Json(std::move(*answer));
}

Result<std::uint64_t> GroupClient::height() {
    BSN_TRY(json, ask("getBlockNumber", {}));
    return number_from_json(json);
}

Result<std::shared_ptr<const CheckedHeader>> GroupClient::header(std::uint64_t height) {
    return recent_.get(
        height, [this](std::uint64_t missing) -> Result<std::shared_ptr<const CheckedHeader>> {
            BSN_TRY(checked, missing == 0 ? load_first() : load(missing));
            return std::make_shared<const CheckedHeader>(std::move(checked));
        });
}

Result<SignedHeader> GroupClient::header_at(std::size_t endpoint, std::uint64_t height) {
    constexpr std::string_view k_method = "getBlockHeaderByNumber";
    BSN_TRY(answer,
            caller_.call_at(endpoint, k_method, Json{trust_.group, std::to_string(height), true}));
    if (!answer) return error_of(k_method, answer.error());
    BSN_TRY(block, header_from_json(*answer));
    if (block.header.number == height) return std::move(block);
    return Error{Code::unavailable, "a node of the FISCO BCOS network answered another block"};
}

Result<CheckedHeader> GroupClient::check(const SignedHeader& block) {
    std::lock_guard lock(mutex_);
    // Those that were sealers before do not sign for what comes after their time.
    auto list = std::find_if(lists_.rbegin(), lists_.rend() - 1,
                             [&](const Trust& one) { return one.since <= block.header.number; });
    SignedHeader kept = only_of(block, *list);
    BSN_TRY(signers, list->check(kept));
    if (list == lists_.rbegin() && block.header.sealer_list != list->sealers &&
        lists_.size() < k_max_lists) {
        if (auto next = list->follow(kept)) lists_.push_back(std::move(*next));
    }
    const Hash hash = block.header.hash(crypto::suite_hash(trust_.suite));
    return CheckedHeader{std::move(kept), hash, signers};
}

Result<CheckedHeader> GroupClient::load(std::uint64_t height) {
    // By their hashes: a node that lies must not spoil what others say.
    std::map<Hash, SignedHeader> candidates;
    Error refused{Code::unavailable, "no node of the FISCO BCOS network was asked"};
    for (const std::size_t endpoint : caller_.order()) {
        auto block = header_at(endpoint, height);
        if (!block) {
            if (candidates.empty()) refused = block.error();
            continue;
        }
        const Hash hash = block->header.hash(crypto::suite_hash(trust_.suite));
        auto [place, added] = candidates.try_emplace(hash, SignedHeader{block->header, {}});
        add_signatures(place->second, *block, trust_);
        auto checked = check(place->second);
        if (checked) return checked;
        refused = checked.error();
    }
    return refused;
}

Result<CheckedHeader> GroupClient::load_first() {
    auto signed_block = load(0);
    if (signed_block || signed_block.error().code != Code::bad_signature) return signed_block;
    BSN_TRY(second, header(1));
    for (const std::size_t endpoint : caller_.order()) {
        auto block = header_at(endpoint, 0);
        if (!block) continue;
        const Hash hash = block->header.hash(crypto::suite_hash(trust_.suite));
        if (hash != second->block.header.parent) continue;
        return CheckedHeader{{block->header, {}}, hash, second->signers};
    }
    return Error{Code::bad_signature, "no node has the block that block 1 names as its parent"};
}

Result<std::uint64_t> GroupClient::height_of(const Hash& block) {
    BSN_TRY(json, ask("getBlockHeaderByHash", {rpc::data_text(block), false}));
    BSN_TRY(said, header_from_json(json));
    BSN_TRY(checked, header(said.header.number));
    if (checked->hash == block) return said.header.number;
    return Error{Code::not_found, fmt::format("there is no block 0x{}", to_hex(block))};
}

Result<std::vector<Hash>> GroupClient::transactions_of(const CheckedHeader& block) {
    BSN_TRY(json, ask("getBlockByNumber", {std::to_string(block.block.header.number), false}));
    BSN_TRY(hashes, hashes_from_json(json));
    const auto root = ledger::fisco::merkle_root(crypto::suite_hash(trust_.suite), hashes);
    if (root == block.block.header.transactions_root) return std::move(hashes);
    return Error{Code::bad_signature,
                 "a node of the FISCO BCOS network answered transactions that are not those of the "
                 "block"};
}

Result<std::vector<ledger::fisco::Receipt>> GroupClient::receipts_of(
    const CheckedHeader& block, const std::vector<Hash>& transactions) {
    std::vector<ledger::fisco::Receipt> receipts;
    std::vector<Hash> hashes;
    for (const Hash& transaction : transactions) {
        BSN_TRY(json, ask("getTransactionReceipt", {rpc::data_text(transaction)}));
        BSN_TRY(receipt, receipt_from_json(json));
        receipts.push_back(std::move(receipt));
    }
    const crypto::HashId hash = crypto::suite_hash(trust_.suite);
    // What a receipt is hashed as changed with 2.9.0, and some nodes tell `remainGas` all the same.
    for (const auto form :
         {ledger::fisco::ReceiptForm::since_2_9, ledger::fisco::ReceiptForm::before_2_9}) {
        hashes.clear();
        for (auto& receipt : receipts) {
            receipt.form = form;
            hashes.push_back(receipt.hash(hash));
        }
        const auto root = ledger::fisco::merkle_root(hash, hashes);
        if (root == block.block.header.receipts_root) return receipts;
    }
    return Error{
        Code::bad_signature,
        "a node of the FISCO BCOS network answered receipts that are not those of the block"};
}

Result<Proof> GroupClient::prove(const Hash& transaction) {
    const Json id = rpc::data_text(transaction);
    BSN_TRY(told, ask("getTransactionByHashWithProof", {id}));
    const bool known = told.is_object() && told.contains("transaction") &&
                       told["transaction"].is_object() && told.contains("txProof");
    if (!known) {
        return Error{Code::not_found,
                     fmt::format("transaction {} is not on the ledger", to_hex(transaction))};
    }
    BSN_TRY(receipt_told, ask("getTransactionReceiptByHashWithProof", {id}));
    if (!receipt_told.is_object() || !receipt_told.contains("transactionReceipt") ||
        !receipt_told.contains("receiptProof")) {
        return Error{Code::unavailable, "a node of the FISCO BCOS network answered no receipt"};
    }
    Proof proof;
    BSN_TRY(place, place_from_json(told["transaction"]));
    proof.index = place.index;
    BSN_TRY(made, transaction_from_json(told["transaction"], trust_.suite));
    if (made.hash() != transaction) {
        return Error{Code::unavailable,
                     "a node of the FISCO BCOS network answered another transaction"};
    }
    proof.transaction = std::move(made);
    BSN_TRY(transaction_way, way_from_json(told["txProof"]));
    proof.transaction_way = std::move(transaction_way);
    BSN_TRY(receipt, receipt_from_json(receipt_told["transactionReceipt"]));
    proof.receipt = std::move(receipt);
    BSN_TRY(receipt_way, way_from_json(receipt_told["receiptProof"]));
    proof.receipt_way = std::move(receipt_way);
    BSN_TRY(block, header(place.height));
    proof.block = block->block;
    auto checked = proof.check_ways(trust_);
    if (checked) return proof;
    proof.receipt.form = ledger::fisco::ReceiptForm::before_2_9;
    if (proof.check_ways(trust_)) return proof;
    return checked.error();
}

Result<rpc::Answer<Json>> GroupClient::send(ByteView transaction) {
    return caller_.call("sendRawTransaction", Json{trust_.group, rpc::data_text(transaction)});
}

Result<CallResult> GroupClient::call(const ledger::Address& from, const ledger::Address& to,
                                     ByteView data) {
    BSN_TRY(json, ask("call", {Json{{"from", rpc::data_text(from)},
                                    {"to", rpc::data_text(to)},
                                    {"value", "0x0"},
                                    {"data", rpc::data_text(data)}}}));
    return call_result_from_json(json);
}

Result<bool> GroupClient::has_code(const ledger::Address& address) {
    BSN_TRY(json, ask("getCode", {rpc::data_text(address)}));
    return json.is_string() && json.get_ref<const std::string&>().size() > 2;
}

}  // namespace bsn::framework::fisco_network
