// The command line: any arguments, one on a line. They are understood, or told to be wrong; nothing
// is carried out.
#include "cli/command_line.hpp"
#include "fuzz/laws.hpp"

#include <sstream>

namespace bsn::fuzz {
namespace {

constexpr std::size_t k_max_arguments = 64;

}  // namespace

void run(ByteView input) {
    Choices choices(input);
    std::vector<std::string> arguments{"bsn"};
    while (!choices.done() && arguments.size() < k_max_arguments) {
        arguments.push_back(choices.line());
    }
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());

    std::ostringstream out;
    std::ostringstream err;
    cli::Output output(out, err);
    cli::CommandLine line;
    const auto exit = line.parse(static_cast<int>(argv.size()), argv.data(), out, err, output);
    if (!exit) {
        law(line.handler() != nullptr, "a line that is understood has something to do");
        law(line.options().timeout_s >= 1 && line.options().timeout_s <= 3600,
            "the limits of options hold");
        law(out.str().empty() && err.str().empty(), "nothing is said before it is done");
    } else if (*exit == cli::Exit::done) {
        law(!out.str().empty(), "help says something");
    } else {
        law(*exit == cli::Exit::usage, "what is not understood is wrong usage");
        law(!err.str().empty() || !out.str().empty(), "a mistake is told");
    }
}

}  // namespace bsn::fuzz
