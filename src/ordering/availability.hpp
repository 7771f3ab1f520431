#pragma once
// Gathers availability signatures for a batch until a quorum of the channel's peers hold it.

#include "ledger/envelope.hpp"

#include <map>
#include <memory>
#include <vector>

namespace bsn::ordering {

/// One envelope on its way to its certificates. One thread.
class AvailabilityVotes {
  public:
    AvailabilityVotes(ledger::Envelope envelope, std::shared_ptr<const ledger::EpochRecord> epoch,
                      const ledger::NetworkId& network);

    const ledger::Envelope& envelope() const { return envelope_; }
    const ledger::EpochRecord& epoch() const { return *epoch_; }
    const ledger::Hash& core_hash() const { return core_hash_; }
    const Bytes& statement() const { return statement_; }

    /// Adds a peer's signatures, one for each suite of the epoch. Refused if the peer is none of
    /// the epoch's or a signature is wrong. The same vote again changes nothing.
    Status add(const ledger::NodeId& peer, const std::vector<ledger::Signature>& signatures);
    bool has_vote_of(const ledger::NodeId& peer) const;
    std::size_t count() const { return votes_.size(); }
    bool complete() const { return votes_.size() >= epoch_->quorum(); }
    /// The envelope with its certificates; only if complete.
    ledger::Envelope certified() const;

  private:
    ledger::Envelope envelope_;
    std::shared_ptr<const ledger::EpochRecord> epoch_;
    ledger::Hash core_hash_;
    Bytes statement_;
    std::map<std::uint16_t, std::vector<ledger::Signature>> votes_;
};

/// Certificates, one for each suite of the epoch, of votes by peer index.
std::vector<ledger::Certificate> certificates_of(
    const ledger::EpochRecord& epoch,
    const std::map<std::uint16_t, std::vector<ledger::Signature>>& votes);

/// Whether a peer's signatures, one for each suite of the epoch, are all valid.
Result<std::uint16_t> check_vote(const ledger::EpochRecord& epoch, const ledger::NodeId& peer,
                                 const std::vector<ledger::Signature>& signatures,
                                 ByteView statement, std::uint64_t order_height);

}  // namespace bsn::ordering
