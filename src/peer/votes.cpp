#include "peer/votes.hpp"

#include <fmt/format.h>

namespace bsn::peer {

Bytes header_statement(const ledger::Header& header, const ledger::Hash& hash) {
    return ledger::encode_statement(ledger::Purpose::header, header.network, header.channel,
                                    header.epoch, hash);
}

HeaderVotes::HeaderVotes(const ledger::Header& header,
                         std::shared_ptr<const ledger::EpochRecord> epoch)
    : header_(header),
      hash_(header.hash()),
      statement_(header_statement(header, hash_)),
      epoch_(std::move(epoch)) {}

Status HeaderVotes::add(const ledger::NodeId& peer, const ordering::HeaderVote& vote) {
    if (has_vote_of(peer)) return {};
    const bool same = vote.header == hash_;
    Bytes other = same ? Bytes{} : header_statement(header_, vote.header);
    BSN_TRY(index, ordering::check_vote(*epoch_, peer, vote.signatures, same ? statement_ : other,
                                        header_.position.height));
    if (!same) {
        dissent_[index] = vote.header;
        return Error{Code::corrupted,
                     fmt::format("node {} signed header {} at height {}, this node computed {}",
                                 to_hex(peer), to_hex(vote.header), header_.height, to_hex(hash_))};
    }
    dissent_.erase(index);
    votes_.emplace(index, vote.signatures);
    return {};
}

Status HeaderVotes::adopt(const ledger::Hash& header,
                          const std::vector<ledger::Certificate>& certificates) {
    if (certificates.size() != epoch_->suites.size()) {
        return Error{Code::bad_signature, "one certificate for each suite of the epoch is needed"};
    }
    const Bytes statement = header_statement(header_, header);
    for (std::size_t i = 0; i < certificates.size(); ++i) {
        if (certificates[i].suite != epoch_->suites[i]) {
            return Error{Code::wrong_suite, "certificates are not in the order of the suites"};
        }
        BSN_CHECK(ledger::check_certificate(certificates[i], *epoch_, statement,
                                            header_.position.height));
    }
    if (header == hash_) {
        adopted_ = certificates;
        return {};
    }
    other_certified_ = true;
    return Error{Code::corrupted, fmt::format("header {} is certified at height {}, this node "
                                              "computed {}",
                                              to_hex(header), header_.height, to_hex(hash_))};
}

bool HeaderVotes::has_vote_of(const ledger::NodeId& peer) const {
    std::optional<std::uint16_t> index = epoch_->index_of(peer);
    return index && votes_.contains(*index);
}

bool HeaderVotes::outvoted() const {
    return other_certified_ || dissent_.size() > epoch_->peers.size() - epoch_->quorum();
}

bool HeaderVotes::certified_otherwise() const {
    if (other_certified_) return true;
    std::map<ledger::Hash, std::size_t> votes;
    for (const auto& [peer, header] : dissent_) {
        if (++votes[header] >= epoch_->quorum()) return true;
    }
    return false;
}

std::vector<ledger::Certificate> HeaderVotes::certificates() const {
    ensure(complete(), "a header is certified by a quorum");
    if (!adopted_.empty()) return adopted_;
    return ordering::certificates_of(*epoch_, votes_);
}

}  // namespace bsn::peer
