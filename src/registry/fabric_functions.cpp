// City nodes that offer Hyperledger Fabric, and the channels of apps that are published on them.

#include "registry/node_changes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::registry {
namespace {

/// How many of an app's nodes order by default: with three, one may fail.
constexpr std::size_t k_orderers = 3;
/// The same by BFT, which does not work with fewer.
constexpr std::size_t k_bft_orderers = 4;

/// Refused if another city node of the network has this MSP id: in a channel of both, it could not
/// be told whose word is whose.
Status require_own_msp(const Context& context, const NodeRecord& node, const std::string& msp) {
    BSN_TRY(nodes, all_nodes(context));
    for (const NodeRecord& other : nodes) {
        if (other.id == node.id || !other.is_member()) continue;
        for (const std::string_view release : k_fabric_releases) {
            BSN_TRY(stored, context.get(fabric_key(other.id, release)));
            if (!stored) continue;
            BSN_TRY(organisation, decode_fabric_organisation(*stored));
            if (organisation.msp != msp) continue;
            return refuse(fmt::format("city node {} has the MSP id {} already", other.name, msp));
        }
    }
    return {};
}

/// Those who order if the publisher says nothing: the first ones in the order given.
std::vector<std::string> usual_orderers(const FabricChannel& channel,
                                        const std::vector<std::string>& names) {
    std::vector<std::string> orderers = names;
    if (orderers.empty()) {
        for (const FabricMember& member : channel.members) orderers.push_back(member.name);
        std::sort(orderers.begin(), orderers.end());
    }
    const std::size_t wanted =
        channel.ordering == FabricOrdering::bft ? k_bft_orderers : k_orderers;
    orderers.resize(orderers.size() >= wanted ? wanted : 1);
    return orderers;
}

Status choose_orderers(FabricChannel& channel, const std::vector<std::string>& orderers) {
    for (const std::string& name : orderers) {
        const auto member = std::find_if(channel.members.begin(), channel.members.end(),
                                         [&](const FabricMember& one) { return one.name == name; });
        if (member == channel.members.end()) {
            return refuse(
                fmt::format("fabric: orderer '{}' is none of the app's city nodes", name));
        }
        if (member->orders) return refuse(fmt::format("fabric: orderer '{}' stands twice", name));
        if (member->organisation.orderer.empty()) {
            return refuse(fmt::format("city node {} offers no orderer of Fabric", name));
        }
        member->orders = true;
    }
    return {};
}

}  // namespace

Result<Bytes> announce_fabric(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 1, 1));
    BSN_TRY(node, calling_node(context));
    if (node.state != NodeState::active) {
        return refuse(fmt::format("city node {} is {}, and not active", node.name,
                                  node_state_name(node.state)));
    }
    BSN_TRY(organisation, fabric_organisation_from(arguments[0]));
    BSN_CHECK(require_own_msp(context, node, organisation.msp));
    context.put(fabric_key(node.id, organisation.release), encode(organisation));
    return Bytes{};
}

Result<FabricChannel> settle_fabric(const Context& context, const FabricSpec& spec,
                                    const std::vector<std::string>& names,
                                    const ledger::EpochRecord& epoch) {
    FabricChannel channel;
    channel.batch = spec.batch;
    channel.release = spec.release;
    channel.ordering = spec.ordering;
    for (const ledger::EpochPeer& peer : epoch.peers) {
        BSN_TRY(stored, context.get(fabric_key(peer.node, spec.release)));
        if (!stored) {
            const bool is_first = spec.release == k_fabric_releases.front();
            return refuse(
                fmt::format("city node {} offers no Fabric {}yet; whoever runs it installs it with "
                            "`bsn framework install fabric{}`",
                            peer.name, is_first ? "" : spec.release + " ",
                            is_first ? "" : " --version " + spec.release));
        }
        BSN_TRY(organisation, decode_fabric_organisation(*stored));
        channel.members.push_back({peer.node, peer.name, std::move(organisation), false});
    }
    const std::vector<std::string> orderers =
        spec.orderers.empty() ? usual_orderers(channel, names) : spec.orderers;
    BSN_CHECK(choose_orderers(channel, orderers));
    if (channel.ordering == FabricOrdering::bft && orderers.size() < k_bft_orderers) {
        return refuse(fmt::format(
            "fabric: ordering bft needs at least {} city nodes that order, so that one of them "
            "may be faulty; of this app's {} city nodes {} {}",
            k_bft_orderers, channel.members.size(), orderers.size(),
            orderers.size() == 1 ? "would" : "do"));
    }
    std::sort(channel.members.begin(), channel.members.end(),
              [](const FabricMember& a, const FabricMember& b) {
                  return a.organisation.msp < b.organisation.msp;
              });
    return channel;
}

}  // namespace bsn::registry
