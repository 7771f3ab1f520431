#pragma once
// Offline verification of receipt bundles. Pure: no clock, no network, no files.

#include "ledger/bundle.hpp"

namespace bsn::ledger {

/// What a verifier trusts from the start: the genesis, or the system channel's state at some later
/// point, which rules out histories forged with keys that leaked since.
struct Trust {
    NetworkId network;
    OrderingType ordering = OrderingType::embedded;
    EpochRecord system_epoch;

    static Trust from(const Genesis& genesis);
    /// The genesis moved forward to a later epoch of the system channel that the user pinned.
    static Result<Trust> from(const Genesis& genesis, EpochRecord checkpoint);
};

/// One thing that was checked.
struct VerificationStep {
    std::string claim;   ///< what was to be shown, such as "the block holds the transaction"
    std::string detail;  ///< the figures: heights, hashes, who signed
    bool holds = false;
};

struct Verification {
    std::vector<VerificationStep> steps;  ///< up to the first that does not hold
    bool authentic = false;               ///< all steps hold: the receipt is of this network
    /// Filled as far as verification came:
    std::optional<Payload> payload;
    std::optional<Receipt> receipt;
    std::optional<Header> header;
    TxId transaction_id;
    /// The trust class, such as `crash-fault quorum 2 of 3, embedded ordering, one operator`.
    std::string trust_class;

    /// Authentic, and the execution succeeded. Included-but-refused is no success.
    bool success() const;
    /// Why it is no success, in one sentence; empty if it is.
    std::string failure() const;
};

Verification verify_bundle(const ReceiptBundle& bundle, const Trust& trust);

}  // namespace bsn::ledger
