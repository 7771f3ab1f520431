#include "ledger/state_commitment.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace bsn::ledger {
namespace {

void add(MultisetHash& hash, std::string_view contract, std::string_view key,
         std::string_view value) {
    hash.add(as_bytes(contract), as_bytes(key), as_bytes(value));
}

void remove(MultisetHash& hash, std::string_view contract, std::string_view key,
            std::string_view value) {
    hash.remove(as_bytes(contract), as_bytes(key), as_bytes(value));
}

MultisetHash of(std::string_view contract, std::string_view key, std::string_view value) {
    MultisetHash hash;
    add(hash, contract, key, value);
    return hash;
}

/// The values come from Python's hashlib, by the rule of docs/formats.md 9.
TEST(MultisetHash, has_the_documented_value) {
    MultisetHash hash;
    EXPECT_EQ(to_hex(hash.digest(HashId::sha256)),
              "e5a00aa9991ac8a5ee3109844d84a55583bd20572ad3ffcd42792f3c36b183ad");
    add(hash, "bank", "alice", "10");
    add(hash, "bank", "bob", "");
    add(hash, "evidence", std::string_view("\x00\xff", 2), std::string(300, 'x'));
    EXPECT_EQ(to_hex(hash.digest(HashId::sha256)),
              "6603579bb482c887cdc4487101c6a9a80c10cc25087e8d434abfc3df690a976d");
    EXPECT_EQ(hash.digest(HashId::sm3), crypto::hash(HashId::sm3, hash.encode()));
}

TEST(MultisetHash, keeps_contract_key_and_value_apart) {
    EXPECT_NE(of("ab", "c", "d"), of("a", "bc", "d"));
    EXPECT_NE(of("a", "bc", "d"), of("a", "b", "cd"));
    EXPECT_NE(of("a", "b", ""), of("a", "", "b"));
}

TEST(MultisetHash, counts_equal_entries) {
    MultisetHash twice = of("a", "b", "c");
    add(twice, "a", "b", "c");
    EXPECT_NE(twice, MultisetHash{});
    EXPECT_NE(twice, of("a", "b", "c"));
    remove(twice, "a", "b", "c");
    EXPECT_EQ(twice, of("a", "b", "c"));
}

/// Law: the hash follows from the set of entries, whatever the way there.
TEST(MultisetHash, depends_on_the_set_only) {
    std::mt19937 random(7);
    std::map<std::string, std::string> entries;
    MultisetHash followed;
    for (int step = 0; step < 300; ++step) {
        std::string key = std::to_string(random() % 40);
        auto found = entries.find(key);
        if (found != entries.end()) {
            remove(followed, "kv", key, found->second);
            entries.erase(found);
        }
        if (random() % 3 != 0) {
            std::string value = std::to_string(random());
            add(followed, "kv", key, value);
            entries[key] = value;
        }
    }
    ASSERT_FALSE(entries.empty());
    MultisetHash forwards;
    MultisetHash backwards;
    for (auto it = entries.begin(); it != entries.end(); ++it) {
        add(forwards, "kv", it->first, it->second);
    }
    for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
        add(backwards, "kv", it->first, it->second);
    }
    EXPECT_EQ(followed, forwards);
    EXPECT_EQ(followed, backwards);
    EXPECT_EQ(followed.digest(HashId::sha256), forwards.digest(HashId::sha256));
}

TEST(MultisetHash, survives_encoding) {
    MultisetHash hash = of("a", "b", "c");
    EXPECT_EQ(MultisetHash::decode(hash.encode()).value(), hash);
    EXPECT_EQ(hash.encode().size(), MultisetHash::k_bytes);
    EXPECT_FALSE(MultisetHash::decode(Bytes(MultisetHash::k_bytes - 1)).ok());
    EXPECT_FALSE(MultisetHash::decode(Bytes(MultisetHash::k_bytes + 1)).ok());
}

}  // namespace
}  // namespace bsn::ledger
