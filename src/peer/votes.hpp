#pragma once
// Certification: gathers header votes until a quorum of the epoch's peers signed the same header.

#include "ledger/block.hpp"
#include "ordering/availability.hpp"
#include "ordering/messages.hpp"

#include <map>
#include <memory>
#include <vector>

namespace bsn::peer {

/// The votes on one block of ours. One thread.
class HeaderVotes {
  public:
    HeaderVotes(const ledger::Header& header, std::shared_ptr<const ledger::EpochRecord> epoch);

    const Bytes& statement() const { return statement_; }
    const ledger::Hash& hash() const { return hash_; }
    const ledger::EpochRecord& epoch() const { return *epoch_; }

    /// Adds a peer's vote. A valid signature of another header than ours is noted as dissent.
    Status add(const ledger::NodeId& peer, const ordering::HeaderVote& vote);
    /// Takes certificates that another peer holds: valid ones complete the votes, or show that
    /// another header than ours is certified.
    Status adopt(const ledger::Hash& header, const std::vector<ledger::Certificate>& certificates);
    bool has_vote_of(const ledger::NodeId& peer) const;
    bool complete() const { return !adopted_.empty() || votes_.size() >= epoch_->quorum(); }
    /// True while so many peers stand by other headers that ours cannot be certified. They may come
    /// round to ours: while a void vote goes on, honest peers differ for a while.
    bool outvoted() const;
    /// True once another header of this height is certified, or a quorum stands by one.
    bool certified_otherwise() const;
    std::vector<ledger::Certificate> certificates() const;

  private:
    ledger::Header header_;
    ledger::Hash hash_;
    Bytes statement_;
    std::shared_ptr<const ledger::EpochRecord> epoch_;
    std::map<std::uint16_t, std::vector<ledger::Signature>> votes_;
    std::map<std::uint16_t, ledger::Hash> dissent_;
    std::vector<ledger::Certificate> adopted_;
    bool other_certified_ = false;
};

/// What peers sign of a header, by its hash.
Bytes header_statement(const ledger::Header& header, const ledger::Hash& hash);

}  // namespace bsn::peer
