#pragma once
// A load by a client that is not ours, as a program of its own.
//
// The program gets the name of a file with its task (JSON), and writes lines of JSON to stdout:
// {"latencies_us": [...]} any number of times, and at the end one with `committed`, `all`,
// `seconds`, `cpu_s`, `rss_bytes` and `versions`, or {"error": TEXT}.

#include "cli/bench/histogram.hpp"
#include "cli/output.hpp"

#include <map>

namespace bsn::cli {

/// What the program tells.
struct ForeignLoad {
    std::uint64_t committed = 0;  ///< transactions, in the measurement
    std::uint64_t all = 0;        ///< at any time
    double seconds = 0;           ///< of the measurement
    double cpu_s = 0;             ///< of the program
    std::uint64_t rss_bytes = 0;  ///< of the program, at the end
    LatencyHistogram latency;     ///< of transactions, microseconds
    std::map<std::string, std::string> versions;
};

/// Takes the lines of one run. One thread.
class ForeignLoadReader {
  public:
    void take(std::string_view line);
    /// What they said; an error if the end is missing, or the program told one.
    Result<ForeignLoad> finish(std::string_view complaints) const;

  private:
    ForeignLoad load_;
    bool complete_ = false;
    std::string error_;
};

/// Runs `command` with the task's file as one more argument.
Result<ForeignLoad> run_foreign_load(std::vector<std::string> command, const std::string& task);

}  // namespace bsn::cli
