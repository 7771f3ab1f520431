#include "framework/fabric/client/transaction_lookup.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {
namespace {

/// Blocks in which a transaction is looked for before a peer is asked, which may be behind.
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

void TransactionLookup::followed(const ChannelFollower::BlockPtr& block) {
    std::lock_guard lock(mutex_);
    recent_.push_back(block);
    if (recent_.size() > k_recent_blocks) recent_.pop_front();
}

std::optional<FoundTransaction> TransactionLookup::find_recent(
    const std::string& transaction_id) const {
    std::lock_guard lock(mutex_);
    for (auto block = recent_.rbegin(); block != recent_.rend(); ++block) {
        if (auto place = place_of(**block, transaction_id)) {
            return FoundTransaction{*block, *place};
        }
    }
    return std::nullopt;
}

Result<FoundTransaction> TransactionLookup::find(ByteView id,
                                                 const ChannelFollower& follower) const {
    const std::string wanted = to_hex(id);
    if (auto known = find_recent(wanted)) return *known;
    auto bytes = peers_->ask("qscc", {"GetBlockByTxID", peers_->options().channel, wanted});
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

}  // namespace bsn::framework::fabric
