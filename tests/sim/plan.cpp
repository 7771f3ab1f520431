#include "sim/plan.hpp"

#include "ledger/certificate.hpp"

#include <fmt/format.h>

#include <array>

namespace bsn::sim {
namespace {

/// Mostly three and four nodes: the smallest that can lose one, and that can bear a liar.
constexpr std::array<std::size_t, 20> k_sizes{1, 1, 2, 2, 3, 3, 3, 3, 3, 3,
                                              3, 4, 4, 4, 4, 4, 5, 5, 5, 7};
constexpr std::array k_suites{crypto::SuiteId::secp256r1, crypto::SuiteId::secp256r1,
                              crypto::SuiteId::secp256r1, crypto::SuiteId::secp256r1,
                              crypto::SuiteId::secp256k1, crypto::SuiteId::secp256k1,
                              crypto::SuiteId::secp256k1, crypto::SuiteId::sm2};

}  // namespace

Plan Plan::of(std::uint64_t seed) {
    Random random(seed ^ 0x9e3779b97f4a7c15);
    Plan plan;
    plan.nodes = random.one_of(k_sizes);
    plan.operators = random.between(1, 3);
    plan.approvals = static_cast<std::uint16_t>(random.between(1, plan.operators));
    plan.suite = random.one_of(k_suites);
    plan.second_app = random.chance(25);
    plan.actions = random.between(10, 45);
    plan.seconds = random.between(2, 8);
    if (plan.nodes >= 4 && random.chance(50)) {
        plan.byzantine = random.between(1, plan.nodes - ledger::quorum_of(plan.nodes));
    }
    // One in twelve goes well all the way.
    if (!random.chance(8)) {
        plan.crashes = random.chance(60);
        plan.lossy = random.chance(50);
        plan.partitions = random.chance(35);
        plan.bad_order = random.chance(40);
        plan.order_crashes = random.chance(25);
        plan.bad_disks = random.chance(35);
        plan.bit_flips = random.chance(12);
        plan.wipes = random.chance(20);
        plan.clock_jumps = random.chance(25);
        plan.slow_nodes = random.chance(30);
        plan.early = random.chance(30);
    }
    // Not even the disks keep their word then: nothing else is to go wrong with them.
    plan.lost_batches = plan.nodes >= 2 && plan.byzantine == 0 && random.chance(8);
    if (plan.lost_batches) plan.bit_flips = plan.wipes = false;
    plan.lifecycle = random.chance(40);
    plan.revocations = random.chance(20);
    if (plan.nodes >= 2 && !plan.revocations && random.chance(30))
        plan.moves = random.between(1, 3);
    return plan;
}

std::string Plan::describe() const {
    std::string text = fmt::format("{} nodes", nodes);
    if (byzantine > 0) text += fmt::format(", {} byzantine", byzantine);
    text += fmt::format(", {} actions in {} s, {}", actions, seconds, crypto::suite_name(suite));
    const std::array<std::pair<bool, const char*>, 16> parts{{{second_app, "two apps"},
                                                              {crashes, "crashes"},
                                                              {lossy, "lossy network"},
                                                              {partitions, "partitions"},
                                                              {bad_order, "bad order"},
                                                              {order_crashes, "orderer crashes"},
                                                              {bad_disks, "bad disks"},
                                                              {bit_flips, "bit flips"},
                                                              {wipes, "lost disks"},
                                                              {lost_batches, "lost batches"},
                                                              {clock_jumps, "clock jumps"},
                                                              {slow_nodes, "slow nodes"},
                                                              {lifecycle, "lifecycle"},
                                                              {revocations, "revocations"},
                                                              {moves > 0, "moves"},
                                                              {early, "from the start"}}};
    for (const auto& [there, name] : parts) {
        if (there) text += fmt::format(", {}", name);
    }
    return text;
}

}  // namespace bsn::sim
