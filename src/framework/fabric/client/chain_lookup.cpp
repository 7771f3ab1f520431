// Finding transactions on the channel, in what was followed and by asking peers.

#include "framework/fabric/client/chain_core.hpp"
#include "framework/fabric/client/proposal_builder.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {
namespace {

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

std::optional<std::pair<ChannelFollower::BlockPtr, std::size_t>> FabricChain::Core::find_recent(
    const std::string& transaction_id) const {
    std::lock_guard lock(mutex_);
    for (auto block = recent_.rbegin(); block != recent_.rend(); ++block) {
        if (auto place = place_of(**block, transaction_id)) return std::pair(*block, *place);
    }
    return std::nullopt;
}

Result<std::pair<ChannelFollower::BlockPtr, std::size_t>> FabricChain::Core::find(
    ByteView id) const {
    const std::string wanted = to_hex(id);
    if (auto known = find_recent(wanted)) return *known;
    auto bytes = peers_->ask("qscc", {"GetBlockByTxID", options_.channel, wanted});
    if (!bytes) {
        if (bytes.error().code != Code::contract_failed) return bytes.error();
        return Error{Code::not_found, fmt::format("there is no transaction {}", wanted)};
    }
    BSN_TRY(block, follower_->check(*bytes));
    if (auto place = place_of(*block, wanted)) return std::pair(block, *place);
    return Error{Code::bad_signature,
                 fmt::format("a peer gave block {} for transaction {}, which is not in it",
                             block->height(), wanted)};
}

Result<std::optional<TransactionView>> FabricChain::Core::with_nonce(
    const Invocation& invocation, const Identity& identity) const {
    if (invocation.nonce.empty()) return std::optional<TransactionView>();
    auto id = from_hex(transaction_id_of(as_text(invocation.nonce), identity.serialized(), hash_));
    ensure(id.ok(), "a transaction id is hexadecimal");
    auto found = find(*id);
    if (!found) {
        if (found.error().code == Code::not_found) return std::optional<TransactionView>();
        return found.error();
    }
    TransactionView view = transaction_view(*found->first, found->second);
    view.raw.clear();
    return std::optional(std::move(view));
}

void FabricChain::Core::tell_first(const std::string& transaction_id, const Answered& done) {
    auto id = from_hex(transaction_id);
    auto found =
        id ? find(*id) : Result<std::pair<ChannelFollower::BlockPtr, std::size_t>>(id.error());
    if (!found) {
        done(Error{Code::unknown_outcome,
                   "it is on the chain already, but cannot be read: " + found.error().message});
        return;
    }
    TransactionView view = transaction_view(*found->first, found->second);
    view.raw.clear();
    done(std::move(view));
}

}  // namespace bsn::framework::fabric
