// A channel copied from one peer by another: the copy is what the peer has, and nothing else is
// taken for one.

#include "peer/channel_copy.hpp"

#include "peer/rebuild.hpp"
#include "support/replica_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bsn::peer {
namespace {

using testing::ReplicaWorld;

struct Record {
    CopyRecord kind = CopyRecord::end;
    Bytes content;
};
using Records = std::vector<Record>;

/// A copy's records.
Records records_of(ByteView copy) {
    Records records;
    Reader reader(copy);
    while (reader.remaining() > 0) {
        const auto kind = static_cast<CopyRecord>(reader.u8());
        records.push_back({kind, to_bytes(reader.bytes())});
    }
    EXPECT_FALSE(reader.failed());
    return records;
}

Bytes copy_of(const Records& records) {
    Bytes copy;
    for (const Record& record : records) {
        const Bytes encoded = encode_copy_record(record.kind, record.content);
        copy.insert(copy.end(), encoded.begin(), encoded.end());
    }
    return copy;
}

/// A channel with a past: writes, and a decision of the permission chain between them.
class ChannelCopyTest : public ::testing::Test {
  protected:
    ChannelCopyTest() {
        write("a", 3);
        world.decide({ledger::RoleControl{"writer", false, {"kv.*"}}});
        world.settle();
        write("b", 3);
        Status written = world.replica(0).write_copy([this](ByteView bytes) {
            copy.insert(copy.end(), bytes.begin(), bytes.end());
            return Status();
        });
        EXPECT_TRUE(written.ok());
    }

    void write(const std::string& prefix, int count) {
        for (int i = 0; i < count; ++i) {
            auto outcome = world.submit(0, world.set(prefix + std::to_string(i), "value"));
            world.settle();
            ASSERT_TRUE(outcome->answered() && outcome->only().ok());
        }
    }

    CopyTarget target(store::Database& database, store::AppendLog& log) {
        return {world.rules(),
                database,
                log,
                syncer,
                ReplicaWorld::prefix(),
                world.creation(),
                [this](std::uint64_t after, std::uint64_t below) -> Result<Decisions> {
                    return Decisions{world.decided(after, below - 1), below - 1};
                }};
    }

    /// What becomes of a copy on a node that has nothing.
    Result<Tip> take(ByteView bytes, std::size_t piece = 1U << 20) {
        database = store::make_memory_database();
        log = store::make_memory_log();
        CopyTaker taker(target(*database, *log));
        BSN_CHECK(taker.begin());
        while (!bytes.empty()) {
            const std::size_t length = std::min(piece, bytes.size());
            BSN_CHECK(taker.take(bytes.first(length)));
            bytes = bytes.subspan(length);
        }
        return taker.finish();
    }

    ReplicaWorld world;
    store::ThreadSyncer syncer{[] { return Status(); }};
    Bytes copy;
    std::unique_ptr<store::Database> database;
    std::unique_ptr<store::AppendLog> log;
};

TEST_F(ChannelCopyTest, it_ends_where_the_peer_stands) {
    const Tip theirs = world.replica(0).tip();
    for (std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
        auto tip = take(copy, piece);
        ASSERT_TRUE(tip.ok()) << tip.error().message;
        EXPECT_EQ(tip->encode(), theirs.encode());
    }
}

TEST_F(ChannelCopyTest, all_that_the_peer_has_is_there) {
    ASSERT_TRUE(take(copy).ok());
    for (store::Table table :
         {store::Table::state, store::Table::blocks, store::Table::index, store::Table::nonces}) {
        std::map<Bytes, Bytes> theirs;
        std::map<Bytes, Bytes> ours;
        auto read = [&](store::Database& from, std::map<Bytes, Bytes>& into) {
            Status status = from.scan(table, ReplicaWorld::prefix(), {}, [&](auto key, auto value) {
                into.emplace(to_bytes(key), to_bytes(value));
                return true;
            });
            ASSERT_TRUE(status.ok());
        };
        read(world.database(0), theirs);
        read(*database, ours);
        // Where a batch lies in the log is each node's own affair.
        ledger::BlockStore blocks(*database, ReplicaWorld::prefix());
        const Bytes own = blocks.batches_prefix();
        auto is_own = [&](const auto& entry) {
            return table == store::Table::index && entry.first.size() > own.size() &&
                   equal(ByteView(entry.first).first(own.size()), own);
        };
        std::erase_if(theirs, is_own);
        std::erase_if(ours, is_own);
        EXPECT_EQ(ours, theirs) << static_cast<int>(table);
    }
}

TEST_F(ChannelCopyTest, the_channel_goes_on_from_it) {
    world.stop(2);
    write("c", 2);
    copy.clear();
    ASSERT_TRUE(world.replica(0)
                    .write_copy([this](ByteView bytes) {
                        copy.insert(copy.end(), bytes.begin(), bytes.end());
                        return Status();
                    })
                    .ok());
    CopyTaker taker(target(world.database(2), world.log(2)));
    ASSERT_TRUE(taker.begin().ok());
    ASSERT_TRUE(taker.take(copy).ok());
    ASSERT_TRUE(taker.finish().ok());
    ASSERT_TRUE(end_rebuild(world.database(2), ReplicaWorld::prefix()).ok());
    const std::size_t asked = world.delivered.size();
    world.restart(2);
    world.settle();
    EXPECT_TRUE(world.agree());
    for (std::size_t i = asked; i < world.delivered.size(); ++i) {
        EXPECT_FALSE(testing::is<ordering::BatchRequest>(world.delivered[i]))
            << "nothing had to be fetched";
    }
    world.stop(1);  // so that the copied node is needed
    write("d", 2);
    EXPECT_TRUE(world.agree());
    EXPECT_EQ(world.stored(2, "a0"), world.stored(0, "a0"));
}

TEST_F(ChannelCopyTest, while_it_is_incomplete_the_channel_is_to_be_rebuilt) {
    const Bytes half(copy.begin(), copy.begin() + static_cast<std::ptrdiff_t>(copy.size() / 2));
    auto tip = take(half);
    ASSERT_FALSE(tip.ok());
    EXPECT_EQ(tip.error().code, Code::unavailable);
    EXPECT_TRUE(is_marked_for_rebuild(*database, ReplicaWorld::prefix()).value());
    // The next attempt finds nothing of the first in its way.
    CopyTaker taker(target(*database, *log));
    ASSERT_TRUE(taker.begin().ok());
    ASSERT_TRUE(taker.take(half).ok());
    ASSERT_TRUE(taker.begin().ok());
    ASSERT_TRUE(taker.take(copy).ok());
    EXPECT_TRUE(taker.finish().ok());
}

TEST_F(ChannelCopyTest, a_changed_byte_is_found_wherever_it_is) {
    const Records whole = records_of(copy);
    std::mt19937 dice(7);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        const std::size_t length = whole[at].content.size();
        for (int times = 0; times < 12 && length > 0; ++times) {
            Records changed = whole;
            changed[at].content[dice() % length] ^= static_cast<std::uint8_t>(1U << dice() % 8);
            EXPECT_FALSE(take(copy_of(changed)).ok())
                << "record " << at << " of kind " << static_cast<int>(whole[at].kind);
        }
    }
}

TEST_F(ChannelCopyTest, a_record_that_is_left_out_twice_or_in_another_place_is_found) {
    const Records whole = records_of(copy);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        const auto there = static_cast<std::ptrdiff_t>(at);
        Records without = whole;
        without.erase(without.begin() + there);
        EXPECT_FALSE(take(copy_of(without)).ok()) << "without record " << at;
        Records twice = whole;
        twice.insert(twice.begin() + there, whole[at]);
        EXPECT_FALSE(take(copy_of(twice)).ok()) << "record " << at << " twice";
        if (at + 1 == whole.size()) continue;
        Records swapped = whole;
        std::swap(swapped[at], swapped[at + 1]);
        EXPECT_FALSE(take(copy_of(swapped)).ok()) << "records " << at << " and next swapped";
    }
}

TEST_F(ChannelCopyTest, entries_that_the_state_does_not_have_are_found) {
    Records more = records_of(copy);
    auto entries = std::find_if(more.begin(), more.end(),
                                [](const auto& one) { return one.kind == CopyRecord::entries; });
    ASSERT_NE(entries, more.end());
    Writer forged;
    forged.u32(1);
    forged.bytes(Bytes{9, 'c', 'o', 'n', 't', 'r', 'a', 'c', 't', 's', 'k'});  // behind all others
    forged.bytes(Bytes{1});
    more.insert(std::prev(more.end()), {CopyRecord::entries, forged.take()});
    auto tip = take(copy_of(more));
    ASSERT_FALSE(tip.ok());
    EXPECT_NE(tip.error().message.find("its state is not what"), std::string::npos);
}

TEST_F(ChannelCopyTest, what_the_permission_chain_decided_is_asked_of_this_node) {
    database = store::make_memory_database();
    log = store::make_memory_log();
    CopyTarget other = target(*database, *log);
    other.decisions = [](std::uint64_t, std::uint64_t below) -> Result<Decisions> {
        return Decisions{{}, below - 1};
    };
    CopyTaker taker(std::move(other));
    ASSERT_TRUE(taker.begin().ok());
    Status taken = taker.take(copy);
    ASSERT_FALSE(taken.ok());
    EXPECT_NE(taken.error().message.find("permission chain decided"), std::string::npos);
}

TEST_F(ChannelCopyTest, a_copy_of_another_channel_is_refused) {
    database = store::make_memory_database();
    log = store::make_memory_log();
    CopyTarget other = target(*database, *log);
    other.rules.channel = ledger::ChannelId();
    CopyTaker taker(std::move(other));
    ASSERT_TRUE(taker.begin().ok());
    EXPECT_FALSE(taker.take(copy).ok());
}

TEST_F(ChannelCopyTest, a_record_beyond_the_bound_is_refused_before_it_comes) {
    Writer writer;
    writer.u8(static_cast<std::uint8_t>(CopyRecord::begin));
    writer.u32(0xFFFFFFFF);
    auto tip = take(writer.view());
    ASSERT_FALSE(tip.ok());
    EXPECT_NE(tip.error().message.find("at most"), std::string::npos);
}

TEST_F(ChannelCopyTest, a_sink_that_fails_ends_it) {
    std::size_t calls = 0;
    Status written = world.replica(0).write_copy([&](ByteView) -> Status {
        if (++calls == 3) return Error{Code::unavailable, "gone"};
        return {};
    });
    EXPECT_FALSE(written.ok());
    EXPECT_EQ(calls, 3U);
}

}  // namespace
}  // namespace bsn::peer
