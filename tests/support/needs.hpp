#pragma once
// What tests take beside the program.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

namespace bsn::testing {

/// Whether a test that cannot run must fail: where `BSN_NO_SKIPS=1` is set, as in CI.
inline bool no_skips() {
    const char* set = std::getenv("BSN_NO_SKIPS");
    return set != nullptr && std::string_view(set) == "1";
}

}  // namespace bsn::testing

/// Skips the test (or its fixture's `SetUp`) unless its means are there.
#define BSN_NEEDS(met, what)                                                         \
    do {                                                                             \
        if (!(met)) {                                                                \
            if (::bsn::testing::no_skips()) FAIL() << (what) << " (BSN_NO_SKIPS=1)"; \
            GTEST_SKIP() << (what);                                                  \
        }                                                                            \
    } while (false)
