// Our SM2 against OpenSSL's in random cases: make sm2-diff.
//
//   bsn_sm2_diff [--cases N] [--seed S] [--jobs J]     bsn_sm2_diff --seed S --key K: one key again

#include "base/progress.hpp"
#include "sm2/cases_of_key.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <mutex>
#include <optional>
#include <thread>

namespace bsn::crypto::sm2 {
namespace {

struct Options {
    std::uint64_t cases = 1'000'000;
    std::optional<std::uint64_t> seed;
    std::optional<std::uint64_t> key;
    unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
};

/// All keys' cases, spread over threads, until one of them finds a difference.
class Run {
  public:
    Run(const Options& options, std::uint64_t seed)
        : options_(options), seed_(seed), bar_("Comparing", options.cases, "cases") {}

    void on_all_threads() {
        std::vector<std::thread> threads;
        threads.reserve(options_.jobs);
        for (unsigned i = 0; i < options_.jobs; ++i) threads.emplace_back([this] { work(); });
        for (std::thread& thread : threads) thread.join();
    }
    const Counts& counts() const { return counts_; }
    const std::string& difference() const { return difference_; }

  private:
    void work() {
        Counts mine;
        while (!failed_) {
            const std::uint64_t key = next_key_++;
            const std::uint64_t first = key * CasesOfKey::k_most;
            if (first >= options_.cases) break;
            const auto cases = static_cast<std::size_t>(
                std::min<std::uint64_t>(CasesOfKey::k_most, options_.cases - first));
            try {
                mine += CasesOfKey(seed_, key).run(cases);
            } catch (const std::exception& error) {
                failed_ = true;
                const std::lock_guard lock(mutex_);
                difference_ = fmt::format("{}\nagain: bsn_sm2_diff --seed {} --key {}",
                                          error.what(), seed_, key);
            }
            bar_.add(cases);
        }
        const std::lock_guard lock(mutex_);
        counts_ += mine;
    }

    const Options& options_;
    const std::uint64_t seed_;
    Progress bar_;
    std::atomic<std::uint64_t> next_key_{0};
    std::atomic<bool> failed_{false};
    std::mutex mutex_;  ///< of the members below
    Counts counts_;
    std::string difference_;
};

int run(const Options& options) {
    const std::uint64_t seed = options.seed ? *options.seed : std::random_device{}();
    if (options.key) {
        CasesOfKey(seed, *options.key).run(CasesOfKey::k_most);
        std::cout << "no difference\n";
        return 0;
    }
    std::cout << fmt::format("SM2, {} and portable, against OpenSSL: {} cases, seed {}\n",
                             arithmetic().name, options.cases, seed)
              << std::flush;
    Run all(options, seed);
    all.on_all_threads();
    if (!all.difference().empty()) {
        std::cerr << "they differ: " << all.difference() << '\n';
        return 1;
    }
    const Counts& counts = all.counts();
    const auto of = [&](Kind kind) { return counts.cases[static_cast<std::size_t>(kind)]; };
    std::cout << fmt::format(
        "no difference in {} cases: {} signed by ours, {} by OpenSSL, {} changed ({} refused by "
        "both), {} multiplied, {} messages\n",
        counts.all(), of(Kind::ours_signs), of(Kind::openssl_signs), of(Kind::changed),
        counts.refused_by_both, of(Kind::multiplied), of(Kind::message));
    return 0;
}

}  // namespace
}  // namespace bsn::crypto::sm2

int main(int argc, char** argv) {
    bsn::crypto::sm2::Options options;
    CLI::App app("Our SM2 against OpenSSL's in random cases");
    app.add_option("--cases", options.cases, "How many (1,000,000)");
    app.add_option("--seed", options.seed, "What the cases depend on (else at random)");
    app.add_option("--key", options.key, "The cases of this key alone, again");
    app.add_option("--jobs", options.jobs, "Threads (all cores)")->check(CLI::Range(1, 1024));
    CLI11_PARSE(app, argc, argv);
    try {
        return bsn::crypto::sm2::run(options);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
