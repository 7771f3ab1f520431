#pragma once
// The program `cometbft`: where it is, and whether it is one that this program can run.

#include "base/result.hpp"

#include <chrono>
#include <filesystem>

namespace bsn::node {

/// $BSN_COMETBFT; else `cometbft` beside this program, or where the build puts it; else of the
/// PATH. `not_found` with what to do.
Result<std::filesystem::path> find_cometbft();

/// Asks the program for its version, which must be 0.38: formats and interface differ between
/// versions. It has `patience` to answer.
Status check_cometbft(const std::filesystem::path& program,
                      std::chrono::milliseconds patience = std::chrono::seconds(20));

}  // namespace bsn::node
