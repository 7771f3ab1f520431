#include "node/in_process_network.hpp"

#include "node/city_node.hpp"

namespace bsn::node {

/// Says truly who sends, since each node has only its own.
class InProcessNetwork::Port final : public ordering::PeerNetwork {
  public:
    Port(InProcessNetwork& network, const ledger::NodeId& from) : network_(network), from_(from) {}

    void send(const ledger::NodeId& to, const ledger::ChannelId& channel,
              ordering::Message message) override {
        auto found = network_.nodes_.find(to);
        if (found == network_.nodes_.end()) return;
        network_.pool_.post(
            [node = found->second, from = from_, channel, message = std::move(message)]() mutable {
                node->receive(from, channel, std::move(message));
            });
    }

  private:
    InProcessNetwork& network_;
    const ledger::NodeId from_;
};

bool InProcessNetwork::Gateways::reaches(const ledger::NodeId& node) const {
    return network_.nodes_.contains(node);
}

void InProcessNetwork::Gateways::forward(const ledger::NodeId& node,
                                         std::shared_ptr<const gateway::Request> request,
                                         std::uint64_t, Done done) {
    auto found = network_.nodes_.find(node);
    if (found == network_.nodes_.end()) {
        return done({Error{Code::unavailable, "it is not of this process"}, false});
    }
    found->second->answer_forwarded(*request,
                                    [done = std::move(done)](const gateway::MakeResponse& make) {
                                        done({make(), true});
                                    });
}

void InProcessNetwork::add(CityNode& node) { nodes_[node.id()] = &node; }

ordering::PeerNetwork& InProcessNetwork::port_of(const ledger::NodeId& from) {
    auto& port = ports_[from];
    if (!port) port = std::make_unique<Port>(*this, from);
    return *port;
}

}  // namespace bsn::node
