#pragma once
// What the gateway needs of the city node that it belongs to.

#include "base/metrics.hpp"
#include "framework/chain.hpp"
#include "gateway/custody/user_keys.hpp"
#include "gateway/published/event_registrations.hpp"
#include "ordering/node_identity.hpp"
#include "registry/view.hpp"

#include <optional>
#include <string>

namespace bsn::gateway {

class Custody;
class Forwarder;
class Metering;
namespace published {
class Enrolments;
}

/// A contract of a package, which is a process beside the node.
struct ContractStatus {
    std::string name;
    std::string language;
    std::string trouble;  ///< how it ended, while it waits to run again; empty: it runs
    std::uint64_t restarts = 0;
};

/// Health of one app's chain on this node.
struct ChainStatus {
    std::string app;
    std::string channel;          ///< hexadecimal
    std::string state;            ///< `active`, `suspended`, `stopped`, `copying`, `opening`
    std::string step;             ///< while it is opened: what is done now
    std::string alarm;            ///< why the peer stopped; empty if it runs
    std::uint64_t height = 0;     ///< last executed block
    std::uint64_t certified = 0;  ///< last certified block
    std::string head;             ///< hash of the last certified header, hexadecimal
    /// Admitted so far; none: the chain does not count them.
    std::optional<std::uint64_t> transactions = 0;
    std::uint64_t pending = 0;  ///< transactions accepted here and not yet answered
    std::uint64_t voided = 0;   ///< ordered batches that no peer could serve, given up
    std::size_t peers = 0;
    std::size_t quorum = 0;
    ledger::Epoch epoch = 0;
    bool settled = true;  ///< the chain has taken up all that the permission chain decided
    std::vector<ContractStatus> contracts;  ///< those that are packages
};

/// A city node whose validator signed two blocks for one ordering height: it lies, or two programs
/// have its key.
struct DoubleSigner {
    std::string node;  ///< its name
    std::uint64_t height = 0;
};

/// How the order is made, as this node sees it.
struct OrderingStatus {
    std::optional<std::uint64_t> block_age_ms;  ///< since the last height came; none: none has yet
    std::string trouble;                        ///< why nothing is ordered; empty: it is
    std::size_t validators = 0;                 ///< who agree on the order; 0: one orderer
    bool is_validator = false;                  ///< whether this node is one of them
    bool follows = false;  ///< it runs no CometBFT, and takes the order from those who do
    std::string followed;  ///< the name of the one that it takes it from now; empty: none
    std::optional<std::uint64_t> behind;       ///< heights that that one has and this node has not
    std::uint64_t waiting_bytes = 0;           ///< of envelopes that wait on this node
    std::uint64_t engine_restarts = 0;         ///< of the ordering process beside this one
    std::uint64_t engine_memory_bytes = 0;     ///< which it occupies; 0: there is none
    std::vector<DoubleSigner> double_signers;  ///< seen since this node's start
};

/// This node's way to another one.
struct LinkStatus {
    std::string node;  ///< id, hexadecimal
    std::string name;
    bool connected = false;
    std::uint64_t queued_bytes = 0;
    std::uint64_t dropped = 0;  ///< messages that did not fit, since the start
    std::string address;        ///< host:port at which it is reached
    std::string ordering;       ///< `ID@host:port` of its CometBFT; empty: not known here
};

/// A peer or orderer of Fabric that this node has started.
struct FabricProcessStatus {
    std::string process;  ///< `peer` or `orderer`
    std::string version;  ///< the line of releases: `2.5` or `3.1`
    bool running = false;
    std::uint64_t restarts = 0;      ///< ends of its own, since the node's start
    std::uint64_t memory_bytes = 0;  ///< which it occupies
    std::string trouble;             ///< how it ended; empty while it runs
};

struct NodeStatus {
    std::string network;  ///< network id, hexadecimal
    std::string network_name;
    std::string node;  ///< node id, hexadecimal
    std::string name;
    std::string city;
    std::string operator_name;
    std::string state;  ///< by the permission chain: `active`, …; `unknown` there
    std::string version;
    std::string ordering;  ///< `embedded` or `cometbft`
    std::uint64_t order_height = 0;
    OrderingStatus order;
    std::vector<LinkStatus> links;  ///< empty where all nodes are in one process
    UnixMillis time = 0;            ///< of the node's clock, now
    std::uint64_t uptime_ms = 0;
    std::string fabric_trouble;  ///< why it offers no Fabric; empty: it does, or is about to
    std::vector<FabricProcessStatus> fabric_processes;
    std::string trust;                ///< such as `embedded ordering: one failure and trust domain`
    std::vector<ChainStatus> chains;  ///< the system channel first, then by app name
};

/// With which certificate somebody's transactions are signed on a chain that takes certificates.
struct ChainCertificate {
    std::string channel;      ///< the chain's name among its own kind
    std::string msp;          ///< id of the organisation that vouches for it
    std::string certificate;  ///< PEM
};

/// Any thread may call any member.
class Backend {
  public:
    virtual ~Backend() = default;
    virtual const ledger::NetworkId& network() const = 0;
    virtual const std::string& genesis_json() const = 0;
    virtual const registry::View& registry() const = 0;
    /// The chain of an app (by name or channel id in hexadecimal), or of the permission chain
    /// (`system`). `not_found`, or `unavailable` where this node is not one of the app's.
    virtual Result<framework::Chain*> chain(std::string_view app) = 0;
    virtual NodeStatus status() const = 0;
    virtual MetricsRegistry& metrics() = 0;
    /// Brings those metrics up to date that are not counted as things happen. Before reading them.
    virtual void refresh_metrics() {}
    virtual UnixMillis now() const = 0;

    /// The node's keys, for what it signs as a gateway; null: it signs nothing.
    virtual const ordering::NodeIdentity* identity() const { return nullptr; }
    /// Users' transaction keys in custody; null: this node keeps none.
    virtual UserKeys* user_keys() { return nullptr; }
    /// Who is told of events by the published protocol; null: nobody is, here.
    virtual published::EventRegistrations* event_registrations() { return nullptr; }
    /// Who was registered to be enrolled by the published protocol; null: nobody is, here.
    virtual published::Enrolments* enrolments() { return nullptr; }
    /// The custody of users' keys, for their owners: to take keys away.
    virtual Custody* custody() { return nullptr; }
    /// The way to other city nodes' gateways; null: there is none.
    virtual Forwarder* forwarder() { return nullptr; }
    /// Whether this node can answer for an app, or let it write: `unavailable`, saying why not.
    virtual Status serves(const registry::App& app, bool writes);
    /// The certificate of a caller's key on an app's chain; `unsupported_version` where the app's
    /// framework knows none.
    virtual Result<ChainCertificate> certificate(const registry::App& app,
                                                 const registry::Caller& caller);
    /// A certificate of an enrolled user's key, PEM: as the app's chain takes it, or else by this
    /// node's own key. `name`: the certificate's; `attributes`: JSON.
    virtual Result<std::string> user_certificate(const registry::App& app, const std::string& name,
                                                 const std::string& attributes,
                                                 const crypto::PublicKey& key);
    /// What apps use of this node, and may; null: nothing is counted, and nobody held back.
    virtual Metering* metering() { return nullptr; }

    // What the gateway asks of the permission chain. These hand on to `registry()`; tests, which
    // have no permission chain, answer themselves.
    virtual std::shared_ptr<const registry::App> app(std::string_view name_or_channel) const;
    virtual std::vector<std::shared_ptr<const registry::App>> apps() const;
    virtual std::vector<registry::NodeRecord> nodes() const;
    virtual std::optional<registry::NodeRecord> node(const ledger::NodeId& id) const;
    virtual std::optional<registry::ParticipantRecord> participant(
        const ledger::ParticipantId& id) const;
    virtual Status may_call(const registry::App& app, const registry::Caller* caller,
                            std::string_view contract, std::string_view function) const;
    virtual Status may_read(const registry::App& app, const registry::Caller* caller) const;
    virtual bool may_publish(const ledger::ParticipantId& participant) const;

    /// Keeps a package of a contract's code, durably; its SHA-256, or `invalid_argument`,
    /// `too_large` or `forbidden` with the reason.
    virtual Result<ledger::Hash> keep_package(ByteView package);
    /// A package that was kept; `not_found`.
    virtual Result<Bytes> package(const ledger::Hash& digest);
};

}  // namespace bsn::gateway
