#include "faulty/liar.hpp"

namespace bsn::faulty {

void LyingNetwork::send(const ledger::NodeId& to, const ledger::ChannelId& channel,
                        ordering::Message message) {
    const bool sent = std::visit([&](auto& one) { return change(to, channel, one); }, message);
    if (sent) honest_.send(to, channel, std::move(message));
}

void LyingNetwork::spoil(std::vector<ledger::Signature>& signatures) {
    if (signatures.empty()) return;
    signatures.front().data()[++turn_ % 64] ^= 1;
    faults_.commit(Way::garbage);
}

bool LyingNetwork::change(const ledger::NodeId& to, const ledger::ChannelId& channel,
                          ordering::HeaderVote& vote) {
    if (faults_.has(Way::silent)) {
        faults_.commit(Way::silent);
        return false;
    }
    if (faults_.has(Way::garbage)) spoil(vote.signatures);
    if (!faults_.has(Way::contradicts) || vote.signatures.size() != 1) return true;
    const std::uint64_t turn = ++turn_;
    if (turn % 3 == 0) return true;  // the truth, to some
    if (turn % 3 == 1) honest_.send(to, channel, vote);
    // A good signature of a header that is none.
    vote.header.data()[0] ^= 0xff;
    vote.signatures = {identity_.sign(crypto::SuiteId::secp256r1,
                                      ledger::encode_statement(ledger::Purpose::header, network_,
                                                               channel, vote.epoch, vote.header))};
    faults_.commit(Way::contradicts);
    return true;
}

bool LyingNetwork::change(const ledger::NodeId&, const ledger::ChannelId&,
                          ordering::AvailabilityVote& vote) {
    if (faults_.has(Way::garbage)) spoil(vote.signatures);
    return true;
}

bool LyingNetwork::change(const ledger::NodeId&, const ledger::ChannelId&,
                          ordering::BatchOffer& offer) {
    // Three for each batch of one of four nodes: so it is each peer's turn.
    if (faults_.has(Way::leaves_out) && ++offers_ % 4 == 0) {
        faults_.commit(Way::leaves_out);
        return false;
    }
    if (!faults_.has(Way::bad_batches)) return true;
    Bytes bad = *offer.batch;
    bad.back() ^= 1;  // a bit of the last transaction's signature
    if (++turn_ % 2 == 0) {
        // Under its own digest: then only the transaction's signature tells.
        Bytes core = offer.core;
        core.push_back(0);
        auto envelope = ledger::Envelope::decode(core);
        if (!envelope) return true;
        envelope->digest = crypto::hash(envelope->digest_hash, bad);
        offer.core = envelope->encode_core();
    }
    offer.batch = std::make_shared<const Bytes>(std::move(bad));
    faults_.commit(Way::bad_batches);
    return true;
}

bool LyingNetwork::change(const ledger::NodeId&, const ledger::ChannelId&,
                          ordering::BatchAnswer& answer) {
    if (faults_.has(Way::withholds)) {
        faults_.commit(Way::withholds);
        return false;
    }
    if (!faults_.has(Way::other_bytes) || answer.batch->empty()) return true;
    Bytes other = *answer.batch;
    other[++turn_ % other.size()] ^= 1;
    answer.batch = std::make_shared<const Bytes>(std::move(other));
    faults_.commit(Way::other_bytes);
    return true;
}

bool LyingNetwork::change(const ledger::NodeId&, const ledger::ChannelId&,
                          ordering::BatchRequest&) {
    return true;
}

Status LaxRules::check(const ledger::Envelope& envelope, std::uint64_t order_height) const {
    Status good = honest_.check(envelope, order_height);
    if (good || !faults_.has(Way::judges_badly)) return good;
    faults_.commit(Way::judges_badly);
    return {};
}

}  // namespace bsn::faulty
