#pragma once
// Packages as folders that can be run: each is fetched and built once, on a thread of its own.

#include "framework/fabric/packages/confinement.hpp"
#include "framework/fabric/packages/package_store.hpp"
#include "registry/packaged_code.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <thread>

namespace bsn::framework::fabric {

/// Gets a package from another city node; `unavailable` if none has it that can be reached.
using FetchPackage = std::function<Result<Bytes>(const ledger::Hash& digest)>;

/// Any thread may call any member.
class PackageBuilds {
  public:
    /// `store` outlives it.
    PackageBuilds(std::filesystem::path folder, PackageSettings settings, Confiner confiner,
                  PackageStore& store, FetchPackage fetch);
    /// As `stop`.
    ~PackageBuilds();
    PackageBuilds(const PackageBuilds&) = delete;
    PackageBuilds& operator=(const PackageBuilds&) = delete;

    /// The folder of a package that is built. Otherwise it is fetched and built from now on, one
    /// after the other: `unavailable` meanwhile, and the build's error once it has failed, until it
    /// is tried again by itself some minutes later.
    Result<std::filesystem::path> built(const registry::PackagedCode& code);
    /// Ends what is being built, and the thread.
    void stop();

  private:
    using SteadyClock = std::chrono::steady_clock;
    struct Failure {
        Error error;
        SteadyClock::time_point again;  ///< when it is tried again
        std::chrono::seconds pause;
    };

    std::filesystem::path folder_of(const ledger::Hash& digest) const;
    void run();
    Status make(const registry::PackagedCode& code);

    const std::filesystem::path folder_;
    const PackageSettings settings_;
    const Confiner confiner_;
    PackageStore& store_;
    const FetchPackage fetch_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;  ///< guards what follows
    std::condition_variable wake_;
    std::deque<registry::PackagedCode> waiting_;  ///< the first is being made
    std::map<ledger::Hash, Failure> failed_;
    std::thread thread_;
};

}  // namespace bsn::framework::fabric
