#pragma once
// The `bsn` command as a function.

#include <iosfwd>

namespace bsn::cli {

/// Runs one command line and returns its exit status: 0 done, 1 refused or failed, 2 wrong usage.
int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err);
/// The same, on stdout and stderr.
int run(int argc, const char* const* argv);

}  // namespace bsn::cli
