#pragma once
// Running a program to its end: input in, output and complaints out; or what it says, line by line.

#include "base/result.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bsn {

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

/// Runs a program, found in PATH, without input, and hands on each line of its stdout as soon as it
/// is written, without its end; a line of more than 64 KiB in pieces. However long it takes.
/// `complaints` are the last 64 KiB of its stderr. `not_found` if there is no such program.
Result<ProgramEnd> follow_program(const std::vector<std::string>& words,
                                  const std::function<void(std::string_view)>& on_line);

/// Runs a program of a file without input, its words appended to `log`, and asks every
/// `look` whether it may go on; an error ends it with all of its process group, and is the answer.
/// It also ends with this process, however that ends. Otherwise its exit status, as above.
Result<int> watch_program(const std::vector<std::string>& words, const std::filesystem::path& log,
                          std::chrono::milliseconds look, const std::function<Status()>& may_go_on);

}  // namespace bsn
