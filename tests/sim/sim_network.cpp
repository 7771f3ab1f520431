#include "sim/sim_network.hpp"

#include <algorithm>

namespace bsn::sim {

class SimNetwork::Port final : public ordering::PeerNetwork {
  public:
    Port(SimNetwork& network, std::size_t from, LifePtr life)
        : network_(network), from_(from), life_(std::move(life)) {}

    void send(const ledger::NodeId& to, const ledger::ChannelId& channel,
              ordering::Message message) override {
        if (!life_->alive) return;
        auto found = std::find(network_.nodes_.begin(), network_.nodes_.end(), to);
        if (found == network_.nodes_.end()) return;
        auto number = static_cast<std::size_t>(found - network_.nodes_.begin());
        network_.on_send({from_, number, channel, std::move(message)});
    }

  private:
    SimNetwork& network_;
    const std::size_t from_;
    const LifePtr life_;
};

std::unique_ptr<ordering::PeerNetwork> SimNetwork::port_of(std::size_t node, LifePtr life) {
    return std::make_unique<Port>(*this, node, std::move(life));
}

void SimNetwork::carry(Sent sent) {
    Random& random = scheduler_.random();
    if (faults.cut.contains({sent.from, sent.to}) || random.chance(faults.lost_percent)) {
        scheduler_.trace("net: {} -> {} lost: {}", sent.from, sent.to, describe(sent.message));
        return;
    }
    const unsigned copies = random.chance(faults.repeated_percent) ? 2 : 1;
    for (unsigned copy = 0; copy < copies; ++copy) {
        Micros delay = random.between(20, 2'000) + random.below(faults.slow + 1);
        scheduler_.after(delay, life_, [this, sent] { deliver_(sent); });
    }
}

std::string describe(const ordering::Message& message) {
    struct Describe {
        std::string operator()(const ordering::BatchOffer& offer) const {
            return fmt::format("offer of {} bytes", offer.batch->size());
        }
        std::string operator()(const ordering::AvailabilityVote& vote) const {
            return fmt::format("availability {}", vote.refusal.empty() ? "signed" : vote.refusal);
        }
        std::string operator()(const ordering::HeaderVote& vote) const {
            return fmt::format("header {} {:.8}", vote.height, to_hex(vote.header));
        }
        std::string operator()(const ordering::BatchRequest& request) const {
            return fmt::format("request of {:.8}", to_hex(request.digest));
        }
        std::string operator()(const ordering::BatchAnswer& answer) const {
            return fmt::format("batch {:.8}", to_hex(answer.digest));
        }
    };
    return std::visit(Describe{}, message);
}

}  // namespace bsn::sim
