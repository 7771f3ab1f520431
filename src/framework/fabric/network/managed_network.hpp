#pragma once
// A city node's part in all channels of Fabric that city nodes run.

#include "framework/fabric/client/fabric_chain.hpp"
#include "framework/fabric/network/channel_plan.hpp"
#include "framework/fabric/network/contract_services.hpp"
#include "framework/fabric/network/releases.hpp"
#include "registry/fabric_channel.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace bsn::framework::fabric {

class ChannelSteps;
class Processes;

/// What the permission chain says, and how this node tells it something. Any thread.
class PermissionChain {
  public:
    virtual ~PermissionChain() = default;
    /// The apps of framework `fabric` on this node, by channel id.
    virtual std::map<Bytes, AppPlan> apps() const = 0;
    /// Whether the node may announce something: it is active.
    virtual bool may_announce() const = 0;
    /// What this node has announced.
    virtual std::optional<registry::FabricOrganisation> announced() const = 0;
    /// Announces it, and waits until that is on the chain.
    virtual Status announce(const registry::FabricOrganisation& organisation) = 0;
};

struct ManagedNetworkOptions {
    std::filesystem::path folder;  ///< of this node's Fabric
    std::string node_name;
    ledger::NodeId node;
    std::string host = "127.0.0.1";  ///< as other nodes reach this one
    /// Where programs may be installed (`fabric_places`); empty: no such folder.
    std::filesystem::path engines = {};
    std::uint16_t first_port = 0;  ///< see `Ports`; 0: one that follows from the node's id
    PackageSettings packages = {};
    FetchPackage fetch = {};  ///< of packages that are not here; needed once an app names one
};

/// How far a channel is on this node.
struct ChannelProgress {
    bool open = false;
    std::string step;       ///< that is not done yet, in words
    std::string reason;     ///< why it is not; empty if it has just begun
    bool alarming = false;  ///< it will not be done by itself, or should have been long ago
};

/// Announces the node's organisation, runs its peer and orderer once an app needs them, and takes
/// the steps of each channel, on a thread of its own. Any thread may call any member.
class ManagedNetwork {
  public:
    /// All outlive it.
    ManagedNetwork(ManagedNetworkOptions options, PermissionChain& chain,
                   const contract::Contracts& contracts, const Clock& clock);
    /// As `close`.
    ~ManagedNetwork();
    ManagedNetwork(const ManagedNetwork&) = delete;
    ManagedNetwork& operator=(const ManagedNetwork&) = delete;

    void start();
    /// Ends the programs and the thread.
    void close();

    /// None: no such app is known here.
    std::optional<ChannelProgress> progress(const Bytes& channel) const;
    /// The packages of contracts that this node keeps, whether it runs Fabric or not.
    PackageStore& packages() { return packages_; }
    /// `forbidden` unless packages in this language may run here.
    Status check_language(const std::string& language) const {
        return options_.packages.check_language(language);
    }
    /// Of the channel's contracts that are packages.
    std::vector<ContractState> contracts(const Bytes& channel) const;
    /// Why this node offers no Fabric; empty if it does, or has not tried yet.
    std::string trouble() const;
    /// What ails its peer or orderer; empty if they run, or are not needed.
    std::string program_trouble() const;
    /// The node's organisation; null until it has been opened. It stays.
    const OwnOrganisation* organisation() const;
    /// Whether a function of an app's contract changes the state; false for what is not known.
    bool writes(const Bytes& channel, const std::string& contract,
                const std::string& function) const;
    /// How a channel that is open is read and written from here, without certificates of
    /// participants; `unavailable` until then.
    Result<FabricChainOptions> chain_options(const Bytes& channel) const;

  private:
    struct Way {
        std::unique_ptr<ChannelSteps> steps;
        std::uint64_t since = 0;  ///< monotonic milliseconds: when the present step began
    };

    void run();
    /// Whether all is as it should be.
    bool advance();
    Status prepare();
    Status announce();
    bool advance_channels();
    bool is_in_use(const ledger::Hash& package) const;
    ChannelProgress advance_one(Way& way, FabricChainOptions& options);
    void note_trouble(std::string trouble);

    const ManagedNetworkOptions options_;
    PermissionChain& chain_;
    const contract::Contracts& contracts_;
    const Clock& clock_;
    PackageStore packages_;
    // Of the thread.
    std::optional<FabricPrograms> programs_;
    std::optional<Ports> ports_;
    std::optional<ContractServices> services_;
    std::map<Bytes, Way> ways_;
    mutable std::mutex mutex_;  ///< guards what follows
    std::condition_variable wake_;
    bool closing_ = false;
    std::unique_ptr<OwnOrganisation> organisation_;
    std::unique_ptr<Processes> processes_;
    std::unique_ptr<PackagedContracts> packaged_;
    std::map<Bytes, ChannelProgress> progress_;
    std::map<Bytes, FabricChainOptions> open_;
    std::string trouble_;
    std::string program_trouble_;
    std::thread thread_;
};

}  // namespace bsn::framework::fabric
