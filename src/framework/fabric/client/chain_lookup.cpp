#include "framework/fabric/client/chain_lookup.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {
namespace {

/// Blocks that are looked through before a peer is asked.
constexpr std::size_t k_recent_blocks = 32;

/// The transaction, and not what repeats it.
std::optional<std::size_t> place_of(const CheckedBlock& block, const std::string& transaction_id) {
    for (std::size_t i = 0; i < block.transactions.size(); ++i) {
        if (block.transactions[i].transaction_id == transaction_id &&
            block.codes[i] != protos::DUPLICATE_TXID) {
            return i;
        }
    }
    return std::nullopt;
}

}  // namespace

void ChainLookup::followed(const ChannelFollower::BlockPtr& block) {
    std::lock_guard lock(mutex_);
    recent_.push_back(block);
    if (recent_.size() > k_recent_blocks) recent_.pop_front();
}

std::optional<FoundTransaction> ChainLookup::find_recent(const std::string& transaction_id) const {
    std::lock_guard lock(mutex_);
    for (auto block = recent_.rbegin(); block != recent_.rend(); ++block) {
        if (auto place = place_of(**block, transaction_id)) {
            return FoundTransaction{*block, *place};
        }
    }
    return std::nullopt;
}

Result<FoundTransaction> ChainLookup::find(ByteView id, const ChannelFollower& follower) const {
    const std::string wanted = to_hex(id);
    if (auto known = find_recent(wanted)) return *known;
    auto bytes = peers_->ask("qscc", {"GetBlockByTxID", peers_->options().channel, wanted},
                             follower.source());
    if (!bytes) {
        if (bytes.error().code != Code::contract_failed) return bytes.error();
        return Error{Code::not_found, fmt::format("there is no transaction {}", wanted)};
    }
    BSN_TRY(block, follower.check(*bytes));
    if (auto place = place_of(*block, wanted)) return FoundTransaction{block, *place};
    return Error{Code::bad_signature,
                 fmt::format("a peer gave block {} for transaction {}, which is not in it",
                             block->height(), wanted)};
}

ChannelFollower::BlockPtr ChainLookup::recent_block(ByteView hash) const {
    std::lock_guard lock(mutex_);
    for (const auto& block : recent_) {
        if (equal(block->hash, hash)) return block;
    }
    return nullptr;
}

Result<ChannelFollower::BlockPtr> ChainLookup::block(ByteView hash,
                                                     const ChannelFollower& follower) const {
    if (auto known = recent_block(hash)) return known;
    auto bytes = peers_->ask("qscc", {"GetBlockByHash", peers_->options().channel, to_text(hash)},
                             follower.source());
    if (!bytes) {
        if (bytes.error().code != Code::contract_failed) return bytes.error();
        return Error{Code::not_found, fmt::format("there is no block {}", to_hex(hash))};
    }
    BSN_TRY(block, follower.check(*bytes));
    if (equal(block->hash, hash)) return block;
    return Error{Code::bad_signature, "a peer gave another block than the one of this hash"};
}

}  // namespace bsn::framework::fabric
