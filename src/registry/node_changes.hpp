#pragma once
// What the functions that change the network's city nodes share. Inside the module only.

#include "registry/functions.hpp"

namespace bsn::registry {

/// City nodes that may be active at a time: what an epoch can hold.
inline constexpr std::size_t k_max_nodes = 1000;

/// A node by name or id. Of several with a name, the one that is a member now.
Result<NodeRecord> find_node(const std::vector<NodeRecord>& nodes, const std::string& text);
/// The calling node: whose secp256r1 key has signed the transaction.
Result<NodeRecord> calling_node(const Context& context);
void put_node(Context& context, const NodeRecord& node);

/// Refused for a node that is gone already.
Status check_can_go(const NodeRecord& node);
/// Refused if the node is the last one that takes part in the agreement on the order.
Status check_order_without(const std::vector<NodeRecord>& nodes, const NodeRecord& node);
/// Refused if another change of a channel's peers was decided at this ordering height: a block
/// hands over once.
Status require_settled(const ledger::EpochRecord& epoch, std::uint64_t order_height,
                       std::string_view what);
/// The same; and refused unless the channel's present peers can certify the handover without one of
/// them.
Status require_quorum_without(const ledger::EpochRecord& epoch, std::uint64_t order_height,
                              std::string_view what);

/// The epoch that follows, with the same peers.
ledger::EpochRecord next_epoch(ledger::EpochRecord epoch, std::uint64_t from_order_height);
void insert_peer(ledger::EpochRecord& epoch, const NodeRecord& node);
void erase_peer(ledger::EpochRecord& epoch, const ledger::NodeId& node);

Result<ledger::EpochRecord> system_epoch(const Context& context);
/// Makes it the system channel's next epoch.
void decide_system_epoch(Context& context, const ledger::EpochRecord& next);

}  // namespace bsn::registry
