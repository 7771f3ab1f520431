#include "framework/ledger/stored_heights.hpp"

#include "base/codec.hpp"
#include "peer/database_keys.hpp"
#include "peer/tip.hpp"

#include <fmt/format.h>

namespace bsn::framework {
namespace {

using store::Table;

template <typename Id>
Result<Id> stored_id(const store::Database& database, std::string_view what) {
    BSN_TRY(stored, database.get(Table::meta, owner_key(what)));
    if (!stored) return Error{Code::not_found, "the data is of a node that was never started"};
    auto id = Id::from(*stored);
    if (!id) return Error{Code::corrupted, fmt::format("the note of its {} is damaged", what)};
    return *id;
}

}  // namespace

Bytes owner_key(std::string_view what) { return to_bytes("owner/" + std::string(what)); }

Bytes channel_key(const ledger::ChannelId& channel) {
    Writer key;
    key.raw(as_bytes(k_channel_key));
    key.raw(channel);
    return key.take();
}

Result<Bytes> stored_prefix(const store::Database& database, const ledger::ChannelId& channel) {
    BSN_TRY(prefix, database.get(Table::meta, channel_key(channel)));
    if (prefix) return std::move(*prefix);
    return Error{Code::not_found,
                 fmt::format("this node has nothing of channel {}", to_hex(channel))};
}

Result<StoredOwner> stored_owner(const store::Database& database) {
    BSN_TRY(network, stored_id<ledger::NetworkId>(database, "network"));
    BSN_TRY(node, stored_id<ledger::NodeId>(database, "node"));
    return StoredOwner{network, node};
}

Result<std::vector<std::pair<ledger::ChannelId, ledger::Height>>> stored_heights(
    const store::Database& database) {
    std::vector<std::pair<ledger::ChannelId, Bytes>> prefixes;
    BSN_CHECK(
        database.scan(Table::meta, as_bytes(k_channel_key), {}, [&](ByteView key, ByteView prefix) {
            auto id = ledger::ChannelId::from(key.subspan(k_channel_key.size()));
            if (id) prefixes.emplace_back(*id, to_bytes(prefix));
            return true;
        }));
    std::vector<std::pair<ledger::ChannelId, ledger::Height>> heights;
    for (const auto& [channel, prefix] : prefixes) {
        BSN_TRY(stored, database.get(Table::meta, peer::tip_key(prefix)));
        if (!stored) continue;  // the channel had no block yet
        BSN_TRY(tip, peer::Tip::decode(*stored));
        heights.emplace_back(channel, tip.height);
    }
    return heights;
}

Status note_silent_through(store::Database& database, std::uint64_t order_height) {
    Writer value(8);
    value.u64(order_height);
    auto changes = database.batch();
    changes->put(Table::meta, as_bytes(k_born_key), value.view());
    return database.write(*changes);
}

}  // namespace bsn::framework
