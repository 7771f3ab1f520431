#include "sim/byzantine.hpp"

namespace bsn::sim {

void Liars::choose(std::size_t count) {
    Random& random = scheduler_.random();
    while (ways_.size() < count) {
        const std::size_t node = random.below(nodes_.size());
        if (ways_.contains(node)) continue;
        nodes_[node]->byzantine = true;
        ways_[node] = {random.chance(40), random.chance(40), random.chance(50), random.chance(40),
                       random.chance(40), random.chance(50), random.chance(50)};
        scheduler_.trace("node {} lies", node);
    }
}

void Liars::say(Sent sent) {
    const Ways& ways = ways_.at(sent.from);
    if (std::holds_alternative<ordering::HeaderVote>(sent.message)) {
        say_vote(std::move(sent), ways);
    } else if (std::holds_alternative<ordering::BatchOffer>(sent.message)) {
        say_offer(std::move(sent), ways);
    } else if (auto* vote = std::get_if<ordering::AvailabilityVote>(&sent.message)) {
        if (ways.withholds_votes) return;
        if (ways.signs_garbage && !vote->signatures.empty()) {
            vote->signatures.front().data()[scheduler_.random().below(64)] ^= 1;
        }
        network_.carry(std::move(sent));
    } else if (auto* answer = std::get_if<ordering::BatchAnswer>(&sent.message)) {
        if (ways.withholds_batches) return;
        if (ways.answers_other_bytes) {
            Bytes other = *answer->batch;
            other[scheduler_.random().below(other.size())] ^= 1;
            answer->batch = std::make_shared<const Bytes>(std::move(other));
        }
        network_.carry(std::move(sent));
    } else {
        network_.carry(std::move(sent));
    }
}

void Liars::say_vote(Sent sent, const Ways& ways) {
    auto& vote = std::get<ordering::HeaderVote>(sent.message);
    if (ways.equivocates) return equivocate(std::move(sent));
    if (ways.withholds_votes) return;
    if (ways.signs_garbage && !vote.signatures.empty()) {
        vote.signatures.front().data()[scheduler_.random().below(64)] ^= 1;
    }
    network_.carry(std::move(sent));
}

void Liars::equivocate(Sent sent) {
    // A good signature of another header, told to some; the true one, told to the others, or both.
    if (scheduler_.random().chance(40)) network_.carry(sent);
    auto& vote = std::get<ordering::HeaderVote>(sent.message);
    vote.header.data()[0] ^= 0xff;
    const SimNode& node = *nodes_[sent.from];
    const peer::Replica* replica = node.runs() ? node.replica(sent.channel) : nullptr;
    if (replica == nullptr) return;
    auto epoch = replica->epoch_record(vote.epoch);
    if (!epoch) return;
    vote.signatures = node.identity().sign_all(
        **epoch, ledger::encode_statement(ledger::Purpose::header, net_, sent.channel, vote.epoch,
                                          vote.header));
    network_.carry(std::move(sent));
}

void Liars::say_offer(Sent sent, const Ways& ways) {
    auto& offer = std::get<ordering::BatchOffer>(sent.message);
    if (!ways.offers_bad_batches || scheduler_.random().chance(50)) {
        return network_.carry(std::move(sent));
    }
    // A batch with a transaction that nobody signed, under a core that names its digest.
    Bytes core = offer.core;
    core.push_back(0);
    auto envelope = ledger::Envelope::decode(core);
    if (!envelope) return;
    Bytes bad = *offer.batch;
    bad.back() ^= 1;
    envelope->digest = crypto::hash(envelope->digest_hash, bad);
    offer.core = envelope->encode_core();
    offer.batch = std::make_shared<const Bytes>(std::move(bad));
    network_.carry(std::move(sent));
}

void Liars::misuse_order(const Bytes& bytes) {
    Random& random = scheduler_.random();
    for (const auto& [number, ways] : ways_) {
        if (!ways.misuses_order || !random.chance(30)) continue;
        Bytes sent = bytes;
        auto envelope = ledger::Envelope::decode(bytes);
        switch (random.below(5)) {
            case 0: sent[random.below(sent.size())] ^= 1; break;  // damaged
            case 1: sent.resize(random.below(sent.size())); break;
            case 2:  // too few signatures
                if (!envelope || envelope->availability.empty()) continue;
                if (envelope->availability.front().signatures.empty()) continue;
                envelope->availability.front().signatures.pop_back();
                sent = envelope->encode();
                break;
            case 3:  // of another epoch, in the name of another
                if (!envelope) continue;
                envelope->epoch += 1;
                envelope->proposer = nodes_[number]->id();
                sent = envelope->encode();
                break;
            default: break;  // once more
        }
        scheduler_.trace("node {} sends the order something of its own", number);
        scheduler_.after(random.below(k_second),
                         nodes_[number]->runs() ? nodes_[number]->life() : std::make_shared<Life>(),
                         [this, sent] {
                             if (orderer_.runs()) orderer_.take(sent);
                         });
    }
}

}  // namespace bsn::sim
