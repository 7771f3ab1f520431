#pragma once
// What a node's database says of itself while the node does not run.

#include "ledger/types.hpp"
#include "store/database.hpp"

#include <utility>
#include <vector>

namespace bsn::framework {

/// Keys of table `meta` that belong to no channel; channel prefixes begin with a zero byte.
inline constexpr std::string_view k_born_key = "node/born";
inline constexpr std::string_view k_channel_key = "node/channel/";
/// Where the prefix of a channel's keys lies.
Bytes channel_key(const ledger::ChannelId& channel);
/// Where it stands whose data this is: of which `network`, of which `node`.
Bytes owner_key(std::string_view what);

/// Whose data a database holds.
struct StoredOwner {
    ledger::NetworkId network;
    ledger::NodeId node;
};
Result<StoredOwner> stored_owner(const store::Database& database);

/// The prefix of a channel's keys; `not_found` if the node has nothing of it.
Result<Bytes> stored_prefix(const store::Database& database, const ledger::ChannelId& channel);

/// The last executed block of each channel.
Result<std::vector<std::pair<ledger::ChannelId, ledger::Height>>> stored_heights(
    const store::Database& database);

/// The node may have made promises up to an ordering height that this database does not know of:
/// from here on it signs no execution of what was ordered up to there (`Replica::start`).
Status note_silent_through(store::Database& database, std::uint64_t order_height);

}  // namespace bsn::framework
