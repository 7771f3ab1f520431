#include "node/following_engine.hpp"

#include "node/cometbft_home.hpp"

namespace bsn::node {

FollowingEngine::FollowingEngine(EngineSurroundings surroundings)
    : surroundings_(std::move(surroundings)),
      neighbours_(Neighbours::of(surroundings_.settings.others)),
      source_({surroundings_.own, surroundings_.tls, [this] { return servers(); }}) {}

std::vector<OrderServer> FollowingEngine::servers() const {
    std::vector<OrderServer> servers;
    std::lock_guard lock(mutex_);
    for (const auto& [node, address] : neighbours_.peers) {
        if (!neighbours_.ordering.contains(node)) continue;
        auto name = neighbours_.names.find(node);
        servers.push_back(
            {node, name == neighbours_.names.end() ? to_hex(node) : name->second, address});
    }
    return servers;
}

void FollowingEngine::set_neighbours(const Neighbours& neighbours) {
    std::lock_guard lock(mutex_);
    neighbours_ = neighbours;
}

Status FollowingEngine::open() {
    const ledger::Genesis& genesis = surroundings_.genesis;
    if (servers().empty()) {
        return Error{Code::invalid_argument,
                     "this city node follows (`ordering: follow: true`), but none of its `nodes` "
                     "has an `ordering` address, where a CometBFT runs; add the validators'"};
    }
    BSN_TRY(log, open_order_log(surroundings_));
    orderer_ = std::make_unique<ordering::FollowingOrderer>(
        ordering::AgreedOrigin{genesis.orderer, genesis.network(), genesis_validators(genesis)},
        std::move(log), surroundings_.rules, source_, surroundings_.clock);
    return {};
}

void FollowingEngine::stop() {
    if (orderer_) orderer_->stop();
}

void FollowingEngine::complete(gateway::OrderingStatus& status) const {
    status.follows = true;
    status.followed = source_.followed();
    status.behind = orderer_->behind();
}

}  // namespace bsn::node
