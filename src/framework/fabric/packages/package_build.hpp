#pragma once
// One package built: its source unpacked, its dependencies installed, its code compiled.

#include "framework/fabric/chaincode/code_package.hpp"
#include "framework/fabric/packages/confinement.hpp"

#include <atomic>

namespace bsn::framework::fabric {

/// What a build works with.
struct BuildPlace {
    std::filesystem::path folder;  ///< is made anew, and holds the result: `src` and what was made
    std::filesystem::path log;     ///< what the tools say, this time
    std::uint32_t user = 0;        ///< see `Confinement`
    const std::atomic<bool>& cancelled;
};

/// Builds it by the tools of its language, confined. `contract_failed` with the last that they said
/// if they fail, `unavailable` without the tools or when cancelled, `too_large` beyond the
/// settings' limits. Tools run code of the package's dependencies: that is why they are confined.
Status build_package(const CodePackage& package, const PackageSettings& settings,
                     const Confiner& confiner, const BuildPlace& place);

}  // namespace bsn::framework::fabric
