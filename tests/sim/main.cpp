// Runs the simulator: `bsn_sim --seeds 500`, `bsn_sim --seed 123 --trace`.

#include "sim/driver.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

namespace {

constexpr const char* k_usage =
    "usage: bsn_sim [--seed N | --seeds COUNT [--from N] [--first]] [--jobs N] [--trace]\n"
    "  --seed N       one run, twice, with what happened in it\n"
    "  --seeds COUNT  runs of the seeds from 1 (or --from) on\n"
    "  --first        end with the first seed that breaks a law\n"
    "  --jobs N       processes that share them (1)\n"
    "  --trace        every step of a run, on stderr\n";

}  // namespace

int main(int argc, char** argv) {
    bsn::sim::DriverOptions options;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--trace" || name == "--first") {
            (name == "--trace" ? options.trace : options.first) = true;
            continue;
        }
        char* end = nullptr;
        const std::uint64_t number = i + 1 < argc ? std::strtoull(argv[++i], &end, 10) : 0;
        const bool good = end != nullptr && *end == '\0' && end != argv[i];
        if (good && name == "--seed") {
            options.seed = number;
        } else if (good && name == "--seeds") {
            options.seeds = number;
        } else if (good && name == "--from") {
            options.from = number;
        } else if (good && name == "--jobs") {
            options.jobs = number;
        } else {
            std::fputs(k_usage, stderr);
            return 2;
        }
    }
    return options.seed ? bsn::sim::run_one(options) : bsn::sim::run_many(options);
}
