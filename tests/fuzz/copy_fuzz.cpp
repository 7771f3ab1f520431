// A copy of a channel as another node sends it: nothing is taken for one that no quorum certified.
#include "fuzz/laws.hpp"
#include "peer/channel_copy.hpp"

namespace bsn::fuzz {
namespace {

/// The channel that the seeds' blocks are of, as far as they say.
peer::CopyTarget target(store::Database& database, store::AppendLog& log, store::Syncer& syncer,
                        ByteView bytes) {
    peer::CopyTarget target{
        {}, database, log, syncer, {0, 0, 0, 1}, {}, [](std::uint64_t, std::uint64_t below) {
            return Result<peer::Decisions>(peer::Decisions{{}, below - 1});
        }};
    // Behind begin (13 bytes), the head of the record and the block's length.
    constexpr std::size_t k_block_at = 13 + 5 + 4;
    if (bytes.size() <= k_block_at) return target;
    Reader record(bytes.subspan(k_block_at - 4));
    auto block = ledger::Block::decode(record.bytes());
    if (!block) return target;
    const ledger::Header& header = block->header;
    target.rules = {header.network, header.channel, std::nullopt, header.hash_id};
    target.first.orderer = header.position.orderer;
    target.first.height = header.position.height;
    target.first.time = header.time;
    target.first.controls = block->controls;
    return target;
}

}  // namespace

void run(ByteView bytes) {
    auto database = store::make_memory_database();
    auto log = store::make_memory_log();
    store::ThreadSyncer syncer([] { return Status(); });
    peer::CopyTaker taker(target(*database, *log, syncer, bytes));
    law(taker.begin().ok(), "a copy begins");
    const std::size_t half = bytes.size() / 2;
    Status taken = taker.take(bytes.first(half));
    if (taken) taken = taker.take(bytes.subspan(half));
    if (!taken) return check_refusal(taken.error());
    auto tip = taker.finish();
    law(!tip.ok(), "without certificates of the channel's peers there is no copy");
    check_refusal(tip.error());
}

}  // namespace bsn::fuzz
