#include "node/rebuild_channel.hpp"

#include "framework/ledger/stored_heights.hpp"
#include "node/city_node.hpp"
#include "peer/database_keys.hpp"
#include "peer/rebuild.hpp"
#include "peer/tip.hpp"

#include <fmt/format.h>

namespace bsn::node {
namespace {

/// The channel of an app, as the node's own permission chain has it.
Result<ledger::ChannelId> channel_of(const store::Database& database, const std::string& app) {
    if (auto id = fixed_from_hex<ledger::ChannelId>(app)) return *id;
    BSN_TRY(owner, framework::stored_owner(database));
    const ledger::ChannelId system = ledger::system_channel(owner.network);
    if (app == "system") return system;
    BSN_TRY(prefix, framework::stored_prefix(database, system));
    registry::View view(system);
    const ledger::StoredState state(database, prefix);
    if (Status loaded = view.load(state); !loaded) {
        return Error{loaded.error().code,
                     fmt::format("the permission chain of this node cannot be read ({}); name the "
                                 "channel by its id, which `bsn app show {}` tells",
                                 loaded.error().message, app)};
    }
    std::shared_ptr<const registry::App> found = view.app(app);
    if (found) return found->record.channel;
    return Error{Code::not_found, fmt::format("this node knows no app '{}'", app)};
}

}  // namespace

Result<RebuildNote> note_rebuild(const std::filesystem::path& node_folder, const std::string& app) {
    BSN_TRY(database, store::open_rocksdb(node_folder / "data" / "state"));
    BSN_TRY(channel, channel_of(*database, app));
    BSN_TRY(prefix, framework::stored_prefix(*database, channel));
    RebuildNote note{channel, 0};
    BSN_TRY(stored, database->get(store::Table::meta, peer::tip_key(prefix)));
    if (stored) {
        BSN_TRY(tip, peer::Tip::decode(*stored));
        note.height = tip.height;
    }
    BSN_CHECK(peer::mark_for_rebuild(*database, prefix));
    BSN_CHECK(database->sync());
    return note;
}

}  // namespace bsn::node
