#pragma once
// An app of one peer, whose blocks hold one transaction each: small enough to tell its creation
// otherwise than the permission chain does.

#include "ledger/merkle.hpp"
#include "support/receipt_world.hpp"

#include <functional>

namespace bsn::testing::vectors {

/// How the app's creation is told.
struct Creation {
    bool on_system_channel = true;
    std::string contract = "registry";
    std::string function = "publish_app";
    std::function<void(ledger::EpochRecord&)> change_record;  ///< the app's first epoch, in the log
};

inline ledger::Transaction call(const ledger::NetworkId& network, const ledger::ChannelId& channel,
                                std::string contract, std::string function) {
    const crypto::PrivateKey key = make_key(crypto::SuiteId::secp256r1, 1);
    ledger::Payload payload = sample_payload(key);
    payload.network = network;
    payload.channel = channel;
    payload.contract = std::move(contract);
    payload.function = std::move(function);
    return ledger::Transaction::sign(std::move(payload), key);
}

/// The proof by a block that holds nothing else.
inline ledger::InclusionProof prove_alone(const ledger::Transaction& transaction,
                                          const ledger::Receipt& receipt,
                                          std::uint64_t order_height, const TestEpoch& epoch) {
    ledger::Header header = sample_header();
    header.network = transaction.payload().network;
    header.channel = transaction.payload().channel;
    header.epoch = epoch.record.epoch;
    header.position.height = order_height;
    header.transactions = 1;
    header.transaction_root = ledger::merkle_leaf(header.hash_id, transaction.bytes());
    header.receipt_root = ledger::merkle_leaf(header.hash_id, receipt.encode());
    header.extensions.clear();
    return {transaction.bytes(), receipt.encode(), 0, {}, {}, ReceiptWorld::certify(header, epoch)};
}

/// The bundle of the app's first transaction, in the network of one node.
inline ledger::ReceiptBundle forge_app(const ReceiptWorld& world, const Creation& story) {
    const ledger::Transaction creation =
        call(world.network, story.on_system_channel ? world.system : world.channel, story.contract,
             story.function);
    const ledger::ChannelId channel = ledger::channel_created_by(world.network, creation.id());
    const TestEpoch epoch = make_epoch(channel, 1);
    ledger::EpochRecord told = epoch.record;
    if (story.change_record) story.change_record(told);
    ledger::Receipt receipt;
    receipt.logs = {
        {"registry", {to_bytes("app_created"), to_bytes(channel.view())}, told.encode()}};
    return {prove_alone(call(world.network, channel, "kv", "set"), {}, 20, epoch),
            {},
            prove_alone(creation, receipt, 5, world.system_epochs.at(0)),
            {}};
}

}  // namespace bsn::testing::vectors
