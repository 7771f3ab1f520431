#pragma once
// A city node's part in all channels of Fabric that city nodes run.

#include "framework/fabric/channel_state.hpp"
#include "framework/fabric/client/fabric_chain.hpp"
#include "framework/fabric/network/channel_plan.hpp"
#include "framework/fabric/network/contract_services.hpp"
#include "framework/fabric/network/processes.hpp"
#include "framework/fabric/network/releases.hpp"
#include "registry/fabric_channel.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace bsn::framework::fabric {

class ChannelSteps;

/// What the permission chain says, and how this node tells it something. Any thread.
class PermissionChain {
  public:
    virtual ~PermissionChain() = default;
    /// The apps of framework `fabric` on this node, by channel id.
    virtual std::map<Bytes, AppPlan> apps() const = 0;
    /// Whether the node may announce something: it is active.
    virtual bool may_announce() const = 0;
    /// What this node has announced for a line of releases.
    virtual std::optional<registry::FabricOrganisation> announced(
        std::string_view release) const = 0;
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

/// Announces the node's organisation for each line of releases whose programs are there, runs peer
/// and orderer of a line once an app needs them, and takes the steps of each channel, on a thread
/// of its own. Any thread may call any member.
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

    /// Takes no further steps of a channel, and ends the processes of its contracts. Peer and
    /// orderer keep what they have of it. Whether there was such a channel; it does not come back.
    bool leave(const Bytes& channel);
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
    /// Its peers and orderers, as of a moment ago.
    std::vector<ProgramState> programs() const;
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
    /// Looks for programs that were not there before; an error if there are none at all.
    Status prepare();
    Status open_organisation();
    Status announce();
    Status announce_line(const ReleaseLine& line, const Processes& processes);
    bool advance_channels();
    /// Whether the node has left it; what ran for it is ended then.
    bool end_if_left(const Bytes& channel);
    ChannelProgress without_programs(const std::string& release) const;
    void note_program_troubles();
    bool is_in_use(const ledger::Hash& package) const;
    ChannelProgress advance_one(Way& way, FabricChainOptions& options);
    void note_trouble(std::string trouble);

    const ManagedNetworkOptions options_;
    PermissionChain& chain_;
    const contract::Contracts& contracts_;
    const Clock& clock_;
    PackageStore packages_;
    /// A line of releases whose programs are there.
    struct Line {
        FabricPrograms programs;
        std::unique_ptr<Processes> processes;
    };

    // Of the thread.
    std::map<std::string, Line, std::less<>> lines_;  ///< by name
    std::map<std::string, std::string> missing_;      ///< why a line is not among them, by name
    std::string unusable_;                            ///< the same, if something lies there
    std::uint64_t looked_ = 0;                        ///< monotonic milliseconds
    std::optional<Ports> ports_;
    std::optional<ContractServices> services_;
    std::map<Bytes, Way> ways_;
    mutable std::mutex mutex_;  ///< guards what follows
    std::condition_variable wake_;
    bool closing_ = false;
    std::unique_ptr<OwnOrganisation> organisation_;
    std::unique_ptr<PackagedContracts> packaged_;
    std::map<Bytes, ChannelProgress> progress_;
    std::map<Bytes, FabricChainOptions> open_;
    std::set<Bytes> left_;
    std::vector<ProgramState> programs_;
    std::string trouble_;
    std::thread thread_;
};

}  // namespace bsn::framework::fabric
