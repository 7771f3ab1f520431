#pragma once
// How far the building of a framework's programs is, told to people.

#include "base/clock.hpp"
#include "base/progress.hpp"
#include "cli/output.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bsn::cli {

/// Takes what `scripts/install-fabric.sh --progress` says, and tells it: by a bar where stderr is a
/// terminal, else by lines on stdout: one for each tenth, and one where half a minute was silent.
/// One thread at a time; it tells nothing by itself between two lines of the script.
class BuildProgress {
  public:
    /// `what` is built: "Fabric 2.5".
    BuildProgress(Output& out, std::string what, const Clock& clock);
    BuildProgress(const BuildProgress&) = delete;
    BuildProgress& operator=(const BuildProgress&) = delete;

    /// A line of the script: `packages N` once all modules are fetched; all else stands for a
    /// module before that, and for a package after it.
    void take(std::string_view said);

  private:
    void begin(std::uint64_t packages);
    void tell_if_due();

    Output& out_;
    const std::string what_;
    const Clock& clock_;
    std::optional<Progress> bar_;
    std::uint64_t packages_ = 0;  ///< 0: modules are being fetched
    std::uint64_t done_ = 0;
    std::uint64_t told_tenths_ = 0;
    std::uint64_t told_at_;
};

}  // namespace bsn::cli
