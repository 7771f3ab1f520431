#include "peer/rebuild.hpp"

#include "base/codec.hpp"
#include "peer/database_keys.hpp"
#include "peer/tip.hpp"

#include <algorithm>

namespace bsn::peer {
namespace {

using store::Table;

constexpr std::size_t k_erase_at_once = 10'000;

bool begins_with(ByteView key, ByteView prefix) {
    return key.size() >= prefix.size() && equal(key.first(prefix.size()), prefix);
}

}  // namespace

Status mark_for_rebuild(store::Database& database, ByteView channel_prefix) {
    auto changes = database.batch();
    BSN_TRY(stored, database.get(Table::meta, tip_key(channel_prefix)));
    if (stored) {
        BSN_TRY(tip, Tip::decode(*stored));
        BSN_TRY(before, rebuilt_through(database, channel_prefix));
        Writer value(8);
        value.u64(std::max(before, tip.order_height));
        changes->put(Table::meta, rebuilt_through_key(channel_prefix), value.view());
    }
    changes->put(Table::meta, rebuild_key(channel_prefix), {});
    return database.write(*changes);
}

Result<bool> is_marked_for_rebuild(const store::Database& database, ByteView channel_prefix) {
    BSN_TRY(mark, database.get(Table::meta, rebuild_key(channel_prefix)));
    return mark.has_value();
}

Status erase_channel(store::Database& database, const ledger::BlockStore& blocks,
                     ByteView channel_prefix) {
    const Bytes batches = blocks.batches_prefix();
    const Bytes marks = void_marks_prefix(channel_prefix);
    const Bytes rebuild = rebuild_key(channel_prefix);
    const Bytes through = rebuilt_through_key(channel_prefix);
    for (Table table : {Table::state, Table::blocks, Table::index, Table::nonces, Table::meta}) {
        for (bool more = true; more;) {
            more = false;
            std::size_t count = 0;
            auto changes = database.batch();
            auto visit = [&](ByteView key, ByteView) {
                const bool kept =
                    (table == Table::index && begins_with(key, batches)) ||
                    (table == Table::meta &&
                     (begins_with(key, marks) || equal(key, rebuild) || equal(key, through)));
                if (kept) return true;
                changes->erase(table, key);
                more = ++count == k_erase_at_once;
                return !more;
            };
            BSN_CHECK(database.scan(table, channel_prefix, {}, visit));
            BSN_CHECK(database.write(*changes));
        }
    }
    return {};
}

Status end_rebuild(store::Database& database, ByteView channel_prefix) {
    auto changes = database.batch();
    changes->erase(Table::meta, rebuild_key(channel_prefix));
    return database.write(*changes);
}

Result<std::uint64_t> rebuilt_through(const store::Database& database, ByteView channel_prefix) {
    BSN_TRY(stored, database.get(Table::meta, rebuilt_through_key(channel_prefix)));
    if (!stored) return std::uint64_t{0};
    Reader reader(*stored);
    const std::uint64_t through = reader.u64();
    BSN_CHECK(reader.finish("rebuilt through"));
    return through;
}

}  // namespace bsn::peer
