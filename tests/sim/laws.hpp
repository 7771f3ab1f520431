#pragma once
// What must hold, whatever happens: checked while a run goes on, and when it has come to rest.

#include "sim/clients.hpp"

#include <map>
#include <set>

namespace bsn::sim {

class Laws {
  public:
    Laws(Scheduler& scheduler, std::vector<std::unique_ptr<SimNode>>& nodes, SimOrderer& orderer,
         const ledger::Genesis& genesis, Clients& clients);

    // --- while it runs: what a node promises is durable before the promise

    void on_send(const Sent& sent);
    void on_submit(std::size_t node, const Bytes& envelope);
    void on_answer(SimNode& node, Errand& errand, const Result<framework::TransactionView>& answer);
    /// What nodes have executed, the order still has.
    void check_order() const;
    /// Notes which headers a node holds for certified.
    void note_certified(SimNode& node);

    /// Batches that were offered and that no node has executed yet.
    std::set<std::pair<ledger::ChannelId, ledger::Hash>> open_batches() const;
    /// From here on a peer may have signed a block whose batch the others voided.
    void expect_voids() { voids_ = true; }

    // --- at rest: all nodes that should run do, and nothing more happens

    /// Whether all honest nodes' replicas stand at the same certified block.
    bool agree(std::string* why = nullptr) const;
    /// Writes where each replica stands into the trace.
    void describe() const;
    void check_answers() const;
    /// Audits each channel on one node, block by block, and the receipts on all.
    void check_ledgers();

    /// The channels that any honest node runs.
    std::vector<ledger::ChannelId> channels() const;
    /// The honest nodes that are to run a channel now.
    std::vector<SimNode*> nodes_of(const ledger::ChannelId& channel) const;

  private:
    void check_availability_vote(const SimNode& node, const Sent& sent);
    void check_void_vote(const SimNode& node, const ledger::Envelope& envelope) const;
    void check_header_vote(const SimNode& node, const Sent& sent);
    void check_holders(const SimNode& node, const ledger::ChannelId& channel,
                       std::uint64_t height) const;
    void check_errands(const ledger::ChannelId& channel, SimNode& node) const;
    void check_receipts(const ledger::ChannelId& channel, SimNode& node,
                        const std::vector<ledger::TxId>& transactions);
    void check_forgeries(SimNode& node, const Bytes& proof);

    Scheduler& scheduler_;
    std::vector<std::unique_ptr<SimNode>>& nodes_;
    SimOrderer& orderer_;
    const ledger::Genesis& genesis_;
    Clients& clients_;

    using Place = std::pair<ledger::ChannelId, std::uint64_t>;
    std::map<Place, ledger::Hash> certified_;                     ///< by any honest node, ever
    std::map<Place, std::map<std::size_t, ledger::Hash>> votes_;  ///< of honest nodes
    /// Channel and digest by core hash.
    std::map<ledger::Hash, std::pair<ledger::ChannelId, ledger::Hash>> offered_;
    bool voids_ = false;
};

}  // namespace bsn::sim
