#pragma once
// What a command line says: the table of commands, and the line that was typed.

#include "cli/commands/commands.hpp"

#include <iosfwd>
#include <optional>

namespace bsn::cli {

/// Understands one command line; nothing is carried out.
class CommandLine {
  public:
    CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    /// Reads a line, and tells its mistakes to `output`. The exit status if that is all there is to
    /// do: a mistake, or help (written to `out`).
    std::optional<Exit> parse(int argc, const char* const* argv, std::ostream& out,
                              std::ostream& err, Output& output);

    const GlobalOptions& options() const { return options_; }
    /// What the line asks for, once it is parsed without an exit status.
    const Handler& handler() const { return *commands_.chosen(); }

  private:
    GlobalOptions options_;
    CLI::App root_;
    Commands commands_;
};

}  // namespace bsn::cli
