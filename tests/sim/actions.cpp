#include "sim/actions.hpp"

#include "registry/contract.hpp"

#include <algorithm>

namespace bsn::sim {
namespace {

constexpr std::size_t k_keys = 12;
constexpr std::uint32_t k_first_new_key = 2'000;

}  // namespace

void Actions::begin() {
    for (std::size_t i = 0; i < world_.plan.actions; ++i) {
        Micros when = world_.scheduler.random().below(world_.plan.seconds * k_second);
        world_.scheduler.after(when, life_, [this] { act(); });
    }
    if (world_.plan.revocations) {
        Micros when = world_.scheduler.random().below(world_.plan.seconds * k_second);
        world_.scheduler.after(when, life_, [this] { revoke_node(); });
    }
    for (std::size_t i = 0; i < world_.plan.moves; ++i) {
        Micros when = world_.scheduler.random().below(world_.plan.seconds * k_second);
        world_.scheduler.after(when, life_, [this] { move_app(); });
    }
}

void Actions::act() {
    Random& random = world_.scheduler.random();
    const std::uint64_t what = random.below(100);
    if (world_.plan.lifecycle && random.chance(15)) return administer();
    if (what < 60) return write();
    if (what < 70) return write_many();
    if (what < 78) return write_late();
    if (what < 87) return replay();
    if (what < 94) return forge();
    intrude();
}

std::optional<std::size_t> Actions::some_node(const SimApp& app) {
    std::vector<std::size_t> up;
    for (const auto& node : world_.nodes) {
        if (node->runs() && node->framework().open_chain(app.channel)) up.push_back(node->number());
    }
    if (up.empty()) return std::nullopt;
    return world_.scheduler.random().one_of(up);
}

ErrandPtr Actions::some_write(SimApp& app, const Person& who, std::int64_t validity_ms) {
    Random& random = world_.scheduler.random();
    if (random.chance(25)) {
        std::string hash =
            to_hex(crypto::hash(crypto::HashId::sha256, as_bytes(fmt::to_string(random.next()))));
        return world_.clients.make(app.channel, who, "evidence", "deposit", {hash, "{}"},
                                   validity_ms);
    }
    std::string pair = fmt::format(R"({{"baseKey":"key-{}","baseValue":"{}"}})",
                                   random.below(k_keys), random.below(1'000));
    return world_.clients.make(app.channel, who, "kv", random.chance(50) ? "set" : "update", {pair},
                               validity_ms);
}

void Actions::write() {
    SimApp& app = some_app();
    Random& random = world_.scheduler.random();
    if (app.writers.empty()) return;
    ErrandPtr errand = some_write(app, random.one_of(app.writers));
    world_.clients.pursue(errand);
    // The same bytes go to several nodes.
    while (random.chance(30)) {
        if (auto node = some_node(app)) world_.clients.send(*node, {errand});
    }
}

void Actions::write_many() {
    SimApp& app = some_app();
    Random& random = world_.scheduler.random();
    auto node = some_node(app);
    if (!node || app.writers.empty()) return;
    std::vector<ErrandPtr> errands;
    for (std::uint64_t i = 0; i < random.between(2, 6); ++i) {
        errands.push_back(some_write(app, random.one_of(app.writers)));
    }
    world_.clients.send(*node, errands);
}

void Actions::write_late() {
    SimApp& app = some_app();
    Random& random = world_.scheduler.random();
    if (app.writers.empty()) return;
    const std::int64_t validity = static_cast<std::int64_t>(random.below(2'000)) - 500;
    ErrandPtr errand = some_write(app, random.one_of(app.writers), validity);
    errand->what += " (late)";
    world_.clients.pursue(errand);
}

void Actions::replay() {
    SimApp& app = some_app();
    std::vector<ErrandPtr> old;
    for (const ErrandPtr& errand : world_.clients.errands()) {
        if (errand->channel == app.channel) old.push_back(errand);
    }
    auto node = some_node(app);
    if (!node || old.empty()) return;
    world_.clients.send(*node, {world_.scheduler.random().one_of(old)});
}

void Actions::forge() {
    SimApp& app = some_app();
    Random& random = world_.scheduler.random();
    auto node = some_node(app);
    if (!node || app.writers.empty()) return;
    ErrandPtr good = some_write(app, random.one_of(app.writers));
    ErrandPtr forged = world_.clients.forge(*good);
    // Before, together with, or after the good one.
    const std::uint64_t order = random.below(3);
    if (order == 0) {
        world_.clients.send(*node, {forged});
    } else if (order == 1) {
        world_.clients.send(*node, {forged, good});
    } else {
        world_.scheduler.after(random.below(k_second), life_, [this, app, forged] {
            if (auto later = some_node(app)) world_.clients.send(*later, {forged});
        });
    }
    world_.clients.pursue(good);
}

void Actions::intrude() {
    SimApp& app = some_app();
    auto node = some_node(app);
    if (!node) return;
    ErrandPtr errand = some_write(app, world_.stranger);
    errand->kind = Errand::Kind::stranger;
    errand->pursued = false;
    world_.clients.send(*node, {errand});
}

// --- the permission chain

void Actions::administer() {
    SimApp& app = some_app();
    switch (world_.scheduler.random().below(5)) {
        case 0: return suspend(app);
        case 1: return upgrade(app);
        case 2: return change_role(app);
        case 3: return remove_member(app);
        default: return rotate_key(app);
    }
}

void Actions::suspend(SimApp& app) {
    ErrandPtr errand = world_.call_system(app.publisher, "suspend_app", {app.name});
    errand->then = [this, name = app.name, publisher = app.publisher] {
        if (world_.mended) return;
        world_.clients.pursue(world_.call_system(publisher, "resume_app", {name}));
    };
    world_.clients.pursue(errand);
}

void Actions::upgrade(SimApp& app) {
    if (app.kv_version > 1) return;
    app.kv_version = 2;
    world_.clients.pursue(
        world_.call_system(app.publisher, "upgrade_contract", {app.name, "kv", "kv", "2"}));
}

void Actions::change_role(SimApp& app) {
    const char* role = world_.scheduler.random().chance(50)
                           ? R"({"name":"writer","functions":["kv.*"]})"
                           : R"({"name":"writer","functions":["kv.*","evidence.*"]})";
    world_.clients.pursue(world_.call_system(app.publisher, "set_role", {app.name, role}));
}

void Actions::remove_member(SimApp& app) {
    if (app.writers.size() < 2) return;
    Person member = app.writers.back();
    app.writers.pop_back();
    ErrandPtr errand =
        world_.call_system(app.publisher, "remove_member", {app.name, to_hex(member.id)});
    if (world_.scheduler.random().chance(50)) {
        errand->then = [this, name = app.name, publisher = app.publisher, member] {
            ErrandPtr join = world_.call_system(member, "join_app", {name, "writer"});
            join->then = [this, name, publisher, member] {
                world_.clients.pursue(
                    world_.call_system(publisher, "approve", {name, to_hex(member.id)}));
            };
            world_.clients.pursue(join);
        };
    }
    world_.clients.pursue(errand);
}

void Actions::rotate_key(SimApp& app) {
    if (app.writers.size() < 2) return;
    const Person before = app.writers[app.writers.size() - 1];
    if (before.key->public_key() != make_person("", world_.plan.suite, 10 + 2).key->public_key()) {
        return;  // once
    }
    Person after = make_person(before.name, world_.plan.suite, k_first_new_key + ++new_keys_);
    after.id = before.id;
    const crypto::PublicKey& key = after.key->public_key();
    crypto::Signature proof =
        after.key->sign(registry::key_change_statement(world_.genesis.network(), after.id, key));
    ErrandPtr errand = world_.call_system(
        before, "rotate_key",
        {std::string(crypto::suite_name(key.suite)), to_hex(key.bytes), to_hex(proof)});
    errand->then = [this, after] {
        for (SimApp& changed : world_.apps) {
            for (Person& writer : changed.writers) {
                if (writer.id == after.id) writer = after;
            }
        }
    };
    world_.clients.pursue(errand);
}

void Actions::move_app() {
    Random& random = world_.scheduler.random();
    SimApp& app = some_app();
    std::vector<std::string> arguments{app.name};
    std::size_t liars = 0;
    for (const auto& node : world_.nodes) {
        if (random.chance(30)) continue;
        arguments.push_back(fmt::format("city-{}", node->number()));
        if (node->byzantine) ++liars;
    }
    const std::size_t peers = arguments.size() - 1;
    // More liars than its quorum bears would be no fault of the ledger's, nor would the loss of the
    // only disk.
    if (peers < 2 || liars > peers - ledger::quorum_of(peers)) return;
    world_.clients.pursue(world_.call_system(app.publisher, "set_nodes", std::move(arguments)));
}

void Actions::revoke_node() {
    const Plan& plan = world_.plan;
    if (revoked_ || plan.nodes < 3) return;
    // The old peers certify the handover, without the revoked and without who lost a disk.
    const bool may_be_silent = plan.wipes || plan.bit_flips;
    if (may_be_silent && plan.nodes - ledger::quorum_of(plan.nodes) < 2 + plan.byzantine) return;
    revoked_ = true;
    std::vector<std::size_t> candidates;
    for (const auto& node : world_.nodes) {
        // Honest ones are needed where others lie.
        if (world_.plan.byzantine == 0 || node->byzantine) candidates.push_back(node->number());
    }
    const std::size_t node = world_.scheduler.random().one_of(candidates);
    for (std::size_t i = 0; i < world_.plan.approvals; ++i) {
        world_.clients.pursue(
            world_.call_system(world_.operators[i], "revoke_node", {fmt::format("city-{}", node)}));
    }
}

}  // namespace bsn::sim
