#include "gateway/forwarding/way.hpp"

#include "crypto/hash.hpp"
#include "gateway/forwarding/forwarder.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::gateway {
namespace {

ledger::NodeId own_id(const Backend& backend) {
    const ordering::NodeIdentity* own = backend.identity();
    return own == nullptr ? ledger::NodeId{} : own->id();
}

std::string name_of(const Backend& backend, const ledger::NodeId& node) {
    auto record = backend.node(node);
    return record ? record->name : to_hex(node);
}

/// The place of a node in the order of this one: each node has another order, so that not all ask
/// the same one first, and a node that comes or goes does not change that of the others.
crypto::Hash rank_of(const ledger::NodeId& own, const ledger::NodeId& node,
                     const ledger::ChannelId& channel) {
    Bytes text = to_bytes(own.view());
    text.insert(text.end(), node.view().begin(), node.view().end());
    text.insert(text.end(), channel.view().begin(), channel.view().end());
    return crypto::hash(crypto::HashId::sha256, text);
}

struct Candidate {
    bool far = false;  ///< no connection stands
    crypto::Hash rank;
    ledger::NodeId node;
    auto operator<=>(const Candidate&) const = default;
};

std::vector<ledger::NodeId> nodes_of(Backend& backend, const registry::App& app, bool remembers) {
    const ledger::NodeId own = own_id(backend);
    std::vector<Candidate> candidates;
    for (const ledger::EpochPeer& peer : app.record.epoch.peers) {
        if (peer.node == own) continue;
        auto record = backend.node(peer.node);
        if (record && record->state != registry::NodeState::active) continue;
        const bool far = !remembers && !backend.forwarder()->reaches(peer.node);
        candidates.push_back({far, rank_of(own, peer.node, app.record.channel), peer.node});
    }
    std::sort(candidates.begin(), candidates.end());
    if (remembers && candidates.size() > 1) candidates.resize(1);
    std::vector<ledger::NodeId> nodes;
    for (const Candidate& one : candidates) nodes.push_back(one.node);
    return nodes;
}

/// The custodian of a user's key, if that is another node and the key is not here.
std::optional<ledger::NodeId> custodian_elsewhere(Backend& backend, const registry::App& app,
                                                  const CustodyUser& user) {
    auto custodian = app.custodians.find(user.owner);
    if (custodian == app.custodians.end() || custodian->second == own_id(backend)) {
        return std::nullopt;
    }
    UserKeys* keys = backend.user_keys();
    if (keys != nullptr && keys->find(user)) return std::nullopt;
    return custodian->second;
}

}  // namespace

std::optional<Way> way_of(Backend& backend, const registry::App& app, const Need& need) {
    if (backend.forwarder() == nullptr) return std::nullopt;
    Way way{.writes = need.writes, .timeout_ms = need.timeout_ms};
    if (need.key) {
        if (auto custodian = custodian_elsewhere(backend, app, *need.key)) {
            way.nodes = {*custodian};
            way.why = {Code::unavailable, fmt::format("the keys are in the custody of city node {}",
                                                      name_of(backend, *custodian))};
            return way;
        }
    }
    Status here = backend.serves(app, need.writes);
    if (here || here.error().code == Code::not_found) return std::nullopt;
    way.why = here.error();
    way.here_at_last = backend.chain(app.record.name).ok();
    way.nodes = nodes_of(backend, app, need.remembers || need.key);
    if (way.nodes.empty()) return std::nullopt;
    return way;
}

}  // namespace bsn::gateway
