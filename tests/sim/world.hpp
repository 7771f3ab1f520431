#pragma once
// A whole simulated network, from its genesis to rest.

#include "sim/byzantine.hpp"
#include "sim/laws.hpp"
#include "sim/plan.hpp"

namespace bsn::sim {

/// What a run was, once it is over.
struct Outcome {
    std::string violation;  ///< empty: all laws held
    std::uint64_t trace_hash = 0;
    std::uint64_t events = 0;
    std::uint64_t transactions = 0;  ///< certified
    Micros time = 0;
};

/// Runs one seed.
Outcome run(std::uint64_t seed, bool print);

/// An app as its users know it.
struct SimApp {
    std::string name;
    ledger::ChannelId channel;
    Person publisher;
    std::vector<Person> writers;
    bool suspended = false;  ///< as last asked for
    std::uint32_t kv_version = 1;
};

class World {
  public:
    World(const Plan& plan, std::uint64_t seed, bool print);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /// Everything: the apps are made, things go wrong, all is mended, the laws are checked.
    void run();

    const Plan plan;
    Scheduler scheduler;
    const ledger::Genesis genesis;
    contract::Contracts contracts;
    SimOrderer orderer;
    SimNetwork network;
    std::vector<std::unique_ptr<SimNode>> nodes;
    Clients clients;
    Laws laws;
    Liars liars;
    std::vector<SimApp> apps;
    std::vector<Person> operators;
    Person stranger;
    ledger::ChannelId system;
    std::uint64_t transactions = 0;
    bool mended = false;           ///< nothing goes wrong any more
    std::size_t lost_batches = 0;  ///< that no node can serve any more

    /// A call of the permission chain.
    ErrandPtr call_system(const Person& who, std::string function,
                          std::vector<std::string> arguments);
    /// Sends an errand until it is known, while time passes; its answer.
    const framework::TransactionView& get_done(const ErrandPtr& errand);

  private:
    void publish(std::string name, const std::vector<std::string>& node_names);
    void let_members_in(SimApp& app);
    /// Waits until it holds; a violation of this law if it does not in time.
    template <typename Condition>
    void expect(Condition condition, Micros limit, std::string_view law);
    void mend();
    void restart_what_stopped();
    void wait_for_rest();
    void check_progress();
    void check_rebuild();
};

}  // namespace bsn::sim
