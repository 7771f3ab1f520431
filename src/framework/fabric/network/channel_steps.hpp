#pragma once
// The way of an app's channel from its publication until it is open on this node.

#include "framework/fabric/client/fabric_chain.hpp"
#include "framework/fabric/network/channel_plan.hpp"
#include "framework/fabric/network/contract_services.hpp"
#include "framework/fabric/network/orderer_memory.hpp"
#include "framework/fabric/network/peer_administration.hpp"
#include "framework/fabric/network/processes.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace bsn::framework::fabric {

/// What all channels of a node share. All outlive the steps.
struct NodeParts {
    FabricPrograms programs;
    const OwnOrganisation& organisation;
    Processes& processes;
    ContractServices& services;
    const Clock& clock;
};

/// Brings this node's part of a channel to where the permission chain wants it:
///
///     first block made → orderer joined → peer joined → for each contract: served, installed,
///     approved for the own organisation, committed by whoever comes first → open
///
/// Each step asks first whether it is done, so that all of it may be repeated after an end at any
/// place; no node tells another what to do. A contract of another version than the channel's is
/// defined anew with the next sequence number, in the same way. One thread.
class ChannelSteps {
  public:
    ChannelSteps(AppPlan plan, const NodeParts& node);

    /// Takes what steps can be taken now; success once the channel is open. `unavailable`: what is
    /// waited for; call it again in a moment. Other codes: what is wrong, which may pass, too.
    Status advance();
    /// Whether the contracts are others than before; they are then settled by `advance`.
    bool take_contracts(const std::vector<ledger::ContractControl>& contracts);
    /// How a client of this node's organisation reads and writes the channel: the own peer first.
    /// Once it is open.
    Result<FabricChainOptions> chain_options() const;
    /// What it is about.
    const AppPlan& plan() const { return plan_; }
    /// The step that is not done yet, in words; empty once the channel is open.
    const std::string& step() const { return step_; }

  private:
    Status find_own();
    Status make_block();
    Status join_orderer();
    /// That the orderer, whose data is gone, may join once more.
    Status may_rejoin();
    Status join_peer();
    Status connect();
    Status settle(const ledger::ContractControl& contract);
    /// Approves for this organisation, then commits once a majority has.
    Status agree(const ContractDefinition& definition, const std::string& package_id,
                 const PeerAdministration::Approvals& approvals, bool committed);
    Status commit_in_turn(const ContractDefinition& definition);
    Result<Endpoint> endpoint_of(const std::string& name, const std::string& address,
                                 const registry::FabricOrganisation& organisation) const;
    std::size_t majority() const { return plan_.channel.channel.members.size() / 2 + 1; }

    AppPlan plan_;
    const NodeParts node_;
    std::size_t own_ = 0;  ///< this node's place among the members
    bool found_ = false;
    std::string block_;
    bool orderer_joined_ = false;
    std::optional<Rejoining> rejoining_;
    bool peer_joined_ = false;
    std::unique_ptr<PeerAdministration> peer_;
    std::unique_ptr<OrderingClient> orderers_;
    std::size_t settled_ = 0;                   ///< contracts
    std::optional<std::uint64_t> ready_since_;  ///< monotonic milliseconds
    std::string step_ = "begins";
};

}  // namespace bsn::framework::fabric
