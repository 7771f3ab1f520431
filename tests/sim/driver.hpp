#pragma once
// Runs many seeds, in several processes, and says which of them broke a law.

#include <cstdint>
#include <optional>

namespace bsn::sim {

struct DriverOptions {
    std::optional<std::uint64_t> seed;
    std::uint64_t seeds = 100;
    std::uint64_t from = 1;
    std::uint64_t jobs = 1;
    bool trace = false;
    bool first = false;  ///< ends with the first seed that breaks a law
};

/// Runs one seed twice and says what happened. The exit code: 0 if all laws held and both runs were
/// the same.
int run_one(const DriverOptions& options);

/// Runs many, with a line of progress; names each that fails with the command that replays it.
int run_many(const DriverOptions& options);

}  // namespace bsn::sim
