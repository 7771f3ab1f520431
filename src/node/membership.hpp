#pragma once
// A node's part in the network, as the permission chain says it, and how it becomes an active node
// once it was let in.

#include "framework/ledger/ledger_framework.hpp"

#include <optional>

namespace bsn::node {

/// Follows what the permission chain says of this node, tells it to the log, and asks for the
/// node's part once it was let in. One thread.
class Membership {
  public:
    /// `validator`: the key with which the node's CometBFT agrees on the order.
    Membership(const ordering::NodeIdentity& identity, Bytes validator,
               framework::LedgerFramework& framework, const registry::View& view,
               const ordering::Orderer& orderer, const Clock& clock);

    /// Called about every 100 ms. `is_level` is asked whether the order is known up to now; seldom.
    void tick(const std::function<bool()>& is_level);

  private:
    void tell(const std::optional<registry::NodeRecord>& record);
    /// Why the node cannot take part with the keys that it has; empty: it can.
    std::string wrong_key(const registry::NodeRecord& record) const;
    /// Whether this node has executed and seen certified what was ordered so far.
    bool has_caught_up() const;
    void ask_to_become_active();

    const ordering::NodeIdentity& identity_;
    const Bytes validator_;
    framework::LedgerFramework& framework_;
    const registry::View& view_;
    const ordering::Orderer& orderer_;
    const Clock& clock_;
    std::optional<registry::NodeState> told_;
    bool told_unknown_ = false;
    const std::uint64_t begun_;  ///< monotonic milliseconds
    std::uint64_t looked_ = 0;   ///< monotonic milliseconds
    std::uint64_t asked_ = 0;    ///< monotonic milliseconds; 0: not yet
};

}  // namespace bsn::node
