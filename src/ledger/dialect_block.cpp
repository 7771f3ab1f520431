#include "ledger/dialect_block.hpp"

#include "ledger/ethereum/header.hpp"
#include "ledger/ethereum/ordered_trie.hpp"
#include "ledger/fisco/header.hpp"
#include "ledger/fisco/merkle.hpp"

#include <numeric>

namespace bsn::ledger {
namespace {

// Numbers of FISCO BCOS's `TransactionException`.
constexpr std::uint32_t k_fisco_bad_instruction = 10;
constexpr std::uint32_t k_fisco_out_of_gas = 12;
constexpr std::uint32_t k_fisco_reverted = 22;
constexpr std::uint32_t k_fisco_call_address_error = 26;

std::uint32_t fisco_status(const Receipt& receipt) {
    switch (receipt.status) {
        case ExecutionStatus::success: return 0;
        case ExecutionStatus::out_of_gas: return k_fisco_out_of_gas;
        default: break;
    }
    if (receipt.error == k_no_contract) return k_fisco_call_address_error;
    return receipt.error.starts_with("execution reverted") ? k_fisco_reverted
                                                           : k_fisco_bad_instruction;
}

std::uint64_t gas_of(std::span<const Receipt> receipts) {
    return std::accumulate(
        receipts.begin(), receipts.end(), std::uint64_t{0},
        [](std::uint64_t sum, const Receipt& receipt) { return sum + receipt.gas; });
}

DialectBlock make_ethereum_block(const DialectSettings& settings, const Header& ours,
                                 const Hash& parent,
                                 std::span<const Transaction* const> transactions,
                                 std::span<const Receipt> receipts) {
    ethereum::Header header;
    std::vector<ByteView> bodies;
    std::vector<Bytes> encoded;
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        bodies.push_back(transactions[i]->body());
        const ethereum::Receipt receipt =
            ethereum_receipt(receipts[i], transactions[i]->ethereum()->type, HashId::keccak256);
        ethereum::merge_bloom(header.bloom, receipt.bloom);
        encoded.push_back(receipt.encode());
    }
    header.parent = parent;
    header.state_root = ours.state;
    header.transactions_root = ethereum::ordered_trie_root(bodies);
    header.receipts_root = ethereum::ordered_trie_root(encoded);
    header.number = ours.height;
    header.gas_limit = k_block_gas;
    header.gas_used = gas_of(receipts);
    header.timestamp = ours.time / 1000;
    if (settings.fork >= EvmFork::london) header.base_fee = word_of(settings.base_fee);
    if (settings.fork >= EvmFork::shanghai) {
        header.withdrawals_root = ethereum::ordered_trie_root(std::vector<Bytes>());
    }
    if (settings.fork >= EvmFork::cancun) header.cancun.emplace();
    return {.header = header.encode(), .hash = header.hash()};
}

DialectBlock make_fisco_block(const Header& ours, const Hash& parent,
                              std::span<const Transaction* const> transactions,
                              std::span<const Receipt> receipts, const EpochRecord& epoch) {
    fisco::Header header;
    std::vector<Hash> ids;
    std::vector<Hash> hashes;
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        ids.push_back(transactions[i]->id());
        const fisco::Receipt receipt = fisco_receipt(receipts[i], ours.hash_id);
        ethereum::merge_bloom(header.bloom, receipt.bloom);
        hashes.push_back(receipt.hash(ours.hash_id));
    }
    header.parent = parent;
    header.state_root = ours.state;
    header.transactions_root = fisco::merkle_root(ours.hash_id, ids);
    header.receipts_root = fisco::merkle_root(ours.hash_id, hashes);
    header.number = ours.height;
    header.gas_limit = word_of(k_block_gas);
    header.gas_used = word_of(gas_of(receipts));
    header.timestamp = ours.time;
    for (const EpochPeer& peer : epoch.peers) {
        auto point = crypto::public_point_of({epoch.suites.front(), peer.keys.front()});
        header.sealer_list.push_back(point ? *point : crypto::PublicPoint());
    }
    return {.header = header.encode(), .hash = header.hash(ours.hash_id)};
}

}  // namespace

std::vector<ethereum::Log> logs_of(const Receipt& receipt) {
    std::vector<ethereum::Log> logs;
    logs.reserve(receipt.logs.size());
    for (const LogEntry& entry : receipt.logs) {
        ethereum::Log log;
        if (auto address = fixed_from_hex<Address>(entry.contract)) log.address = *address;
        for (const Bytes& topic : entry.topics) {
            if (auto word = Word::from(topic)) log.topics.push_back(*word);
        }
        log.data = entry.data;
        logs.push_back(std::move(log));
    }
    return logs;
}

ethereum::Receipt ethereum_receipt(const Receipt& receipt, ethereum::TransactionType type,
                                   HashId hash) {
    ethereum::Receipt made;
    made.type = type;
    made.success = receipt.status == ExecutionStatus::success;
    made.cumulative_gas = receipt.cumulative_gas;
    made.logs = logs_of(receipt);
    made.bloom = ethereum::bloom_of(hash, made.logs);
    return made;
}

fisco::Receipt fisco_receipt(const Receipt& receipt, HashId hash) {
    fisco::Receipt made;
    made.gas_used = word_of(receipt.gas);
    if (auto created = Address::from(receipt.created_address)) made.contract = *created;
    made.status = fisco_status(receipt);
    made.output = receipt.result;
    made.logs = logs_of(receipt);
    made.bloom = ethereum::bloom_of(hash, made.logs);
    return made;
}

DialectBlock make_dialect_block(const DialectSettings& settings, const Header& ours,
                                const DialectBlock& parent,
                                std::span<const Transaction* const> transactions,
                                std::span<const Receipt> receipts, const EpochRecord& epoch) {
    ensure(transactions.size() == receipts.size(), "one receipt for each transaction");
    DialectBlock block =
        settings.dialect == Dialect::ethereum
            ? make_ethereum_block(settings, ours, parent.hash, transactions, receipts)
            : make_fisco_block(ours, parent.hash, transactions, receipts, epoch);
    block.transactions = parent.transactions + receipts.size();
    block.failed = parent.failed;
    for (const Receipt& receipt : receipts) {
        if (receipt.status != ExecutionStatus::success) ++block.failed;
    }
    return block;
}

}  // namespace bsn::ledger
