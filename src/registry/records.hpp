#pragma once
// The records of the permission chain's state, and where they lie in it.

#include "ledger/world_state.hpp"
#include "registry/view.hpp"

#include <string_view>

namespace bsn::registry {

/// The contract name of the permission chain.
inline constexpr std::string_view k_contract = "registry";
/// Of an Ed25519 public key.
inline constexpr std::size_t k_validator_key_bytes = 32;

Bytes encode(const NodeRecord& record);
Bytes encode(const ParticipantRecord& record, bool may_publish);
Bytes encode(const MemberRecord& record);
Bytes encode(const AppRecord& record);
Bytes encode(const UsageRecord& record);

/// A participant with what only the contract needs to know.
struct StoredParticipant {
    ParticipantRecord record;
    bool may_publish = false;
};

Result<NodeRecord> decode_node(ByteView bytes);
Result<StoredParticipant> decode_participant(ByteView bytes);
Result<MemberRecord> decode_member(ByteView bytes);
Result<AppRecord> decode_app(ByteView bytes);
Result<UsageRecord> decode_usage(ByteView bytes);

Bytes node_key(const ledger::NodeId& id);
Bytes participant_key(const ledger::ParticipantId& id);
Bytes app_key(std::string_view name);
/// Of a member; with no participant, the prefix of all members of an app.
Bytes member_key(const ledger::ChannelId& channel, const ledger::ParticipantId* participant);
/// Of the list of apps that a participant is a member of.
Bytes membership_key(const ledger::ParticipantId& participant, std::string_view app);
/// Of a member's user, which holds the user's participant id; with no name, the prefix of all users
/// of the member.
Bytes user_key(const ledger::ChannelId& channel, const ledger::ParticipantId& sponsor,
               std::string_view name);
/// Of the city node that keeps the keys of a member's users; it holds the node's id.
Bytes custodian_key(const ledger::ChannelId& channel, const ledger::ParticipantId& member);
/// Of what a node did for an app on a day (`YYYY-MM-DD`); with no node, the prefix of all nodes.
Bytes usage_key(const ledger::ChannelId& channel, std::string_view day, const ledger::NodeId* node);
/// Of the organisation of Fabric that a node announced for a line of releases.
Bytes fabric_key(const ledger::NodeId& node, std::string_view release);
/// Of the operators who agreed to a change, by the hash of its function and arguments.
Bytes approval_key(const ledger::Hash& change);
inline constexpr char k_node_tag = 'n';
inline constexpr char k_participant_tag = 'p';
inline constexpr char k_app_tag = 'a';
inline constexpr char k_member_tag = 'm';
inline constexpr char k_user_tag = 'u';
inline constexpr char k_custodian_tag = 'k';
inline constexpr char k_usage_tag = 'd';
inline constexpr char k_fabric_tag = 'f';
/// Where the network's own settings lie: operators and how many must agree.
Bytes settings_key();
/// Where the certificate (PEM) of the network's certificate authority lies.
Bytes authority_key();
/// Where the system channel's current epoch lies.
Bytes system_epoch_key();

struct Settings {
    std::uint16_t approvals = 1;
    std::vector<ledger::ParticipantId> operators;
};
Bytes encode(const Settings& settings);
Result<Settings> decode_settings(ByteView bytes);

}  // namespace bsn::registry
