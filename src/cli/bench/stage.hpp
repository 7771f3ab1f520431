#pragma once
// What a benchmark needs on the network before it can begin: apps, and a key that may write to
// them.

#include "cli/context.hpp"

namespace bsn::cli {

/// What is to be there.
struct BenchPlan {
    std::vector<std::string> names;  ///< of the apps
    std::string suite;
    std::size_t peers = 0;  ///< nodes of each app; 0: all
    std::size_t payload_bytes = 256;
    std::string framework = "ledger";  ///< or `fabric`, whose channels open later
};

/// An app, and the places of its nodes among the client's endpoints.
struct BenchApp {
    AppRef ref;
    std::vector<std::size_t> nodes;
};

/// Apps of one suite that a key of the benchmark may write to.
struct BenchStage {
    Context acting;  ///< as that key
    std::vector<BenchApp> apps;
    crypto::SuiteId suite = crypto::SuiteId::secp256r1;
};

/// The names of a benchmark's apps: NAME, NAME-2, NAME-3, …
std::vector<std::string> bench_app_names(const std::string& name, std::size_t count);

/// The nodes of an app that has so many of all the network's: one after the other, beginning with
/// another one for each app, so that the apps together use them alike.
std::vector<std::size_t> nodes_of_app(std::size_t app, std::size_t peers, std::size_t all);

/// Makes the apps (by the user's own key) and the key `bench-SUITE` where they are missing, and
/// waits until all nodes of the apps take its transactions (of framework `ledger`).
Result<BenchStage> prepare_bench(Context& context, const BenchPlan& plan);

/// What an app's peers agree on.
struct Agreement {
    bool reached = false;
    ledger::Height height = 0;
    std::string head;
    std::size_t peers = 0;
    std::size_t quorum = 0;
};

/// Waits until all nodes of the app hold the same last certified block, at least at this height.
Agreement wait_for_agreement(NodeClient& api, const BenchApp& app, ledger::Height least);
/// How long it waits at most, in milliseconds.
inline constexpr std::uint64_t k_agreement_ms = 60'000;

}  // namespace bsn::cli
