#pragma once
// What the permission chain says, typed and in memory, kept current on each node.

#include "ledger/control.hpp"
#include "ledger/genesis.hpp"
#include "ledger/world_state.hpp"
#include "registry/fabric_channel.hpp"
#include "registry/fabric_network.hpp"
#include "registry/outside_network.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

namespace bsn::registry {

/// What has become of a city node.
enum class NodeState : std::uint8_t {
    admitted = 1,  ///< the operators let it in: it catches up, and then becomes active by itself
    active = 2,    ///< a peer of the permission chain; may carry apps
    left = 3,      ///< it left, or has other keys now; what it signed before stays valid
    revoked = 4,   ///< its signatures count no longer
};
std::string_view node_state_name(NodeState state);

/// A city node.
struct NodeRecord {
    ledger::NodeId id;
    std::string name;
    std::string city;
    std::string operator_name;
    std::vector<crypto::PublicKeyBytes> keys;  ///< secp256r1, secp256k1, sm2
    std::string certificate;                   ///< PEM
    /// The first ordering height at which it does not count; 0: it counts.
    std::uint64_t revoked_from = 0;
    NodeState state = NodeState::active;
    /// Ed25519 public key, 32 bytes, of a validator of the ordering service; empty: it is none.
    Bytes validator = {};
    /// host:port at which other nodes connect; empty: as their `node.yaml` says.
    std::string peers = {};
    /// `ID@host:port` of its CometBFT; empty: it runs none, or as others' `node.yaml` says.
    std::string ordering = {};
    /// The first ordering height at which it is none of the network's; 0: it has not left.
    std::uint64_t left_from = 0;
    /// The node whose place it took with new keys; zero: none.
    ledger::NodeId predecessor = {};

    /// Whether other nodes talk to it.
    bool is_member() const { return state == NodeState::admitted || state == NodeState::active; }
};

/// The member of an app for whom a user was added.
struct Sponsorship {
    ledger::ParticipantId sponsor;
    ledger::ChannelId channel;  ///< of the app
    friend bool operator==(const Sponsorship&, const Sponsorship&) = default;
};

/// Someone with a key.
struct ParticipantRecord {
    ledger::ParticipantId id;
    crypto::PublicKey key;  ///< the one that counts now
    std::string name;       ///< as they call themselves, a user as the sponsor does; may be empty
    bool revoked = false;
    /// Of somebody who is, or was, a member's user, and is in no other app.
    std::optional<Sponsorship> sponsorship = {};
};

enum class MembershipState : std::uint8_t { invited = 1, requested = 2, approved = 3, removed = 4 };
std::string_view membership_state_name(MembershipState state);

/// A participant's part in an app.
struct MemberRecord {
    ledger::ParticipantId participant;
    MembershipState state = MembershipState::requested;
    std::vector<std::string> roles;
};

/// Where the transaction keys of an app's users are.
enum class KeyMode : std::uint8_t {
    trust = 1,   ///< with a member's custodian, a city node that signs for them
    upload = 2,  ///< with the users themselves, who hand in signed transactions
};
std::string_view key_mode_name(KeyMode mode);

/// What a city node's gateway lets an app use; what is left out has no limit.
struct GatewayLimits {
    std::optional<std::uint64_t> transactions_per_second = {};
    std::optional<std::uint64_t> traffic_bytes_per_day = {};
    std::optional<std::uint64_t> storage_bytes = {};
    friend bool operator==(const GatewayLimits&, const GatewayLimits&) = default;
};

/// How gateways serve an app.
struct GatewaySettings {
    bool published = false;  ///< whether the published protocol reaches it
    KeyMode keys = KeyMode::trust;
    GatewayLimits limits;
    friend bool operator==(const GatewaySettings&, const GatewaySettings&) = default;
};

/// What one city node's gateway did for one app on one day.
struct UsageRecord {
    ledger::NodeId node;
    std::uint64_t transactions = 0;   ///< taken
    std::uint64_t refused = 0;        ///< for the app's limits
    std::uint64_t traffic_bytes = 0;  ///< of requests and answers
    std::uint64_t storage_bytes = 0;  ///< that the app's data took at the end
    friend bool operator==(const UsageRecord&, const UsageRecord&) = default;
};

/// An app as published, and as changed since.
struct AppRecord {
    ledger::ChannelId channel;
    ledger::TxId creation;  ///< the transaction that published it
    std::string name;
    std::string description;
    std::string framework;  ///< `ledger`, …
    crypto::SuiteId suite = crypto::SuiteId::secp256r1;
    ledger::ParticipantId publisher;
    bool open_to_join = true;  ///< anyone may ask to join; otherwise by invitation only
    ledger::AppState state = ledger::AppState::active;
    std::string reason;  ///< of a suspension
    ledger::EpochRecord epoch;
    std::vector<ledger::ContractControl> contracts;
    std::vector<ledger::RoleControl> roles;
    UnixMillis created = 0;
    ledger::StateCommitmentType state_type = ledger::StateCommitmentType::multiset_hash;
    std::optional<ledger::DialectSettings> dialect;  ///< apps of `ethereum` and `fisco`
    GatewaySettings gateway;
    std::optional<OutsideNetwork> network;  ///< apps whose chain is on a network outside
    std::optional<FabricChannel> fabric;    ///< apps whose chain is a channel of Fabric of ours
    std::optional<FabricNetwork> fabric_network;  ///< or of a network that others run

    /// Whether its chain is a channel of Fabric, whoever runs it.
    bool is_on_fabric() const { return fabric || fabric_network; }
    /// Whether its chain is no channel of our own ledger, so that no replica has it.
    bool is_foreign() const { return network || is_on_fabric(); }
};

/// A member's users, by the names that the member gave them.
using Users = std::map<std::string, ledger::ParticipantId, std::less<>>;

/// An app with its members. Immutable.
struct App {
    AppRecord record;
    std::map<ledger::ParticipantId, MemberRecord> members;  ///< users among them
    std::map<ledger::ParticipantId, Users> users;           ///< by sponsor
    /// The active city nodes of the app that keep keys, by the member whose users' keys they are.
    std::map<ledger::ParticipantId, ledger::NodeId> custodians;
};

/// When this node last took up what the permission chain says.
struct Seen {
    std::uint64_t order_height = 0;  ///< executed up to here; 0: none since the start
    UnixMillis order_time = 0;       ///< of that height, as the order says
    std::uint64_t monotonic = 0;     ///< of this node's clock when it was executed, milliseconds
};

/// Who asks for something: a participant who proved to hold a key, or nobody.
struct Caller {
    ledger::ParticipantId participant;
    crypto::PublicKey key;
};

/// Any thread may call any member; readers get immutable records.
class View {
  public:
    explicit View(ledger::ChannelId system) : system_(system) {}

    /// By name, or by channel id in hexadecimal.
    std::shared_ptr<const App> app(std::string_view name_or_channel) const;
    std::shared_ptr<const App> app(const ledger::ChannelId& channel) const;
    std::vector<std::shared_ptr<const App>> apps() const;  ///< by name
    std::optional<NodeRecord> node(const ledger::NodeId& id) const;
    std::vector<NodeRecord> nodes() const;
    /// What a node offers of a line of Hyperledger Fabric's releases by its own word; none:
    /// nothing.
    std::optional<FabricOrganisation> fabric_of(
        const ledger::NodeId& id, std::string_view release = k_fabric_releases.front()) const;
    /// The system channel's newest epoch, which its last block may still hand over to.
    std::shared_ptr<const ledger::EpochRecord> system_epoch() const;
    /// Grows whenever the records have been read anew.
    std::uint64_t revision() const { return revision_; }
    std::optional<ParticipantRecord> participant(const ledger::ParticipantId& id) const;
    /// Whether somebody may publish apps: operators, and whom one of them let.
    bool may_publish(const ledger::ParticipantId& participant) const;
    const ledger::ChannelId& system_channel() const { return system_; }

    /// A member's user by name; none: no such app, member or user.
    std::optional<ledger::ParticipantId> user(std::string_view app,
                                              const ledger::ParticipantId& sponsor,
                                              std::string_view name) const;
    /// All users of a member, by name.
    Users users(std::string_view app, const ledger::ParticipantId& sponsor) const;
    /// Whose user somebody is now; none: nobody's.
    std::optional<ledger::ParticipantId> sponsor_of(const ledger::ParticipantId& participant) const;
    /// The city node that keeps the keys of a member's users; none: the member has chosen none, or
    /// one that does not serve the app any more.
    std::optional<ledger::NodeId> custodian(std::string_view app,
                                            const ledger::ParticipantId& member) const;
    /// How current the records are. Heights that hold nothing of the permission chain count, too.
    Seen seen_at() const;

    /// Whether the caller (none: anyone) may call this function. `unauthenticated` if it would help
    /// to say who asks; `forbidden`, naming the function and the caller's roles, otherwise.
    Status may_call(const App& app, const Caller* caller, std::string_view contract,
                    std::string_view function) const;
    /// Whether the caller may read the app's blocks, transactions and events: every member may,
    /// and everybody may if a public role permits `*`.
    Status may_read(const App& app, const Caller* caller) const;

    /// Reads all records anew from the system channel's state.
    Status load(const ledger::StateReader& state);
    /// Takes over the records of another view.
    void take(View& other);
    /// The records hold all up to this height of the order.
    void note_seen(const Seen& seen);

  private:
    const ledger::ChannelId system_;
    mutable std::shared_mutex mutex_;
    std::map<std::string, std::shared_ptr<const App>, std::less<>> apps_;
    std::map<ledger::ChannelId, std::shared_ptr<const App>> by_channel_;
    std::map<ledger::NodeId, NodeRecord> nodes_;
    /// By node and line of releases.
    std::map<std::pair<ledger::NodeId, std::string>, FabricOrganisation> fabric_;
    std::map<ledger::ParticipantId, ParticipantRecord> participants_;
    std::map<ledger::ParticipantId, ledger::ParticipantId> sponsors_;  ///< by user
    Seen seen_;
    std::shared_ptr<const ledger::EpochRecord> system_epoch_;
    std::atomic<std::uint64_t> revision_{0};
    std::set<ledger::ParticipantId> publishers_;  ///< who may publish apps
};

}  // namespace bsn::registry
