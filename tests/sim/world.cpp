#include "sim/world.hpp"

#include "contract/builtin.hpp"
#include "registry/contract.hpp"
#include "sim/actions.hpp"
#include "sim/faults.hpp"
#include "sim/known_signatures.hpp"
#include "sim/own_random.hpp"
#include "sim/rebuild.hpp"
#include "support/receipt_world.hpp"

namespace bsn::sim {
namespace {

constexpr std::uint32_t k_operator_key = 800;  // as `sample_genesis` has it
constexpr std::uint32_t k_writer_key = 10;
constexpr std::uint32_t k_stranger_key = 99;
constexpr std::size_t k_writers = 3;
/// After all is mended, everything has to come to rest within this time.
constexpr Micros k_rest = 90 * k_second;
/// And this for each batch that nobody has any more: a channel gives up one after the other.
constexpr Micros k_void = 15 * k_second;
/// A transaction in a network without faults.
constexpr Micros k_progress = 20 * k_second;

ledger::Genesis make_genesis(const Plan& plan) {
    ledger::Genesis genesis = testing::sample_genesis(plan.nodes, plan.operators);
    genesis.approvals = plan.approvals;
    return genesis;
}

std::vector<ledger::NodeId> node_ids(std::size_t count) {
    std::vector<ledger::NodeId> ids;
    for (std::size_t i = 0; i < count; ++i) ids.push_back(identity_of(i).id());
    return ids;
}

}  // namespace

World::World(const Plan& the_plan, std::uint64_t seed, bool print)
    : plan(the_plan),
      scheduler(seed, print),
      genesis(make_genesis(plan)),
      orderer(scheduler, genesis.orderer),
      network(scheduler, node_ids(plan.nodes),
              [this](Sent sent) {
                  SimNode& node = *nodes[sent.to];
                  if (!node.runs()) return;
                  scheduler.trace("net: {} -> {} {}", sent.from, sent.to, describe(sent.message));
                  node.framework().receive(nodes[sent.from]->id(), sent.channel,
                                           std::move(sent.message));
              }),
      clients(scheduler, nodes, genesis.network()),
      laws(scheduler, nodes, orderer, genesis, clients),
      liars(scheduler, nodes, network, orderer, genesis.network()),
      stranger(make_person("stranger", plan.suite, k_stranger_key)),
      system(ledger::system_channel(genesis.network())) {
    contract::add_builtin_contracts(contracts);
    contracts.add(registry::make_registry_contract());
    for (std::size_t i = 0; i < plan.operators; ++i) {
        operators.push_back(make_person(fmt::format("operator-{}", i), crypto::SuiteId::secp256r1,
                                        k_operator_key + static_cast<std::uint32_t>(i)));
    }
    const Surroundings surroundings{scheduler, network, orderer, genesis, contracts};
    for (std::size_t i = 0; i < plan.nodes; ++i) {
        nodes.push_back(std::make_unique<SimNode>(i, surroundings));
        nodes.back()->on_end = [this](SimNode& node) { clients.lost(node); };
    }
    network.on_send = [this](Sent sent) {
        laws.on_send(sent);
        if (nodes[sent.from]->byzantine) {
            liars.say(std::move(sent));
        } else {
            network.carry(std::move(sent));
        }
    };
    orderer.on_submit = [this](std::size_t node, const Bytes& envelope) {
        laws.on_submit(node, envelope);
        liars.misuse_order(envelope);
    };
    orderer.on_restart = [this] { laws.check_order(); };
    clients.on_answer = [this](SimNode& node, Errand& errand,
                               const Result<framework::TransactionView>& answer) {
        laws.on_answer(node, errand, answer);
        if (answer && !errand.certified) ++transactions;
    };
}

/// What nodes answer while they go, the clients still hear.
World::~World() { nodes.clear(); }

// --- making apps

ErrandPtr World::call_system(const Person& who, std::string function,
                             std::vector<std::string> arguments) {
    return clients.make(system, who, "registry", std::move(function), std::move(arguments));
}

template <typename Condition>
void World::expect(Condition condition, Micros limit, std::string_view law) {
    if (!scheduler.run_until(condition, limit)) throw Violation(std::string(law));
}

const framework::TransactionView& World::get_done(const ErrandPtr& errand) {
    clients.pursue(errand);
    expect([&] { return errand->done(); }, k_rest, errand->what + " is never answered");
    if (!errand->certified) {
        throw Violation(fmt::format("{}: {}", errand->what, errand->refused->message));
    }
    if (!errand->certified->success) {
        throw Violation(fmt::format("{}: {}", errand->what, errand->certified->error));
    }
    return *errand->certified;
}

void World::publish(std::string name, const std::vector<std::string>& node_names) {
    std::string list;
    for (const std::string& node : node_names) {
        list += fmt::format("{}\"{}\"", list.empty() ? "" : ",", node);
    }
    SimApp app{name, {}, operators.front(), {}};
    ErrandPtr publishing = call_system(
        app.publisher, "publish_app",
        {fmt::format(R"({{"name":"{}","suite":"{}","nodes":[{}],"contracts":[{{"name":"kv"}},)"
                     R"({{"name":"evidence"}}],"roles":[{{"name":"writer","functions":)"
                     R"(["kv.*","evidence.*"]}},{{"name":"reader","functions":["kv.get"]}}]}})",
                     name, crypto::suite_name(plan.suite), list)});
    app.channel = ledger::channel_created_by(genesis.network(), publishing->id);
    get_done(publishing);
    apps.push_back(app);
    let_members_in(apps.back());
}

void World::let_members_in(SimApp& app) {
    std::vector<ErrandPtr> errands;
    for (std::size_t i = 0; i < k_writers; ++i) {
        Person writer = make_person(fmt::format("{}-writer-{}", app.name, i), plan.suite,
                                    k_writer_key + static_cast<std::uint32_t>(i));
        errands.push_back(call_system(writer, "join_app", {app.name, "writer"}));
        app.writers.push_back(std::move(writer));
    }
    for (const ErrandPtr& errand : errands) get_done(errand);
    errands.clear();
    for (const Person& writer : app.writers) {
        errands.push_back(call_system(app.publisher, "approve", {app.name, to_hex(writer.id)}));
    }
    for (const ErrandPtr& errand : errands) get_done(errand);
}

// --- a run

void World::run() {
    scheduler.trace("plan: {}", plan.describe());
    liars.choose(plan.byzantine);
    for (auto& node : nodes) {
        if (Status started = node->start(); !started) throw Violation(started.error().message);
    }
    Faults faults(*this);
    if (plan.early) faults.begin();
    publish("app", {});
    if (plan.second_app) {
        // So few bear no liar.
        std::vector<std::string> some;
        for (const auto& node : nodes) {
            if (node->byzantine || some.size() > plan.nodes / 2) continue;
            some.push_back(fmt::format("city-{}", node->number()));
        }
        publish("few", some);
    }
    if (!plan.early) faults.begin();
    Actions actions(*this);
    actions.begin();
    scheduler.run_for(plan.seconds * k_second);
    laws.check_answers();
    faults.end();
    mend();
    wait_for_rest();
    check_progress();
    laws.check_answers();
    laws.check_ledgers();
    check_rebuild();
}

void World::mend() {
    scheduler.trace("all is mended");
    mended = true;
    network.faults = {};
    orderer.faults = {};
    orderer.no_crash_at_operation();
    if (!orderer.runs()) orderer.restart();
    for (auto& node : nodes) {
        node->no_crash_at_operation();
        node->disk.faults = {};
        node->slowness = 1;
        node->skew = 0;
    }
}

void World::restart_what_stopped() {
    for (auto& node : nodes) {
        if (node->runs() && (!node->alarm().empty() || node->damaged)) {
            scheduler.trace("node {}: restarted, since {}", node->number(),
                            node->damaged ? "its disk is damaged" : node->alarm());
            node->stop();
            continue;  // begins again with the next look
        }
        if (!node->is_down()) continue;
        if (node->damaged) node->wipe();
        if (Status started = node->start(); !started) {
            throw Violation(
                fmt::format("node {} cannot start: {}", node->number(), started.error().message));
        }
    }
}

void World::wait_for_rest() {
    std::string why = "nothing was looked at";
    const Micros end = scheduler.now() + k_rest + lost_batches * k_void;
    while (scheduler.now() < end) {
        restart_what_stopped();
        bool all_run =
            std::all_of(nodes.begin(), nodes.end(), [](const auto& node) { return node->runs(); });
        if (all_run && clients.all_known() && laws.agree(&why)) return;
        if (!all_run) why = "a node does not run";
        scheduler.run_for(200 * k_millisecond);
    }
    for (const ErrandPtr& errand : clients.errands()) {
        if (!errand->done() && errand->pursued) why = errand->what + " has no answer";
    }
    throw Violation("no rest after all was mended: " + why);
}

void World::check_progress() {
    for (SimApp& app : apps) {
        // A suspension that nobody lifted: progress is asked for where writes are taken.
        auto view = laws.nodes_of(system).front()->view().app(app.name);
        if (view && view->record.state == ledger::AppState::suspended) {
            get_done(call_system(app.publisher, "resume_app", {app.name}));
            wait_for_rest();  // the app has taken the decision
        }
        if (app.writers.empty()) continue;
        for (SimNode* node : laws.nodes_of(app.channel)) {
            ErrandPtr probe = clients.make(
                app.channel, app.writers.front(), "kv", "set",
                {fmt::format(R"({{"baseKey":"probe-{}","baseValue":"1"}})", node->number())});
            probe->only_to = node->number();
            clients.pursue(probe);
            expect([&] { return probe->done(); }, k_progress,
                   fmt::format("no progress: {} waits at node {}", app.name, node->number()));
            if (!probe->certified) {
                throw Violation(fmt::format("no progress: node {} refuses a member: {}",
                                            node->number(), probe->refused->message));
            }
        }
    }
    wait_for_rest();
}

void World::check_rebuild() {
    if (plan.nodes < 2) return;
    std::vector<SimNode*> honest;
    for (SimNode* node : laws.nodes_of(system)) honest.push_back(node);
    SimNode& node = *scheduler.random().one_of(honest);
    const std::vector<ChannelContent> before = contents_of(node);
    node.stop();
    scheduler.run_for(k_millisecond);
    node.wipe();
    if (Status started = node.start(); !started) throw Violation(started.error().message);
    wait_for_rest();
    require_same(before, contents_of(node), node.number());
}

namespace {

/// What OpenSSL and libsecp256k1 make when they sign for the first time.
void sign_once() {
    ApartFromRun apart;
    for (crypto::SuiteId suite : testing::k_all_suites) {
        (void)make_person("nobody", suite, k_stranger_key).key->sign(as_bytes("nothing"));
    }
}

}  // namespace

Outcome run(std::uint64_t seed, bool print) {
    seed_openssl(seed);
    forget_signatures();
    sign_once();
    Outcome outcome;
    auto world = std::make_unique<World>(Plan::of(seed), seed, print);
    try {
        world->run();
    } catch (const std::exception& broken) {
        // Violations, and bugs of the product that its own checks found.
        outcome.violation = broken.what();
        world->laws.describe();
    }
    outcome.trace_hash = world->scheduler.trace_hash();
    outcome.events = world->scheduler.events();
    outcome.transactions = world->transactions;
    outcome.time = world->scheduler.now();
    // What threw in the middle of a task can be neither closed nor destroyed.
    if (!outcome.violation.empty()) (void)world.release();
    return outcome;
}

}  // namespace bsn::sim
