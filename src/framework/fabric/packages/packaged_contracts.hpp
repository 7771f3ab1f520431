#pragma once
// Contracts of packages as processes beside the node: one for each contract of each app.

#include "framework/fabric/chaincode/contract_package.hpp"
#include "framework/fabric/channel_state.hpp"
#include "framework/fabric/network/ports.hpp"
#include "framework/fabric/packages/package_builds.hpp"
#include "ledger/control.hpp"

#include <memory>

namespace bsn::framework::fabric {

struct PackagedContractsOptions {
    std::filesystem::path folder;  ///< builds/ and contracts/ of the node's Fabric
    PackageSettings settings;
    FetchPackage fetch;
};

/// Processes end with the node, however that ends; those that end themselves, or do not answer
/// connections any more, are started again.
class PackagedContracts {
  public:
    /// `store`, `ports` and `clock` outlive it.
    PackagedContracts(PackagedContractsOptions options, PackageStore& store, Ports& ports,
                      const Clock& clock);
    /// As `stop`.
    ~PackagedContracts();
    PackagedContracts(const PackagedContracts&) = delete;
    PackagedContracts& operator=(const PackagedContracts&) = delete;

    /// What is installed on the peer for an app's contract, whose process runs from now on. Until
    /// the package is built, and where the operator lets none run, an error that says so.
    /// `channel`: the app's channel on Fabric. One thread.
    Result<ContractPackage> serve(const std::string& channel,
                                  const ledger::ContractControl& contract,
                                  const registry::PackagedCode& code);
    /// Of the contracts that were served, any thread.
    std::vector<ContractState> states(const std::string& channel) const;
    /// Ends those of a channel. By the thread that serves.
    void end(const std::string& channel);
    void stop();

  private:
    struct Served;

    /// Once there is a confiner.
    Result<PackageBuilds*> builds();
    Result<std::unique_ptr<Served>> start(const std::string& channel,
                                          const ledger::ContractControl& contract,
                                          const registry::PackagedCode& code);
    void watch();

    const PackagedContractsOptions options_;
    PackageStore& store_;
    Ports& ports_;
    const Clock& clock_;
    std::optional<Confiner> confiner_;
    std::optional<Error> not_confined_;
    std::uint64_t looked_ = 0;  ///< monotonic milliseconds
    std::unique_ptr<PackageBuilds> builds_;
    mutable std::mutex mutex_;  ///< guards what follows
    std::condition_variable wake_;
    bool stopping_ = false;
    /// By channel, name and version. Shared with the thread that watches.
    std::map<std::string, std::shared_ptr<Served>> served_;
    std::thread watch_;
};

}  // namespace bsn::framework::fabric
