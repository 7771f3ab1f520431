// Writes wait until the node knows who may write.

#include "framework/ledger/permission_age.hpp"

#include <gtest/gtest.h>

namespace bsn::framework {
namespace {

TEST(PermissionAgeTest, permissions_count_until_they_are_too_old) {
    const registry::Seen seen{.order_height = 7, .order_time = 0, .monotonic = 1'000};
    EXPECT_TRUE(check_permission_age(seen, 1'000, 60'000).ok());
    EXPECT_TRUE(check_permission_age(seen, 61'000, 60'000).ok());
    Status status = check_permission_age(seen, 61'001, 60'000);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::unavailable);
    EXPECT_EQ(
        status.error().message,
        "this node has seen nothing of the permission chain for 60 s and takes no writes until "
        "it does; send them to another node of the app");
    EXPECT_TRUE(check_permission_age(seen, 61'001, 0).ok()) << "nobody asked for an age";
    EXPECT_TRUE(check_permission_age(seen, 0, 60'000).ok());
}

}  // namespace
}  // namespace bsn::framework
