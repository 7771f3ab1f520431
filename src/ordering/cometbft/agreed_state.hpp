#pragma once
// What the nodes agree on after each height: CometBFT's application hash, and what it rests on.

#include "ordering/order_rules.hpp"
#include "ordering/orderer.hpp"

namespace bsn::ordering {

/// Kept with each ordered height.
struct AgreedState {
    /// Chains: over the hash before, the height's envelopes, and the permission chain as of the
    /// height before. It stays as it is while nothing is ordered and the permission chain stands.
    ledger::Hash app_hash;
    ledger::Hash system_head;           ///< as of the height before
    std::vector<Validator> validators;  ///< that CometBFT was told of; ascending by key

    Bytes encode() const;
    static Result<AgreedState> decode(ByteView bytes);

    /// The state after a height, with `system_head` and `validators` as the rules say now.
    AgreedState after(const OrderedHeight& ordered, const ledger::Hash& system_head,
                      std::vector<Validator> validators) const;
    bool operator==(const AgreedState&) const = default;
};

/// What changes `before` into `now`: power 0 removes.
std::vector<Validator> changed_validators(const std::vector<Validator>& before,
                                          const std::vector<Validator>& now);

}  // namespace bsn::ordering
