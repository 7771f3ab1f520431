#pragma once
// City nodes that lie. They run the real code, but what they tell the others passes through here:
// some of it is withheld, forged, or said differently to each.

#include "sim/sim_network.hpp"
#include "sim/sim_node.hpp"

#include <map>

namespace bsn::sim {

class Liars {
  public:
    Liars(Scheduler& scheduler, std::vector<std::unique_ptr<SimNode>>& nodes, SimNetwork& network,
          SimOrderer& orderer, const ledger::NetworkId& net)
        : scheduler_(scheduler), nodes_(nodes), network_(network), orderer_(orderer), net_(net) {}

    /// Chooses this many nodes, and their ways.
    void choose(std::size_t count);
    /// Passes on, instead of a message of a liar, what it says.
    void say(Sent sent);
    /// Something that the orderer gets to see now and then.
    void misuse_order(const Bytes& envelope);

  private:
    /// What a liar does with a kind of message.
    struct Ways {
        bool withholds_votes = false;
        bool withholds_batches = false;
        bool equivocates = false;
        bool signs_garbage = false;
        bool offers_bad_batches = false;
        bool answers_other_bytes = false;
        bool misuses_order = false;
    };

    void say_vote(Sent sent, const Ways& ways);
    void say_offer(Sent sent, const Ways& ways);
    void equivocate(Sent sent);

    Scheduler& scheduler_;
    std::vector<std::unique_ptr<SimNode>>& nodes_;
    SimNetwork& network_;
    SimOrderer& orderer_;
    const ledger::NetworkId net_;
    std::map<std::size_t, Ways> ways_;
};

}  // namespace bsn::sim
