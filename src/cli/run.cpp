#include "cli/run.hpp"

#include "cli/command_line.hpp"
#include "crypto/implementations.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <iostream>

namespace bsn::cli {
namespace {

/// $BSN_SM2 says who computes SM2, as all processes that are started from here read it too.
Status choose_sm2() {
    const char* name = std::getenv("BSN_SM2");
    if (name == nullptr || *name == '\0') return {};
    Status chosen = crypto::choose_sm2(name);
    return chosen ? chosen : chosen.error().within("$BSN_SM2");
}

Exit run_handler(const Handler& handler, const GlobalOptions& options, Output& output) {
    if (Status chosen = choose_sm2(); !chosen) {
        output.error(chosen.error());
        return Exit::failed;
    }
    auto home = Home::find(options.home);
    if (!home) {
        output.error(home.error());
        return Exit::failed;
    }
    Context context(options, *home, output);
    auto outcome = handler(context);
    if (outcome) return *outcome;
    output.error(outcome.error());
    return Exit::failed;
}

}  // namespace

int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
    Output output(out, err);
    CommandLine line;
    if (auto exit = line.parse(argc, argv, out, err, output)) return static_cast<int>(*exit);
    try {
        return static_cast<int>(run_handler(line.handler(), line.options(), output));
    } catch (const Json::exception& error) {
        output.error({Code::unsupported_version,
                      fmt::format("a node's answer is not of the form that this bsn knows; use one "
                                  "of the node's version ({})",
                                  error.what())});
        return static_cast<int>(Exit::failed);
    } catch (const std::exception& error) {
        output.error({Code::internal,
                      fmt::format("this is a bug of bsn, please report it: {}", error.what())});
        return static_cast<int>(Exit::failed);
    }
}

int run(int argc, const char* const* argv) { return run(argc, argv, std::cout, std::cerr); }

}  // namespace bsn::cli
