#include "crypto/lru_cache.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

namespace bsn::crypto {
namespace {

using Cache = LruCache<int, std::unique_ptr<int>, std::hash<int>>;

void put(Cache& cache, int key) { cache.put(key, std::make_unique<int>(key * 10)); }

TEST(LruCache, finds_what_was_put) {
    Cache cache(3);
    EXPECT_EQ(cache.find(1), nullptr);
    put(cache, 1);
    ASSERT_NE(cache.find(1), nullptr);
    EXPECT_EQ(**cache.find(1), 10);
}

TEST(LruCache, never_holds_more_than_its_capacity) {
    Cache cache(3);
    for (int key = 0; key < 100; ++key) {
        put(cache, key);
        EXPECT_LE(cache.size(), 3U);
    }
    EXPECT_NE(cache.find(99), nullptr);
    EXPECT_NE(cache.find(97), nullptr);
    EXPECT_EQ(cache.find(96), nullptr);
}

TEST(LruCache, drops_what_was_used_longest_ago) {
    Cache cache(3);
    for (int key : {1, 2, 3}) put(cache, key);
    cache.find(1);
    put(cache, 4);
    EXPECT_NE(cache.find(1), nullptr);
    EXPECT_EQ(cache.find(2), nullptr);
    EXPECT_NE(cache.find(3), nullptr);
    EXPECT_NE(cache.find(4), nullptr);
}

}  // namespace
}  // namespace bsn::crypto
