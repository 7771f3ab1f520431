#pragma once
// What a benchmark needs on the network before it can begin: apps, and a key that may write to
// them.

#include "cli/context.hpp"

namespace bsn::cli {

/// Apps of one suite that a key of the benchmark may write to.
struct BenchStage {
    Context acting;  ///< as that key
    std::vector<AppRef> apps;
    crypto::SuiteId suite = crypto::SuiteId::secp256r1;
};

/// The names of a benchmark's apps: NAME, NAME-2, NAME-3, …
std::vector<std::string> bench_app_names(const std::string& name, std::size_t count);

/// Makes the apps (on all nodes, by the user's own key) and the key `bench-SUITE` where they are
/// missing, and waits until all nodes take its transactions.
Result<BenchStage> prepare_bench(Context& context, const std::vector<std::string>& names,
                                 const std::string& suite, std::size_t payload_bytes);

/// What an app's peers agree on.
struct Agreement {
    bool reached = false;
    ledger::Height height = 0;
    std::string head;
    std::size_t peers = 0;
};

/// Waits until all nodes hold the same last certified block, at least at this height.
Agreement wait_for_agreement(NodeClient& api, const AppRef& app, ledger::Height least);
/// How long it waits at most, in milliseconds.
inline constexpr std::uint64_t k_agreement_ms = 60'000;

}  // namespace bsn::cli
