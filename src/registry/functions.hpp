#pragma once
// What the functions of the registry contract share. Inside the module only.

#include "contract/contract.hpp"
#include "registry/records.hpp"

#include <functional>
#include <string>
#include <vector>

namespace bsn::registry {

using contract::Context;
using contract::refuse;

/// The arguments as texts; refused unless their number lies in the bounds.
Result<std::vector<std::string>> text_arguments(const Context& context, std::size_t least,
                                                std::size_t most);

/// The caller, registered now if the chain does not know them.
Result<StoredParticipant> caller(Context& context);
Result<StoredParticipant> find_participant(const Context& context, const std::string& hex);
void put_participant(Context& context, const StoredParticipant& participant);

Result<Settings> settings(const Context& context);
/// Refused unless the caller is an operator of the network.
Status require_operator(const Context& context);
Result<bool> is_operator(const Context& context);

Result<AppRecord> find_app(const Context& context, const std::string& name);
/// The app, if the caller is its publisher.
Result<AppRecord> own_app(const Context& context, const std::string& name);
void put_app(Context& context, const AppRecord& app);

Result<std::optional<MemberRecord>> find_member(const Context& context, const AppRecord& app,
                                                const ledger::ParticipantId& participant);
/// Writes the member, and tells the app's channel if that changes what they may do.
Status put_member(Context& context, const AppRecord& app, const MemberRecord& member);

/// Refused unless the participant's key is of the app's suite.
Status require_suite(const AppRecord& app, const ParticipantRecord& participant);
/// Refused for somebody's user: what they may is their sponsor's and the app's.
Status refuse_user(const StoredParticipant& participant, std::string_view why);
/// After a change of a member: their users get the same roles, or go as they went.
Status follow_sponsor(Context& context, const AppRecord& app, const MemberRecord& sponsor);
/// Takes the name of a user away who is no member any more.
Status forget_user(Context& context, const ParticipantRecord& user);
/// The new key of a change, if the key has signed `statement_of(key)`.
Result<crypto::PublicKey> proven_key(
    const std::string& suite, const std::string& key_hex, const std::string& proof_hex,
    const std::function<Bytes(const crypto::PublicKey&)>& statement_of);
/// A node's new id takes the place of the old one as custodian.
Status move_custody(Context& context, const ledger::NodeId& from, const ledger::NodeId& to);

/// Role names separated by commas, each one of the app's.
Result<std::vector<std::string>> parse_roles(const AppRecord& app, const std::string& text);

/// Notes that the calling operator agrees to this change (function and arguments); true once as
/// many do as the genesis asks for.
Result<bool> enough_agree(Context& context);
inline constexpr std::string_view k_agreed = "agreed; further operators have to";

Result<std::vector<NodeRecord>> all_nodes(const Context& context);
Result<std::vector<AppRecord>> all_apps(const Context& context);

// The functions, by file.
Result<Bytes> publish_app(Context& context);
Result<Bytes> upgrade_contract(Context& context);
Result<Bytes> set_role(Context& context);
Result<Bytes> set_nodes(Context& context);
Result<Bytes> set_gateway(Context& context);
Result<Bytes> suspend_app(Context& context);
Result<Bytes> resume_app(Context& context);

Result<Bytes> invite(Context& context);
Result<Bytes> join_app(Context& context);
Result<Bytes> approve(Context& context);
Result<Bytes> remove_member(Context& context);

Result<Bytes> set_custodian(Context& context);
Result<Bytes> add_user(Context& context);
Result<Bytes> remove_user(Context& context);

Result<Bytes> record_usage(Context& context);
Result<Bytes> usage(Context& context);

Result<Bytes> announce_fabric(Context& context);
/// The channel of an app that is published on these nodes, each of which must have announced an
/// organisation. `names`: the nodes as the publisher named them; the first ones order by default.
Result<FabricChannel> settle_fabric(const Context& context, const FabricSpec& spec,
                                    const std::vector<std::string>& names,
                                    const ledger::EpochRecord& epoch);

Result<Bytes> register_participant(Context& context);
Result<Bytes> set_publisher(Context& context);
Result<Bytes> rotate_key(Context& context);
Result<Bytes> recover_key(Context& context);
Result<Bytes> revoke_participant(Context& context);

Result<Bytes> revoke_node(Context& context);
Result<Bytes> add_node(Context& context);
Result<Bytes> rotate_node(Context& context);
Result<Bytes> activate_node(Context& context);
Result<Bytes> leave_node(Context& context);

}  // namespace bsn::registry
