#pragma once
// A channel's epochs as its handovers show them: the part of verification that the system channel
// and the apps share. Pure. `docs/formats.md` 12.

#include "ledger/bundle.hpp"

#include <string>
#include <vector>

namespace bsn::ledger {

/// Several lists of revoked nodes as one: each node once, from the earliest height on, ascending.
std::vector<RevokedNode> union_of_revoked(
    const std::vector<const std::vector<RevokedNode>*>& lists);

/// Whether certificates of a quorum of an epoch's peers, one in each of its suites, stand behind a
/// header. `revoked` counts beside the record's own list.
Status check_certificates(const Header& header, const std::vector<Certificate>& certificates,
                          const EpochRecord& epoch, const std::vector<RevokedNode>& revoked);

/// The epochs from one that is trusted up to the last that a chain of handovers proves.
class EpochHistory {
  public:
    /// Follows the handovers, oldest first: each must be certified by the epoch that it ends, and
    /// name the next. Handovers of epochs before `first` are passed over: nothing leads from what
    /// is trusted to them. `revoked` counts beside the records' own lists.
    static Result<EpochHistory> follow(EpochRecord first, const std::vector<Handover>& handovers,
                                       const NetworkId& network,
                                       const std::vector<RevokedNode>& revoked);

    Epoch first() const { return epochs_.front().record.epoch; }
    Epoch last() const { return epochs_.back().record.epoch; }

    /// The epoch of a header of this channel, if a quorum of that epoch's peers certified it (with
    /// no invalid or revoked signature) and it lies within the epoch.
    Result<const EpochRecord*> check_certified(const Header& header,
                                               const std::vector<Certificate>& certificates,
                                               const std::vector<RevokedNode>& revoked) const;

  private:
    struct Known {
        EpochRecord record;
        std::optional<Header> made_by;  ///< the last header of the epoch before; the first has none
        std::optional<Header> ended_by;  ///< this epoch's last header, if it is known to have ended
    };

    Status append(const Handover& handover, Header last, const std::vector<RevokedNode>& revoked);

    std::vector<Known> epochs_;  ///< never empty; consecutive
};

}  // namespace bsn::ledger
