#include "support/receipt_world.hpp"

#include "ledger/merkle.hpp"

#include <algorithm>

namespace bsn::testing {

using crypto::SuiteId;
using ledger::Hash;
using ledger::HashId;

namespace {

constexpr std::uint32_t k_first_key = 100;
/// The creation is not the first transaction of its block.
constexpr std::uint32_t k_creation_index = 1;

}  // namespace

ledger::Genesis sample_genesis(std::size_t nodes, std::size_t operators) {
    ledger::Genesis genesis;
    genesis.name = "test";
    genesis.created = 1'700'000'000'000;
    genesis.orderer = filled<ledger::OrdererId>(7);
    for (std::size_t i = 0; i < operators; ++i) {
        genesis.operators.push_back(
            {"operator-" + std::to_string(i),
             make_key(SuiteId::secp256r1, 800 + static_cast<std::uint32_t>(i)).public_key()});
    }
    const std::vector<std::string> cities = {"Beijing", "Hangzhou", "深圳"};
    for (std::size_t i = 0; i < nodes; ++i) {
        const std::uint32_t key = k_first_key + static_cast<std::uint32_t>(i);
        ledger::GenesisNode& node = genesis.nodes.emplace_back();
        node.name = "city-" + std::to_string(i);
        node.city = cities[i % cities.size()];
        node.operator_name = "operator-" + std::to_string(i % operators);
        node.secp256r1 = make_key(SuiteId::secp256r1, key).public_key().bytes;
        node.secp256k1 = make_key(SuiteId::secp256k1, key).public_key().bytes;
        node.sm2 = make_key(SuiteId::sm2, key).public_key().bytes;
        node.certificate = "-----BEGIN CERTIFICATE-----\nnode\n-----END CERTIFICATE-----\n";
    }
    std::sort(genesis.nodes.begin(), genesis.nodes.end(),
              [](const auto& a, const auto& b) { return a.id() < b.id(); });
    genesis.authority = "-----BEGIN CERTIFICATE-----\nauthority\n-----END CERTIFICATE-----\n";
    return genesis;
}

ReceiptWorld::ReceiptWorld(WorldPlan the_plan)
    : plan(std::move(the_plan)),
      genesis(sample_genesis(plan.nodes)),
      network(genesis.network()),
      system(ledger::system_channel(network)) {
    make_system_epochs();
    make_creation();
    make_block();
}

ledger::Transaction ReceiptWorld::call(const ledger::ChannelId& to, std::string contract,
                                       std::string function, std::uint32_t number) const {
    const crypto::PrivateKey key = make_key(SuiteId::secp256r1, 1);
    ledger::Payload payload = sample_payload(key, number);
    payload.network = network;
    payload.channel = to;
    payload.contract = std::move(contract);
    payload.function = std::move(function);
    return ledger::Transaction::sign(std::move(payload), key);
}

ledger::Header ReceiptWorld::header(const ledger::ChannelId& of, ledger::Epoch epoch,
                                    ledger::Height height, std::uint64_t order_height) const {
    ledger::Header header = sample_header();
    header.network = network;
    header.channel = of;
    header.epoch = epoch;
    header.height = height;
    header.position = {genesis.orderer, 0, order_height, 0};
    header.transactions = 0;
    header.transaction_root = ledger::merkle_root(header.hash_id, {});
    header.receipt_root = header.transaction_root;
    header.extensions.clear();
    return header;
}

ledger::CertifiedHeader ReceiptWorld::certify(const ledger::Header& header, const TestEpoch& epoch,
                                              std::vector<std::uint16_t> signers) {
    ledger::CertifiedHeader certified{header.encode(), {}};
    for (SuiteId suite : epoch.record.suites) {
        certified.certificates.push_back(epoch.certify(suite, header.statement(), signers));
    }
    return certified;
}

ledger::Handover ReceiptWorld::hand_over(const TestEpoch& from, const TestEpoch& to,
                                         ledger::Height height, std::uint64_t order_height) const {
    ledger::Header last = header(from.record.channel, from.record.epoch, height, order_height);
    last.extensions = {{ledger::extension::k_next_epoch, to.record.hash()}};
    return {certify(last, from, plan.handover_signers), to.record};
}

void ReceiptWorld::make_system_epochs() {
    auto add_epoch = [&](std::uint64_t from_order_height) {
        const auto epoch = static_cast<ledger::Epoch>(system_epochs.size());
        system_epochs.push_back(make_epoch(system, plan.nodes, {SuiteId::secp256r1}, epoch,
                                           k_first_key + static_cast<std::uint32_t>(epoch)));
        system_epochs.back().record.from_order_height = from_order_height;
    };
    add_epoch(0);
    system_epochs[0].record = genesis.system_epoch();
    if (plan.system_handover) add_epoch(4);
    if (plan.late_system_handover) add_epoch(31);
    if (system_epochs.size() > 1) {
        system_epochs.back().record.revoked = plan.revoked_by_system;
    }
    if (plan.system_handover) {
        system_handovers_.push_back(hand_over(system_epochs[0], system_epochs[1], 2, 3));
    }
    if (plan.late_system_handover) {
        const std::size_t from = system_epochs.size() - 2;
        system_handovers_.push_back(hand_over(system_epochs[from], system_epochs[from + 1], 9, 30));
    }
}

void ReceiptWorld::make_app_epochs() {
    auto add_epoch = [&](std::uint64_t from_order_height) {
        const auto epoch = static_cast<ledger::Epoch>(app_epochs.size());
        app_epochs.push_back(make_epoch(channel, plan.nodes, plan.suites, epoch,
                                        k_first_key + static_cast<std::uint32_t>(epoch)));
        ledger::EpochRecord& record = app_epochs.back().record;
        record.from_order_height = from_order_height;
        for (std::size_t i = 0; i < plan.operators.size(); ++i) {
            record.peers.at(i).operator_name = plan.operators[i];
        }
    };
    add_epoch(k_creation_order + 1);
    if (plan.app_handover) add_epoch(12);
    if (plan.later_app_handover) add_epoch(30);
    app_epochs.back().record.revoked = plan.revoked_by_app;
    if (plan.app_handover) app_handovers_.push_back(hand_over(app_epochs[0], app_epochs[1], 4, 12));
    if (plan.later_app_handover) {
        const std::size_t from = app_epochs.size() - 2;
        app_handovers_.push_back(hand_over(app_epochs[from], app_epochs[from + 1], 9, 30));
    }
}

void ReceiptWorld::make_creation() {
    std::vector<ledger::TxId> ids;
    for (std::uint32_t i = 0; i < 3; ++i) {
        const auto transaction = call(system, "registry", "publish_app", i);
        creation_.transactions.push_back(transaction.bytes());
        ids.push_back(transaction.id());
    }
    channel = ledger::channel_created_by(network, ids[k_creation_index]);
    make_app_epochs();
    for (const ledger::TxId& id : ids) {
        const auto created = ledger::channel_created_by(network, id);
        ledger::EpochRecord record = app_epochs[0].record;
        record.channel = created;
        ledger::Receipt receipt;
        receipt.status = plan.creation_status;
        receipt.logs = {
            {"registry", {to_bytes("noted")}, {}},
            {"registry", {to_bytes("app_created"), to_bytes(created.view())}, record.encode()}};
        if (plan.change_creation_log) plan.change_creation_log(receipt.logs[1]);
        creation_.receipts.push_back(receipt.encode());
    }
    creation_.header = header(system, plan.system_handover ? 1 : 0, 4, k_creation_order);
    commit(creation_);
}

void ReceiptWorld::make_block() {
    for (std::uint32_t i = 0; i < k_transactions; ++i) {
        block_.transactions.push_back(call(channel, "evidence", "deposit", 100 + i).bytes());
        ledger::Receipt receipt;
        receipt.status = plan.status;
        receipt.gas = i;
        if (plan.status != ledger::ExecutionStatus::success) receipt.error = plan.error;
        block_.receipts.push_back(receipt.encode());
    }
    block_.header = header(channel, plan.app_handover ? 1 : 0, 7, k_block_order);
    commit(block_);
}

void ReceiptWorld::commit(Content& content) {
    const HashId id = content.header.hash_id;
    auto root = [&](const std::vector<Bytes>& leaves) {
        std::vector<Hash> hashes;
        for (const Bytes& leaf : leaves) hashes.push_back(ledger::merkle_leaf(id, leaf));
        return ledger::merkle_root(id, hashes);
    };
    content.header.transactions = static_cast<std::uint32_t>(content.transactions.size());
    content.header.transaction_root = root(content.transactions);
    content.header.receipt_root = root(content.receipts);
}

ledger::InclusionProof ReceiptWorld::prove(const Content& content, const TestEpoch& epoch,
                                           std::uint32_t index,
                                           std::vector<std::uint16_t> signers) {
    const HashId id = content.header.hash_id;
    auto path = [&](const std::vector<Bytes>& leaves) {
        std::vector<Hash> hashes;
        for (const Bytes& leaf : leaves) hashes.push_back(ledger::merkle_leaf(id, leaf));
        return ledger::merkle_path(id, hashes, index);
    };
    return {content.transactions.at(index),
            content.receipts.at(index),
            index,
            path(content.transactions),
            path(content.receipts),
            certify(content.header, epoch, std::move(signers))};
}

ledger::InclusionProof ReceiptWorld::creation_proof(std::uint32_t index) const {
    return prove(creation_, system_epochs[plan.system_handover ? 1 : 0], index, {});
}

ledger::ReceiptBundle ReceiptWorld::bundle(std::uint32_t index) const {
    return {prove(block_, block_epoch(), index, plan.signers), app_handovers_,
            creation_proof(k_creation_index), system_handovers_};
}

ledger::ReceiptBundle ReceiptWorld::system_bundle() const {
    return {creation_proof(k_creation_index), {}, std::nullopt, system_handovers_};
}

}  // namespace bsn::testing
