#pragma once
// What a faulty node tells the others in place of the truth: the simulator's liars
// (tests/sim/byzantine) for real processes.

#include "faulty/faults.hpp"
#include "ordering/messages.hpp"
#include "ordering/node_identity.hpp"
#include "ordering/order_rules.hpp"

#include <atomic>

namespace bsn::faulty {

/// Changes some of the messages that a node sends.
class LyingNetwork final : public ordering::PeerNetwork {
  public:
    LyingNetwork(ordering::PeerNetwork& honest, Faults& faults,
                 const ordering::NodeIdentity& identity, const ledger::NetworkId& network)
        : honest_(honest), faults_(faults), identity_(identity), network_(network) {}

    void send(const ledger::NodeId& to, const ledger::ChannelId& channel,
              ordering::Message message) override;

  private:
    /// Each changes a message, or returns false: it is not sent.
    bool change(const ledger::NodeId& to, const ledger::ChannelId& channel,
                ordering::HeaderVote& vote);
    bool change(const ledger::NodeId& to, const ledger::ChannelId& channel,
                ordering::AvailabilityVote& vote);
    bool change(const ledger::NodeId& to, const ledger::ChannelId& channel,
                ordering::BatchOffer& offer);
    bool change(const ledger::NodeId& to, const ledger::ChannelId& channel,
                ordering::BatchAnswer& answer);
    bool change(const ledger::NodeId& to, const ledger::ChannelId& channel,
                ordering::BatchRequest& request);
    void spoil(std::vector<ledger::Signature>& signatures);

    ordering::PeerNetwork& honest_;
    Faults& faults_;
    const ordering::NodeIdentity& identity_;
    const ledger::NetworkId network_;
    std::atomic<std::uint64_t> turn_{0};
    std::atomic<std::uint64_t> offers_{0};
};

/// Lets everything be ordered while the node judges badly.
class LaxRules final : public ordering::OrderRules {
  public:
    LaxRules(ordering::OrderRules& honest, Faults& faults) : honest_(honest), faults_(faults) {}

    Status await_executed(std::uint64_t order_height) override {
        return honest_.await_executed(order_height);
    }
    Status check(const ledger::Envelope& envelope, std::uint64_t order_height) const override;
    ledger::Hash state() const override { return honest_.state(); }
    std::vector<ordering::Validator> validators() const override { return honest_.validators(); }

  private:
    ordering::OrderRules& honest_;
    Faults& faults_;
};

}  // namespace bsn::faulty
