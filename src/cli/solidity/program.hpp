#pragma once
// Running a program to its end: input in, output and complaints out.

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace bsn::cli {

struct ProgramEnd {
    /// Its exit status; 128 and the signal's number if a signal ended it.
    int status = 0;
    std::string output;
    std::string complaints;
};

/// Runs a program, found in PATH, with the input as its stdin. `not_found` if there is no such
/// program, `unavailable` if it does not end in time (it is ended then), `too_large` if it says
/// more than `limit` bytes.
Result<ProgramEnd> run_program(const std::vector<std::string>& words, const std::string& input,
                               std::chrono::seconds patience, std::size_t limit);

}  // namespace bsn::cli
