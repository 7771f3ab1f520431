#pragma once
// A node's part in the network, as the permission chain says it: whom it connects to, and how it
// becomes an active node once it was let in.

#include "framework/ledger/ledger_framework.hpp"
#include "node/node_settings.hpp"

#include <map>
#include <optional>

namespace bsn::node {

/// Whether a node may talk to others, and they to it, at an ordering height: a member of the
/// network, or one that has left a moment ago. The latter still needs the others' votes on the
/// block with which it left.
bool may_talk(const registry::NodeRecord& node, std::uint64_t order_height);

/// Where the other nodes of the network are reached: those that the permission chain knows and has
/// not seen go, and those of `node.yaml`, whose addresses go before the chain's.
struct Neighbours {
    std::map<ledger::NodeId, std::string> peers;     ///< host:port
    std::map<ledger::NodeId, std::string> ordering;  ///< `ID@host:port`

    static Neighbours of(const std::vector<NodeAddress>& settings, const registry::View& view,
                         const ledger::NodeId& own, std::uint64_t order_height);
    /// The addresses of the others' CometBFT.
    std::vector<std::string> engines() const;
};

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
    std::uint64_t looked_ = 0;  ///< monotonic milliseconds
    std::uint64_t asked_ = 0;   ///< monotonic milliseconds; 0: not yet
};

}  // namespace bsn::node
