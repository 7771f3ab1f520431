#include "framework/fabric/network/channel_steps.hpp"

#include "framework/fabric/client/block_stream.hpp"
#include "framework/fabric/network/channel_configuration.hpp"
#include "framework/fabric/network/orderer_administration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bsn::framework::fabric {
namespace {

using registry::FabricMember;
using registry::FabricOrganisation;

/// Organisations commit in turn, so that most often one does it alone.
constexpr std::uint64_t k_turn_ms = 1'000;
/// Others are asked one after the other.
constexpr std::chrono::milliseconds k_orderer_patience{2'000};

Error waiting(std::string what) { return {Code::unavailable, std::move(what)}; }

std::size_t approved_by(const PeerAdministration::Approvals& approvals) {
    return static_cast<std::size_t>(std::count_if(approvals.begin(), approvals.end(),
                                                  [](const auto& one) { return one.second; }));
}

bool has(const PeerAdministration::Approvals& approvals, const std::string& msp) {
    const auto found = approvals.find(msp);
    return found != approvals.end() && found->second;
}

/// Whether a version on the channel, a number as we write them, is above one of ours.
bool is_later(const std::string& version, std::uint32_t ours) {
    std::uint32_t number = 0;
    const char* end = version.data() + version.size();
    const auto [read, failure] = std::from_chars(version.data(), end, number);
    return failure == std::errc{} && read == end && number > ours;
}

}  // namespace

ChannelSteps::ChannelSteps(AppPlan plan, const NodeParts& node)
    : plan_(std::move(plan)), node_(node) {}

bool ChannelSteps::take_contracts(const std::vector<ledger::ContractControl>& contracts) {
    if (contracts == plan_.contracts) return false;
    plan_.contracts = contracts;
    settled_ = 0;
    ready_since_.reset();
    step_ = "takes up the app's new contracts";
    return true;
}

Status ChannelSteps::advance() {
    BSN_CHECK(find_own());
    BSN_CHECK(make_block());
    BSN_CHECK(join_orderer());
    BSN_CHECK(join_peer());
    BSN_CHECK(connect());
    for (; settled_ < plan_.contracts.size(); ++settled_) {
        BSN_CHECK(settle(plan_.contracts[settled_]));
        ready_since_.reset();
    }
    orderers_.reset();
    step_.clear();
    return {};
}

Result<FabricChainOptions> ChannelSteps::chain_options() const {
    FabricChainOptions options;
    options.channel = plan_.channel.name;
    options.configuration = to_bytes(block_);
    BSN_TRY(reader, node_.organisation.admin());
    options.reader = std::move(reader);
    for (const FabricMember& member : plan_.channel.channel.members) {
        const FabricOrganisation& organisation = member.organisation;
        BSN_TRY(peer, endpoint_of(member.name, organisation.peer, organisation));
        const bool own = organisation.msp == node_.organisation.msp();
        options.peers.insert(own ? options.peers.begin() : options.peers.end(), std::move(peer));
        if (!member.orders) continue;
        BSN_TRY(orderer, endpoint_of(member.name, organisation.orderer, organisation));
        options.orderers.push_back(std::move(orderer));
    }
    return options;
}

Status ChannelSteps::find_own() {
    if (found_) return {};
    const auto& members = plan_.channel.channel.members;
    const auto own = std::find_if(members.begin(), members.end(), [&](const FabricMember& one) {
        return one.organisation.msp == node_.organisation.msp();
    });
    if (own == members.end()) {
        return Error{Code::not_found,
                     fmt::format("the channel has no organisation {}: the folder of this node's "
                                 "Fabric is not the one that the app was published with",
                                 node_.organisation.msp())};
    }
    own_ = static_cast<std::size_t>(own - members.begin());
    if (own->organisation.authority != node_.organisation.authority()) {
        return Error{Code::corrupted,
                     fmt::format("the certificate authority of {} is not the one that the app was "
                                 "published with; restore the folder of this node's Fabric",
                                 node_.organisation.msp())};
    }
    found_ = true;
    return {};
}

Status ChannelSteps::make_block() {
    if (!block_.empty()) return {};
    step_ = "makes the channel's first block";
    BSN_TRY(block, genesis_block(plan_.channel));
    block_ = in_order(block);
    return {};
}

Status ChannelSteps::join_orderer() {
    const FabricMember& own = plan_.channel.channel.members[own_];
    if (orderer_joined_ || !own.orders) return {};
    step_ = "its orderer joins";
    BSN_CHECK(node_.processes.start_orderer(node_.programs));
    BSN_CHECK(node_.processes.check_orderer());
    BSN_TRY(tls, node_.organisation.client_tls(node_.organisation.tls_authority()));
    const OrdererAdministration orderer(node_.processes.orderer().administration, std::move(tls));
    const OrdererMemory memory(node_.processes.orderer().data);
    BSN_TRY(joined, orderer.has_joined(plan_.channel.name));
    if (!joined) {
        if (memory.has_joined(plan_.channel.name)) BSN_CHECK(may_rejoin());
        BSN_CHECK(orderer.join(plan_.channel.name, block_));
    }
    BSN_CHECK(memory.remember(plan_.channel.name));
    orderer_joined_ = true;
    return {};
}

Status ChannelSteps::may_rejoin() {
    step_ = "its orderer joins again";
    const auto& members = plan_.channel.channel.members;
    if (!rejoining_) {
        rejoining_.emplace(
            static_cast<std::size_t>(std::count_if(
                members.begin(), members.end(), [](const auto& member) { return member.orders; })),
            plan_.channel.channel.ordering == registry::FabricOrdering::bft);
    }
    BSN_TRY(admin, node_.organisation.admin());
    std::vector<std::uint64_t> others;
    for (const FabricMember& member : members) {
        if (!member.orders || member.organisation.msp == node_.organisation.msp()) continue;
        BSN_TRY(orderer,
                endpoint_of(member.name, member.organisation.orderer, member.organisation));
        const auto newest = fetch_block({std::move(orderer), true}, plan_.channel.name,
                                        std::nullopt, admin, k_orderer_patience);
        if (newest) others.push_back(newest->header().number());
    }
    Status may = rejoining_->check(others);
    if (may) return {};
    return may.error().within(node_.processes.orderer().data.string());
}

Status ChannelSteps::join_peer() {
    if (peer_joined_) return {};
    step_ = "its peer joins";
    BSN_CHECK(node_.processes.start_peer(node_.programs));
    BSN_CHECK(node_.processes.check_peer());
    BSN_CHECK(connect());
    BSN_TRY(joined, peer_->has_joined(plan_.channel.name));
    if (!joined) BSN_CHECK(peer_->join(block_));
    peer_joined_ = true;
    return {};
}

Result<Endpoint> ChannelSteps::endpoint_of(const std::string& name, const std::string& address,
                                           const FabricOrganisation& organisation) const {
    BSN_TRY(tls, node_.organisation.client_tls(organisation.tls_authority));
    return Endpoint{name, address, std::move(tls), organisation.msp};
}

Status ChannelSteps::connect() {
    if (peer_ && orderers_) return {};
    std::vector<Endpoint> orderers;
    for (const FabricMember& member : plan_.channel.channel.members) {
        if (!member.orders) continue;
        BSN_TRY(orderer,
                endpoint_of(member.name, member.organisation.orderer, member.organisation));
        orderers.push_back(std::move(orderer));
    }
    BSN_TRY(own, endpoint_of("the own peer", node_.processes.peer().address(),
                             plan_.channel.channel.members[own_].organisation));
    BSN_TRY(admin, node_.organisation.admin());
    peer_ = std::make_unique<PeerAdministration>(std::move(own), std::move(admin));
    orderers_ = std::make_unique<OrderingClient>(std::move(orderers));
    return {};
}

Status ChannelSteps::settle(const ledger::ContractControl& contract) {
    const std::string& channel = plan_.channel.name;
    step_ = fmt::format("prepares contract {} version {}", contract.name, contract.version);
    BSN_TRY(package, node_.services.serve(channel, contract));
    step_ = fmt::format("installs contract {} version {}", contract.name, contract.version);
    BSN_TRY(installed, peer_->has_installed(package.id));
    if (!installed) BSN_CHECK(peer_->install(package));

    step_ = fmt::format("approves contract {} version {}", contract.name, contract.version);
    ContractDefinition wanted{contract.name, std::to_string(contract.version), 1};
    BSN_TRY(current, peer_->committed(channel, contract.name));
    if (current && current->definition.version == wanted.version) {
        return agree(current->definition, package.id, current->approvals, true);
    }
    if (current) {
        // Versions only grow: what is later than this node's word comes from those who know more.
        if (is_later(current->definition.version, contract.version)) {
            return waiting(fmt::format("the channel has version {} of contract {} already",
                                       current->definition.version, contract.name));
        }
        wanted.sequence = current->definition.sequence + 1;
    }
    BSN_TRY(approvals, peer_->approvals(channel, wanted));
    return agree(wanted, package.id, approvals, false);
}

Status ChannelSteps::agree(const ContractDefinition& definition, const std::string& package_id,
                           const PeerAdministration::Approvals& approvals, bool committed) {
    if (!has(approvals, node_.organisation.msp())) {
        BSN_CHECK(peer_->approve(plan_.channel.name, definition, package_id, *orderers_));
        return waiting(fmt::format("the approval of contract {} is on its way", definition.name));
    }
    if (committed) return {};

    const std::size_t count = approved_by(approvals);
    step_ = fmt::format("waits until a majority of organisations has approved contract {}",
                        definition.name);
    if (count < majority()) {
        return waiting(fmt::format("{} of {} organisations have approved contract {}", count,
                                   plan_.channel.channel.members.size(), definition.name));
    }
    step_ = fmt::format("commits contract {}", definition.name);
    return commit_in_turn(definition);
}

Status ChannelSteps::commit_in_turn(const ContractDefinition& definition) {
    const std::uint64_t now = node_.clock.monotonic();
    if (!ready_since_) ready_since_ = now;
    const Error on_its_way = waiting(
        fmt::format("contract {} is committed by one of the organisations", definition.name));
    if (now < *ready_since_ + own_ * k_turn_ms) return on_its_way;
    std::vector<Endpoint> others;
    for (const FabricMember& member : plan_.channel.channel.members) {
        if (member.organisation.msp == node_.organisation.msp()) continue;
        BSN_TRY(peer, endpoint_of(member.name, member.organisation.peer, member.organisation));
        others.push_back(std::move(peer));
    }
    BSN_CHECK(peer_->commit(plan_.channel.name, definition, others, majority() - 1, *orderers_));
    return on_its_way;
}

}  // namespace bsn::framework::fabric
