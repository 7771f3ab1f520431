#include "sim/faults.hpp"

namespace bsn::sim {
namespace {

constexpr Micros k_ms = k_millisecond;
constexpr std::uint64_t k_operations_until_crash = 40;

}  // namespace

void Faults::begin() {
    const Plan& plan = world_.plan;
    victim_ = world_.scheduler.random().below(plan.nodes);
    repeat(100 * k_ms, 700 * k_ms, [this] { keep_running(); });
    if (plan.crashes) repeat(200 * k_ms, 2'000 * k_ms, [this] { crash_something(); });
    if (plan.lossy) repeat(100 * k_ms, 2'000 * k_ms, [this] { disturb_network(); });
    if (plan.partitions) repeat(200 * k_ms, 3'000 * k_ms, [this] { cut_network(); });
    if (plan.bad_order) repeat(100 * k_ms, 2'000 * k_ms, [this] { disturb_order(); });
    if (plan.order_crashes) repeat(500 * k_ms, 4'000 * k_ms, [this] { crash_order(); });
    if (plan.bad_disks) repeat(200 * k_ms, 2'000 * k_ms, [this] { disturb_disk(); });
    if (plan.clock_jumps) repeat(200 * k_ms, 2'000 * k_ms, [this] { jump_clock(); });
    if (plan.slow_nodes) repeat(200 * k_ms, 2'000 * k_ms, [this] { slow_down(); });
    if (plan.lost_batches) repeat(300 * k_ms, 3'000 * k_ms, [this] { lose_batches(); });
    // Who lost a disk is silent about what was ordered before, and so counts among the faulty.
    if (plan.nodes - ledger::quorum_of(plan.nodes) <= plan.byzantine) return;
    if (plan.bit_flips) repeat(500 * k_ms, 4'000 * k_ms, [this] { damage_disk(); });
    if (plan.wipes) repeat(500 * k_ms, 4'000 * k_ms, [this] { lose_disk(); });
}

void Faults::repeat(Micros shortest, Micros longest, const std::function<void()>& what) {
    in(world_.scheduler.random().between(shortest, longest), [this, shortest, longest, what] {
        what();
        repeat(shortest, longest, what);
    });
}

void Faults::crash_something() {
    Random& random = world_.scheduler.random();
    const std::uint64_t how = random.below(100);
    if (how < 10) {
        // A power failure takes all of them.
        for (auto& node : world_.nodes) node->crash();
    } else if (how < 25) {
        some_node().stop();
    } else if (how < 45) {
        some_node().crash();
    } else {
        some_node().crash_at_operation(random.below(k_operations_until_crash));
    }
}

void Faults::keep_running() {
    for (auto& node : world_.nodes) {
        if (!world_.scheduler.random().chance(50)) continue;
        if (node->runs() && !node->alarm().empty()) {
            world_.scheduler.trace("node {}: restarted, since {}", node->number(), node->alarm());
            node->stop();
        } else if (node->is_down()) {
            (void)node->start();  // a bad disk keeps it down for now
        }
    }
}

void Faults::disturb_network() {
    Random& random = world_.scheduler.random();
    NetworkFaults& faults = world_.network.faults;
    faults.lost_percent = random.chance(50) ? static_cast<unsigned>(random.below(40)) : 0;
    faults.repeated_percent = random.chance(50) ? static_cast<unsigned>(random.below(30)) : 0;
    faults.slow = random.chance(40) ? random.below(800 * k_ms) : 0;
    world_.scheduler.trace("fault: network loses {}%, repeats {}%, up to {} ms late",
                           faults.lost_percent, faults.repeated_percent, faults.slow / k_ms);
}

void Faults::cut_network() {
    Random& random = world_.scheduler.random();
    auto& cut = world_.network.faults.cut;
    cut.clear();
    if (random.chance(30)) return;
    const bool one_way = random.chance(40);
    std::vector<bool> here;
    for (std::size_t i = 0; i < world_.nodes.size(); ++i) here.push_back(random.chance(50));
    for (std::size_t from = 0; from < here.size(); ++from) {
        for (std::size_t to = 0; to < here.size(); ++to) {
            if (here[from] && !here[to]) cut.emplace(from, to);
            if (!one_way && !here[from] && here[to]) cut.emplace(from, to);
        }
    }
    world_.scheduler.trace("fault: {} connections cut{}", cut.size(), one_way ? ", one-way" : "");
}

void Faults::disturb_order() {
    Random& random = world_.scheduler.random();
    OrdererFaults& faults = world_.orderer.faults;
    faults = {};
    if (random.chance(40)) faults.lost_percent = static_cast<unsigned>(random.below(40));
    if (random.chance(40)) faults.repeated_percent = static_cast<unsigned>(random.below(60));
    if (random.chance(30)) faults.slow = random.below(500 * k_ms);
    faults.away = random.chance(15);
    for (std::size_t i = 0; i < world_.nodes.size(); ++i) {
        if (random.chance(20)) faults.deaf.insert(i);
    }
    world_.scheduler.trace("fault: order loses {}%, repeats {}%, {}deaf nodes: {}",
                           faults.lost_percent, faults.repeated_percent,
                           faults.away ? "away, " : "", faults.deaf.size());
}

void Faults::crash_order() {
    Random& random = world_.scheduler.random();
    if (random.chance(30)) {
        world_.orderer.crash();
    } else {
        world_.orderer.crash_at_operation(random.below(8));
    }
    in(random.between(20 * k_ms, 1'500 * k_ms), [this] {
        if (!world_.orderer.runs()) world_.orderer.restart();
    });
}

void Faults::disturb_disk() {
    Random& random = world_.scheduler.random();
    SimNode& node = some_node();
    DiskFaults& faults = node.disk.faults;
    faults = {};
    const std::uint64_t what = random.below(3);
    if (what == 0) faults.full = true;
    if (what == 1) faults.failing = true;
    if (what == 2) faults.slowness = static_cast<unsigned>(random.between(2, 200));
    world_.scheduler.trace("fault: disk of node {} is {}", node.number(),
                           what == 0   ? "full"
                           : what == 1 ? "failing"
                                       : "slow");
    in(random.between(10 * k_ms, 1'500 * k_ms), [&node] { node.disk.faults = {}; });
}

void Faults::damage_disk() {
    Random& random = world_.scheduler.random();
    SimNode& node = *world_.nodes[victim_];
    const std::uint64_t where = random.below(4);
    bool done = false;
    if (where == 0) {
        done = node.disk.log.damage(random);
    } else {
        done = node.disk.database.damage(static_cast<store::Table>(where - 1), random);
    }
    if (!done) return;
    node.damaged = true;
    world_.scheduler.trace("fault: bits flip on the disk of node {}", node.number());
}

void Faults::lose_disk() {
    SimNode& node = *world_.nodes[victim_];
    node.crash();
    in(world_.scheduler.random().between(1, 500) * k_ms, [&node] {
        if (node.is_down()) node.wipe();
    });
}

void Faults::lose_batches() {
    const auto open = world_.laws.open_batches();
    if (open.empty()) return;
    world_.laws.expect_voids();
    world_.lost_batches += open.size();
    // Those in memory go with the nodes.
    for (auto& node : world_.nodes) {
        for (const auto& [channel, digest] : open) {
            if (auto place = node->place_of_batch(channel, digest)) node->disk.log.damage(*place);
        }
        node->crash();
    }
    world_.scheduler.trace("fault: {} batches are lost everywhere", open.size());
}

void Faults::jump_clock() {
    Random& random = world_.scheduler.random();
    SimNode& node = some_node();
    auto jump = static_cast<std::int64_t>(random.below(random.chance(20) ? 3'000'000 : 5'000));
    node.skew = random.chance(50) ? jump : -jump;
    world_.scheduler.trace("fault: clock of node {} is {} ms off", node.number(), node.skew);
}

void Faults::slow_down() {
    Random& random = world_.scheduler.random();
    SimNode& node = some_node();
    node.slowness = static_cast<unsigned>(random.between(2, 200));
    world_.scheduler.trace("fault: node {} is {} times slower", node.number(), node.slowness);
    in(random.between(50 * k_ms, 2'000 * k_ms), [&node] { node.slowness = 1; });
}

}  // namespace bsn::sim
