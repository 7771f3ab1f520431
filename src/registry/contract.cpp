#include "registry/contract.hpp"

#include "registry/functions.hpp"

#include <fmt/format.h>

#include <array>

namespace bsn::registry {
namespace {

using contract::Function;
using contract::FunctionKind;

constexpr std::array k_functions{
    Function{"register", FunctionKind::write, register_participant,
             "NAME: sets the caller's display name"},
    Function{"set_publisher", FunctionKind::write, set_publisher,
             "PARTICIPANT yes|no: lets somebody publish apps (operators)"},
    Function{"publish_app", FunctionKind::write, publish_app,
             "SPEC: publishes an app; answers its channel id"},
    Function{"upgrade_contract", FunctionKind::write, upgrade_contract,
             "APP CONTRACT TYPE VERSION: a new version, or a further contract"},
    Function{"set_role", FunctionKind::write, set_role, "APP ROLE: adds or changes a role"},
    Function{"set_nodes", FunctionKind::write, set_nodes,
             "APP NODE…: the city nodes that the app runs on from now on"},
    Function{"set_gateway", FunctionKind::write, set_gateway,
             "APP GATEWAY: how city nodes' gateways serve the app"},
    Function{"suspend_app", FunctionKind::write, suspend_app,
             "APP [REASON]: the app takes no writes until it is resumed"},
    Function{"resume_app", FunctionKind::write, resume_app, "APP: the app takes writes again"},
    Function{"invite", FunctionKind::write, invite,
             "APP PARTICIPANT ROLES: who joins then needs no approval"},
    Function{"join_app", FunctionKind::write, join_app,
             "APP ROLES: asks to join, or accepts an invitation"},
    Function{"approve", FunctionKind::write, approve,
             "APP PARTICIPANT [ROLES]: approves a request, or sets a member's roles"},
    Function{"remove_member", FunctionKind::write, remove_member,
             "APP PARTICIPANT: takes a member's roles away"},
    Function{"set_custodian", FunctionKind::write, set_custodian,
             "APP NODE|none: the city node that keeps the keys of the caller's users"},
    Function{"add_user", FunctionKind::write, add_user,
             "APP SPONSOR NAME SUITE KEY PROOF: a user with the sponsor's roles (the sponsor, or "
             "its custodian)"},
    Function{"remove_user", FunctionKind::write, remove_user,
             "APP NAME [SPONSOR]: ends a user of the caller's, or of the sponsor whose custodian "
             "calls"},
    Function{"record_usage", FunctionKind::write, record_usage,
             "DAY USAGE: what the calling node did for apps that day"},
    Function{"usage", FunctionKind::read, usage,
             "APP DAY: what the city nodes did for an app that day, as JSON"},
    Function{"announce_fabric", FunctionKind::write, announce_fabric,
             "ORGANISATION: what the calling node offers of Hyperledger Fabric"},
    Function{"rotate_key", FunctionKind::write, rotate_key,
             "SUITE KEY PROOF: the caller's new key"},
    Function{"recover_key", FunctionKind::write, recover_key,
             "PARTICIPANT SUITE KEY PROOF: a new key in place of a lost one (operators)"},
    Function{"revoke_participant", FunctionKind::write, revoke_participant,
             "PARTICIPANT: takes all rights away (operators)"},
    Function{"revoke_node", FunctionKind::write, revoke_node,
             "NODE: its signatures count no longer (operators)"},
    Function{"add_node", FunctionKind::write, add_node,
             "REQUEST: lets a city node into the network (operators)"},
    Function{"rotate_node", FunctionKind::write, rotate_node,
             "REQUEST: new keys for a city node (operators)"},
    Function{"activate_node", FunctionKind::write, activate_node,
             "the calling node, let in before, has caught up"},
    Function{"leave_node", FunctionKind::write, leave_node, "the calling node leaves"},
};

class RegistryContract final : public contract::Contract {
  public:
    std::string_view type() const override { return k_contract; }
    std::uint32_t version() const override { return 1; }
    std::span<const Function> functions() const override { return k_functions; }
};

class SystemAdmission final : public peer::Admission {
  public:
    Status authorize(const ledger::Transaction& transaction,
                     const ledger::StateReader& state) const override {
        const ledger::ParticipantId& creator = transaction.payload().creator;
        BSN_TRY(stored, state.get(k_contract, participant_key(creator)));
        if (!stored) {
            if (creator == ledger::participant_id_of(transaction.signer())) return {};
            return Error{Code::unauthenticated,
                         fmt::format("participant {} is not known, and is not the hash of the "
                                     "signing key",
                                     to_hex(creator))};
        }
        BSN_TRY(participant, decode_participant(*stored));
        if (participant.record.revoked) {
            return Error{Code::forbidden,
                         fmt::format("participant {} is revoked", to_hex(creator))};
        }
        if (participant.record.key != transaction.signer()) {
            return Error{Code::unauthenticated,
                         fmt::format("the signing key is not the current key of participant {}",
                                     to_hex(creator))};
        }
        return {};
    }
};

}  // namespace

std::unique_ptr<contract::Contract> make_registry_contract() {
    return std::make_unique<RegistryContract>();
}

std::unique_ptr<peer::Admission> make_system_admission() {
    return std::make_unique<SystemAdmission>();
}

void write_genesis(ledger::StateOverlay& state, const ledger::Genesis& genesis) {
    Settings settings{genesis.approvals, {}};
    for (const ledger::GenesisOperator& one : genesis.operators) {
        settings.operators.push_back(one.id());
        ParticipantRecord participant{one.id(), one.key, one.name, false};
        state.put(k_contract, participant_key(one.id()), encode(participant, true));
    }
    state.put(k_contract, settings_key(), encode(settings));
    state.put(k_contract, authority_key(), to_bytes(genesis.authority));
    for (const ledger::GenesisNode& node : genesis.nodes) {
        NodeRecord record{node.id(),
                          node.name,
                          node.city,
                          node.operator_name,
                          {node.secp256r1, node.secp256k1, node.sm2},
                          node.certificate,
                          0,
                          NodeState::active,
                          node.validator};
        state.put(k_contract, node_key(record.id), encode(record));
    }
    state.put(k_contract, system_epoch_key(), genesis.system_epoch().encode());
}

std::vector<ledger::ControlRecord> genesis_controls(const ledger::Genesis& genesis) {
    ledger::AppControl app;
    app.name = "system";
    app.suite = crypto::SuiteId::secp256r1;
    app.state_type = ledger::StateCommitmentType::merkle_map;
    app.publisher = genesis.operators.front().id();
    return {app, ledger::EpochControl{genesis.system_epoch()},
            ledger::ContractControl{std::string(k_contract), std::string(k_contract), 1},
            ledger::StateControl{}};
}

}  // namespace bsn::registry
