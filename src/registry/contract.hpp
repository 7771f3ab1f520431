#pragma once
// The permission chain's contract: city nodes, apps, participants, roles. Its functions are listed
// in `docs/registry.md`.

#include "contract/contract.hpp"
#include "ledger/genesis.hpp"
#include "peer/channel_rules.hpp"

#include <memory>

namespace bsn::registry {

/// The contract.
std::unique_ptr<contract::Contract> make_registry_contract();

/// Writes the genesis into the state of the system channel's first block.
void write_genesis(ledger::StateOverlay& state, const ledger::Genesis& genesis);

/// The control records of the system channel's first block.
std::vector<ledger::ControlRecord> genesis_controls(const ledger::Genesis& genesis);

/// Who may have a transaction of the system channel executed: a participant with the key that the
/// chain knows, or somebody new whose id is the hash of the signing key.
std::unique_ptr<peer::Admission> make_system_admission();

/// What a new key signs to show that its owner asks for it: purpose `request`, the system channel,
/// epoch 0, and text "rotate_key", participant, u8 suite, 33 bytes key.
Bytes key_change_statement(const ledger::NetworkId& network,
                           const ledger::ParticipantId& participant,
                           const crypto::PublicKey& new_key);

/// What a user's key signs to show that its owner becomes this user: purpose `request`, the system
/// channel, epoch 0, and text "add_user", app channel, sponsor, text name, u8 suite, 33 bytes key.
Bytes user_statement(const ledger::NetworkId& network, const ledger::ChannelId& app,
                     const ledger::ParticipantId& sponsor, std::string_view name,
                     const crypto::PublicKey& key);

/// The common name of certificates of a user, and of requests for them: `NAME@APP`.
std::string user_certificate_name(std::string_view name, std::string_view app);

}  // namespace bsn::registry
