#include "ordering/cometbft/agreed_state.hpp"

#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::ordering {
namespace {

using testing::filled;

Bytes key(std::uint8_t byte) { return Bytes(32, byte); }

AgreedState sample() {
    return {filled<ledger::Hash>(1), filled<ledger::Hash>(2), {{key(3), 1}, {key(4), 10}}};
}

OrderedHeight height(std::vector<Bytes> envelopes) {
    OrderedHeight ordered;
    ordered.height = 5;
    ordered.time = 1'000;
    ordered.envelopes = std::move(envelopes);
    return ordered;
}

TEST(AgreedStateTest, survives_its_encoding) {
    const AgreedState state = sample();
    EXPECT_EQ(AgreedState::decode(state.encode()).value(), state);
    Bytes cut = state.encode();
    cut.pop_back();
    EXPECT_FALSE(AgreedState::decode(cut).ok());
}

TEST(AgreedStateTest, the_hash_stands_still_while_nothing_happens) {
    const AgreedState state = sample();
    AgreedState next = state.after(height({}), state.system_head, state.validators);
    EXPECT_EQ(next, state);
}

TEST(AgreedStateTest, the_hash_covers_envelopes_and_the_permission_chain) {
    const AgreedState state = sample();
    const auto after = [&](const OrderedHeight& ordered, std::uint8_t head) {
        return state.after(ordered, filled<ledger::Hash>(head), state.validators).app_hash;
    };
    const auto hash = after(height({to_bytes("a")}), 2);
    EXPECT_NE(hash, state.app_hash);
    EXPECT_NE(hash, after(height({to_bytes("b")}), 2));
    EXPECT_NE(hash, after(height({to_bytes("a"), {}}), 2));
    EXPECT_NE(hash, after(height({to_bytes("a")}), 9));
    EXPECT_NE(state.app_hash, after(height({}), 9));
    OrderedHeight later = height({to_bytes("a")});
    later.time += 1;
    EXPECT_NE(hash, after(later, 2));
    OrderedHeight with_state = height({to_bytes("a")});
    with_state.engine_state = to_bytes("anything");
    EXPECT_EQ(hash, after(with_state, 2));
}

TEST(AgreedStateTest, validators_that_come_change_and_go_are_told) {
    const std::vector<Validator> before{{key(1), 1}, {key(2), 1}, {key(3), 1}};
    const std::vector<Validator> now{{key(1), 1}, {key(2), 5}, {key(4), 1}};
    const std::vector<Validator> expected{{key(2), 5}, {key(4), 1}, {key(3), 0}};
    EXPECT_EQ(changed_validators(before, now), expected);
    EXPECT_TRUE(changed_validators(now, now).empty());
}

}  // namespace
}  // namespace bsn::ordering
