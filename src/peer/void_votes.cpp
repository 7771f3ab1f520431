#include "peer/void_votes.hpp"

#include "base/codec.hpp"

#include <algorithm>

namespace bsn::peer {

Bytes VoidVote::encode() const {
    Writer writer(1 + 8 + ledger::Hash::size());
    writer.u8(static_cast<std::uint8_t>(stance));
    writer.u64(target.order_height);
    writer.raw(target.core_hash);
    return writer.take();
}

Result<VoidVote> VoidVote::decode(ByteView bytes) {
    Reader reader(bytes);
    VoidVote vote;
    const std::uint8_t stance = reader.u8();
    if (stance != 1 && stance != 2) reader.fail("a void vote promises (1) or withdraws (2)");
    vote.stance = static_cast<VoidStance>(stance);
    vote.target.order_height = reader.u64();
    vote.target.core_hash = reader.fixed<ledger::Hash>();
    BSN_CHECK(reader.finish("void vote"));
    return vote;
}

void VoidVotes::note(const ledger::Envelope& vote, std::uint64_t order_height) {
    auto decoded = VoidVote::decode(vote.body);
    if (!decoded || decoded->target.order_height >= order_height) return;
    votes_[decoded->target].push_back({vote, order_height, decoded->stance});
}

VoidVotes::Tally VoidVotes::tally(const OrderedEnvelope& target,
                                  const ledger::EpochRecord& epoch) const {
    Tally tally;
    auto found = votes_.find(target);
    if (found == votes_.end()) return tally;
    for (const Noted& vote : found->second) {
        if (vote.order_height > vote.envelope.valid_until_order_height) continue;
        if (!ledger::check_availability(vote.envelope, epoch, network_, vote.order_height)) {
            continue;
        }
        VoidStance& stance = tally.stances[vote.envelope.proposer];
        if (stance == VoidStance::withdraw) continue;
        stance = vote.stance;
        const auto standing =
            std::count_if(tally.stances.begin(), tally.stances.end(),
                          [](const auto& one) { return one.second == VoidStance::promise; });
        if (static_cast<std::size_t>(standing) >= epoch.quorum()) {
            tally.is_void = true;
            break;
        }
    }
    return tally;
}

bool VoidVotes::is_void(const OrderedEnvelope& target, const ledger::EpochRecord& epoch) const {
    return tally(target, epoch).is_void;
}

bool VoidVotes::stands(const OrderedEnvelope& target, const ledger::EpochRecord& epoch,
                       const ledger::NodeId& peer) const {
    const Tally now = tally(target, epoch);
    auto found = now.stances.find(peer);
    return found != now.stances.end() && found->second == VoidStance::promise;
}

bool VoidVotes::withdrawn(const OrderedEnvelope& target, const ledger::EpochRecord& epoch,
                          const ledger::NodeId& peer) const {
    const Tally now = tally(target, epoch);
    auto found = now.stances.find(peer);
    return found != now.stances.end() && found->second == VoidStance::withdraw;
}

void VoidVotes::forget_through(std::uint64_t order_height) {
    votes_.erase(votes_.begin(), votes_.lower_bound({order_height + 1, {}}));
}

}  // namespace bsn::peer
