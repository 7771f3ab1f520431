#include "ordering/cometbft/following_orderer.hpp"

#include "ordering/bundle.hpp"
#include "store/append_log.hpp"
#include "support/ledger_fixtures.hpp"
#include "support/replica_world.hpp"
#include "support/signed_chain.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>

namespace bsn::ordering {
namespace {

using namespace std::chrono_literals;
using testing::BlockPlan;
using testing::filled;
using testing::ManualClock;
using testing::SigningValidators;

constexpr auto k_patience = 20s;

/// The permission chain of these tests: its validators change with a height.
struct Rules final : OrderRules {
    Status await_executed(std::uint64_t height) override {
        std::lock_guard lock(mutex);
        executed = height;
        return {};
    }
    Status check(const ledger::Envelope&, std::uint64_t) const override { return {}; }
    ledger::Hash state() const override { return filled<ledger::Hash>(9); }
    std::vector<Validator> validators() const override {
        std::lock_guard lock(mutex);
        auto next = changes.upper_bound(executed);
        return std::prev(next)->second;
    }

    mutable std::mutex mutex;
    std::uint64_t executed = 0;
    std::map<std::uint64_t, std::vector<Validator>> changes;  ///< from an executed height on
};

/// What validators agree on: computed as their nodes do, and signed with their keys.
class Chain {
  public:
    explicit Chain(SigningValidators genesis)
        : genesis_validators(genesis.validators()),
          log_({filled<ledger::OrdererId>(4), network(), genesis_validators},
               store::make_memory_log(), rules_) {
        rules_.changes[0] = genesis_validators;
        signers_.push_back(std::move(genesis));
        EXPECT_TRUE(log_.replay());
    }
    static ledger::NetworkId network() { return filled<ledger::NetworkId>(5); }
    AgreedOrigin origin() const {
        return {filled<ledger::OrdererId>(4), network(), genesis_validators};
    }

    /// From an executed height on, others are the validators.
    void change(std::uint64_t executed, SigningValidators next) {
        rules_.changes[executed] = next.validators();
        signers_.push_back(std::move(next));
    }
    const auto& changes() const { return rules_.changes; }

    /// Adds a block with an envelope.
    void grow(std::size_t blocks = 1) {
        for (std::size_t i = 0; i < blocks; ++i) {
            BlockPlan plan;
            plan.chain_id = chain_id_of(network());
            plan.height = log_.height() + 1;
            plan.time = 1'800'000'000'000 + 1'000 * plan.height;
            plan.transactions = {encode_bundle({to_bytes(std::to_string(plan.height))}, 1)};
            plan.app_hash = log_.state().app_hash;
            plan.next_validators = ValidatorSet::of(log_.state().validators)->hash();
            const std::vector<Validator> now = log_.next_validators();
            EXPECT_TRUE(rules_.await_executed(plan.height - 1));
            auto decided = log_.decide(plan.height, plan.time, plan.transactions);
            EXPECT_TRUE(log_.keep(*decided, [](const std::string&) { return false; }));
            log_.deliver(*decided);
            for (const SigningValidators& one : signers_) {
                if (one.validators() == now) blocks_.push_back(make_signed_block(plan, one));
            }
            EXPECT_EQ(blocks_.size(), plan.height);
        }
    }
    const std::vector<SignedBlock>& blocks() const { return blocks_; }
    AgreedState state() const { return log_.state(); }

    std::vector<Validator> genesis_validators;

  private:
    Rules rules_;
    std::vector<SigningValidators> signers_;
    AgreedLog log_;
    std::vector<SignedBlock> blocks_;
};

/// Hands out blocks, those of a test's choice.
class Source final : public OrderSource {
  public:
    Result<SourcedBlock> next(std::uint64_t height) override {
        std::unique_lock lock(mutex);
        asked.push_back(height);
        changed.notify_all();
        if (before) before(height);
        changed.wait(lock, [&] { return stopping || blocks.size() >= height || silent; });
        if (stopping || silent) {
            lock.unlock();
            std::this_thread::sleep_for(1ms);
            return Error{Code::unavailable, "nobody answers"};
        }
        return SourcedBlock{blocks[height - 1], newest > 0 ? newest : blocks.size()};
    }
    void distrust() override {
        std::lock_guard lock(mutex);
        ++distrusted;
        if (on_distrust) on_distrust();
        changed.notify_all();
    }
    Status submit(const std::vector<Bytes>& envelopes) override {
        std::lock_guard lock(mutex);
        ++submits;
        changed.notify_all();
        if (!takes) return takes;
        for (const Bytes& envelope : envelopes) taken.push_back(envelope);
        return {};
    }
    std::string followed() const override { return "one"; }
    void stop() override {
        std::lock_guard lock(mutex);
        stopping = true;
        changed.notify_all();
    }

    void give(std::vector<SignedBlock> some) {
        std::lock_guard lock(mutex);
        blocks = std::move(some);
        changed.notify_all();
    }
    bool wait(const std::function<bool()>& until) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, k_patience, until);
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<SignedBlock> blocks;
    std::vector<std::uint64_t> asked;
    std::uint64_t newest = 0;
    std::size_t distrusted = 0;
    std::function<void()> on_distrust;          ///< under the lock
    std::function<void(std::uint64_t)> before;  ///< likewise
    Status takes;
    std::vector<Bytes> taken;
    std::size_t submits = 0;
    bool silent = false;
    bool stopping = false;
};

/// Keeps what it is given.
class Collector final : public OrderConsumer {
  public:
    void consume(const OrderedHeight& ordered) override {
        std::lock_guard lock(mutex_);
        heights_.push_back(ordered);
        changed_.notify_all();
    }
    std::vector<OrderedHeight> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, k_patience, [&] { return heights_.size() >= count; }));
        return heights_;
    }
    std::size_t count() {
        std::lock_guard lock(mutex_);
        return heights_.size();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<OrderedHeight> heights_;
};

/// A follower of a chain; its log survives it.
struct Follower {
    Follower(const Chain& chain, const std::filesystem::path& folder) {
        rules.changes = chain.changes();
        orderer = std::make_unique<FollowingOrderer>(
            chain.origin(), store::open_append_log(folder).value(), rules, source, clock);
        orderer->subscribe(got, 1);
    }
    ~Follower() { orderer->stop(); }
    bool becomes(const std::function<bool()>& there) const {
        const auto end = std::chrono::steady_clock::now() + k_patience;
        while (std::chrono::steady_clock::now() < end) {
            if (there()) return true;
            std::this_thread::sleep_for(1ms);
        }
        return false;
    }
    std::string trouble() const {
        Status health = orderer->health();
        return health ? "" : health.error().message;
    }

    Rules rules;
    ManualClock clock;
    Source source;
    Collector got;
    std::unique_ptr<FollowingOrderer> orderer;
};

class FollowingOrdererTest : public ::testing::Test {
  protected:
    TemporaryFolder folder;
    Chain chain{SigningValidators(4)};
};

TEST_F(FollowingOrdererTest, makes_of_blocks_what_a_node_beside_a_cometbft_makes) {
    chain.grow(5);
    Follower follower(chain, folder.path());
    EXPECT_FALSE(follower.orderer->has_begun());
    EXPECT_EQ(follower.orderer->behind(), std::nullopt);
    follower.source.give(chain.blocks());
    ASSERT_TRUE(follower.orderer->start());
    const std::vector<OrderedHeight> heights = follower.got.wait_for(5);
    for (std::size_t i = 0; i < heights.size(); ++i) {
        EXPECT_EQ(heights[i].height, i + 1);
        EXPECT_EQ(heights[i].time, 1'800'000'000'000 + 1'000 * (i + 1));
        EXPECT_EQ(heights[i].envelopes, std::vector<Bytes>{to_bytes(std::to_string(i + 1))});
    }
    EXPECT_EQ(AgreedState::decode(heights.back().engine_state).value(), chain.state());
    EXPECT_EQ(follower.orderer->height(), 5U);
    EXPECT_TRUE(follower.orderer->has_begun());
    EXPECT_EQ(follower.orderer->behind(), 0U);
    EXPECT_EQ(follower.orderer->status().validators.size(), 4U);
    EXPECT_EQ(follower.trouble(), "");
}

TEST_F(FollowingOrdererTest, goes_on_after_a_restart) {
    chain.grow(3);
    {
        Follower follower(chain, folder.path());
        follower.source.give(chain.blocks());
        ASSERT_TRUE(follower.orderer->start());
        follower.got.wait_for(3);
    }
    chain.grow(2);
    Follower again(chain, folder.path());
    again.source.give(chain.blocks());
    ASSERT_TRUE(again.orderer->start());
    const std::vector<OrderedHeight> heights = again.got.wait_for(5);
    for (std::size_t i = 0; i < heights.size(); ++i) EXPECT_EQ(heights[i].height, i + 1);
    EXPECT_TRUE(again.source.wait([&] { return again.source.asked.front() == 4; }));
}

TEST_F(FollowingOrdererTest, a_forged_block_is_not_believed_and_another_validator_is_asked) {
    chain.grow(3);
    std::vector<SignedBlock> forged = chain.blocks();
    forged[1].transactions = {encode_bundle({to_bytes("forged")}, 1)};
    Follower follower(chain, folder.path());
    follower.source.on_distrust = [&] { follower.source.blocks = chain.blocks(); };
    follower.source.give(forged);
    ASSERT_TRUE(follower.orderer->start());
    const std::vector<OrderedHeight> heights = follower.got.wait_for(3);
    EXPECT_EQ(heights[1].envelopes, std::vector<Bytes>{to_bytes("2")});
    EXPECT_EQ(follower.source.distrusted, 1U);
}

TEST_F(FollowingOrdererTest, of_strangers_nothing_is_believed) {
    chain.grow(1);
    Chain other{SigningValidators(4)};
    other.grow(1);
    Follower follower(chain, folder.path());
    follower.source.give(other.blocks());
    ASSERT_TRUE(follower.orderer->start());
    EXPECT_TRUE(follower.source.wait([&] { return follower.source.distrusted >= 3; }));
    EXPECT_EQ(follower.got.count(), 0U);
    follower.clock.advance(11'000);
    EXPECT_NE(follower.trouble().find("other validators"), std::string::npos) << follower.trouble();
    EXPECT_FALSE(follower.orderer->submit(to_bytes("x")));
}

TEST_F(FollowingOrdererTest, a_gap_is_not_filled_with_another_height) {
    chain.grow(3);
    std::vector<SignedBlock> gap{chain.blocks()[0], chain.blocks()[2], chain.blocks()[2]};
    Follower follower(chain, folder.path());
    follower.source.give(gap);
    ASSERT_TRUE(follower.orderer->start());
    EXPECT_TRUE(follower.source.wait([&] { return follower.source.distrusted >= 2; }));
    EXPECT_EQ(follower.got.count(), 1U);
}

TEST_F(FollowingOrdererTest, stops_with_an_alarm_where_its_own_state_differs) {
    chain.grow(4);
    Follower follower(chain, folder.path());
    follower.source.before = [&](std::uint64_t height) {
        // At height 2 this node's permission chain has other validators than it should.
        std::lock_guard lock(follower.rules.mutex);
        if (height == 2) follower.rules.changes[1] = SigningValidators(4).validators();
    };
    follower.source.give(chain.blocks());
    ASSERT_TRUE(follower.orderer->start());
    EXPECT_TRUE(follower.becomes([&] { return !follower.trouble().empty(); }));
    EXPECT_NE(follower.trouble().find("after ordering height 2 this node's state differs"),
              std::string::npos)
        << follower.trouble();
    EXPECT_EQ(follower.got.count(), 2U);
    EXPECT_EQ(follower.source.distrusted, 0U);
    EXPECT_FALSE(follower.orderer->submit(to_bytes("x")));
}

TEST_F(FollowingOrdererTest, validators_change_at_the_second_height_after) {
    // Decided at height 3 (after 2 is executed), in force at height 5.
    chain.change(2, SigningValidators(3));
    chain.grow(8);
    {
        Follower follower(chain, folder.path());
        follower.source.give({chain.blocks().begin(), chain.blocks().begin() + 4});
        ASSERT_TRUE(follower.orderer->start());
        follower.got.wait_for(4);
        EXPECT_EQ(follower.orderer->status().validators.size(), 3U);
    }
    // Also over a restart in between.
    for (const std::size_t through : {5U, 8U}) {
        Follower follower(chain, folder.path());
        follower.source.give({chain.blocks().begin(),
                              chain.blocks().begin() + static_cast<std::ptrdiff_t>(through)});
        ASSERT_TRUE(follower.orderer->start());
        follower.got.wait_for(through);
        EXPECT_EQ(follower.source.distrusted, 0U);
    }
}

TEST_F(FollowingOrdererTest, silence_is_told) {
    chain.grow(1);
    Follower follower(chain, folder.path());
    follower.source.give(chain.blocks());
    ASSERT_TRUE(follower.orderer->start());
    follower.got.wait_for(1);
    EXPECT_EQ(follower.trouble(), "");
    follower.clock.advance(11'000);
    EXPECT_NE(follower.trouble().find("nothing has been ordered for 11 s"), std::string::npos);
    {
        std::lock_guard lock(follower.source.mutex);
        follower.source.silent = true;
        follower.source.changed.notify_all();
    }
    EXPECT_TRUE(follower.becomes(
        [&] { return follower.trouble().find("nobody answers") != std::string::npos; }));
}

TEST_F(FollowingOrdererTest, how_far_it_is_behind_is_what_the_validator_says) {
    chain.grow(2);
    Follower follower(chain, folder.path());
    follower.source.newest = 9;
    follower.source.give(chain.blocks());
    ASSERT_TRUE(follower.orderer->start());
    follower.got.wait_for(2);
    EXPECT_EQ(follower.orderer->behind(), 7U);
}

TEST_F(FollowingOrdererTest, envelopes_go_to_a_validator) {
    Follower follower(chain, folder.path());
    ASSERT_TRUE(follower.orderer->start());
    ASSERT_TRUE(follower.orderer->submit(to_bytes("a")));
    ASSERT_TRUE(follower.orderer->submit(to_bytes("b")));
    EXPECT_TRUE(follower.source.wait([&] { return follower.source.taken.size() == 2; }));
    EXPECT_EQ(follower.source.taken, (std::vector<Bytes>{to_bytes("a"), to_bytes("b")}));
}

TEST_F(FollowingOrdererTest, envelopes_that_nobody_takes_wait_and_it_is_told) {
    Follower follower(chain, folder.path());
    follower.source.takes = Error{Code::unavailable, "all are away"};
    ASSERT_TRUE(follower.orderer->start());
    ASSERT_TRUE(follower.orderer->submit(to_bytes("a")));
    EXPECT_TRUE(follower.becomes(
        [&] { return follower.trouble().find("all are away") != std::string::npos; }));
    Status refused = follower.orderer->submit(to_bytes("b"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
    {
        std::lock_guard lock(follower.source.mutex);
        follower.source.takes = {};
    }
    EXPECT_TRUE(follower.source.wait([&] { return follower.source.taken.size() == 1; }));
    EXPECT_TRUE(follower.becomes([&] { return follower.trouble().empty(); }));
}

TEST_F(FollowingOrdererTest, envelopes_that_are_refused_do_not_block_the_next_ones) {
    Follower follower(chain, folder.path());
    follower.source.takes = Error{Code::invalid_argument, "no envelope"};
    ASSERT_TRUE(follower.orderer->start());
    ASSERT_TRUE(follower.orderer->submit(to_bytes("bad")));
    EXPECT_TRUE(follower.source.wait([&] { return follower.source.submits == 1; }));
    {
        std::lock_guard lock(follower.source.mutex);
        follower.source.takes = {};
    }
    ASSERT_TRUE(follower.orderer->submit(to_bytes("good")));
    EXPECT_TRUE(follower.source.wait([&] { return !follower.source.taken.empty(); }));
    EXPECT_EQ(follower.source.taken, std::vector<Bytes>{to_bytes("good")});
}

}  // namespace
}  // namespace bsn::ordering
