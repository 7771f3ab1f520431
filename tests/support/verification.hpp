#pragma once
// Expectations about verified receipt bundles.

#include "ledger/verify.hpp"
#include "support/receipt_world.hpp"

#include <gtest/gtest.h>

namespace bsn::testing {

inline WorldPlan with_all_handovers() {
    WorldPlan plan;
    plan.system_handover = true;
    plan.late_system_handover = true;
    plan.app_handover = true;
    plan.later_app_handover = true;
    return plan;
}

inline void expect_success(const ledger::Verification& verification) {
    EXPECT_TRUE(verification.authentic) << verification.failure();
    EXPECT_TRUE(verification.success()) << verification.failure();
    EXPECT_EQ(verification.failure(), "");
    for (const ledger::VerificationStep& step : verification.steps)
        EXPECT_TRUE(step.holds) << step.claim;
}

/// Refused, in the step that is told by a part of its claim, for the reason told by a part of the
/// detail.
inline void expect_refused(const ledger::Verification& verification, std::string_view claim,
                           std::string_view detail) {
    EXPECT_FALSE(verification.authentic);
    EXPECT_FALSE(verification.success());
    ASSERT_FALSE(verification.steps.empty());
    const ledger::VerificationStep& last = verification.steps.back();
    EXPECT_FALSE(last.holds);
    EXPECT_NE(last.claim.find(claim), std::string::npos) << last.claim << ": " << last.detail;
    EXPECT_NE(last.detail.find(detail), std::string::npos) << last.claim << ": " << last.detail;
    EXPECT_NE(verification.failure().find(last.detail), std::string::npos);
    for (std::size_t i = 0; i + 1 < verification.steps.size(); ++i) {
        EXPECT_TRUE(verification.steps[i].holds) << "it stops at the first that does not hold";
    }
}

// Parts of the steps' claims.
inline constexpr std::string_view k_transaction = "the transaction is";
inline constexpr std::string_view k_receipt = "the receipt is";
inline constexpr std::string_view k_block = "the block is";
inline constexpr std::string_view k_system = "the system channel's epochs";
inline constexpr std::string_view k_creation = "the app was created";
inline constexpr std::string_view k_epochs = "the app's epochs";
inline constexpr std::string_view k_quorum = "a quorum";

}  // namespace bsn::testing
