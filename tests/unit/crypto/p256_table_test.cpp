#include "crypto/p256_table.hpp"

#include "crypto/curves.hpp"
#include "crypto/private_key.hpp"

#include <gtest/gtest.h>

namespace bsn::crypto {
namespace {

EcPointPtr point_of(const PublicKey& key) {
    EcPointPtr point(EC_POINT_new(curve_of(SuiteId::secp256r1).group));
    EXPECT_EQ(EC_POINT_oct2point(curve_of(SuiteId::secp256r1).group, point.get(), key.bytes.data(),
                                 key.bytes.size(), nullptr),
              1);
    return point;
}

Hash digest_of(std::string_view message) { return hash(HashId::sha256, as_bytes(message)); }

TEST(P256Table, judges_as_plain_verification_does) {
    for (int number = 0; number < 8; ++number) {
        PrivateKey key = PrivateKey::generate(SuiteId::secp256r1);
        PrivateKey stranger = PrivateKey::generate(SuiteId::secp256r1);
        P256Table table(point_of(key.public_key()).get());
        for (int i = 0; i < 40; ++i) {
            const std::string message = "message " + std::to_string(i);
            Signature good = key.sign(as_bytes(message));
            EXPECT_TRUE(table.verify(digest_of(message), good));
            EXPECT_FALSE(table.verify(digest_of(message + "!"), good));
            EXPECT_FALSE(table.verify(digest_of(message), stranger.sign(as_bytes(message))));
            Signature changed = good;
            auto at = static_cast<std::size_t>((i * 7 + number) % 64);
            changed.data()[at] ^= static_cast<std::uint8_t>(1U << (i % 8));
            EXPECT_EQ(table.verify(digest_of(message), changed),
                      verify(key.public_key(), as_bytes(message), changed).ok());
        }
    }
}

TEST(P256Table, a_key_that_verifies_often_is_judged_as_at_first) {
    PrivateKey key = PrivateKey::generate(SuiteId::secp256r1);
    const Bytes message = to_bytes("often");
    Signature good = key.sign(message);
    Signature bad = good;
    bad.data()[40] ^= 1;
    for (int i = 0; i < 1'200; ++i) {
        ASSERT_TRUE(verify(key.public_key(), message, good).ok()) << i;
        ASSERT_FALSE(verify(key.public_key(), message, bad).ok()) << i;
    }
}

/// A key that asks for tables and verifies with those that it gets.
struct Asking {
    PrivateKey key = PrivateKey::generate(SuiteId::secp256r1);
    EcPointPtr point = point_of(key.public_key());

    std::weak_ptr<const P256Table> ask(P256Tables& tables) const {
        return tables.table_of(key.public_key().bytes, point.get());
    }
    void use(const std::weak_ptr<const P256Table>& table) const {
        EXPECT_TRUE(table.lock()->verify(digest_of("use"), key.sign(as_bytes("use"))));
    }
};

TEST(P256Tables, share_the_table_of_a_key) {
    P256Tables tables(2, std::chrono::hours(1));
    Asking one;
    auto table = one.ask(tables);
    ASSERT_FALSE(table.expired());
    EXPECT_EQ(one.ask(tables).lock(), table.lock());
    EXPECT_EQ(table.use_count(), 1) << "nobody else owns it";
}

TEST(P256Tables, are_never_more_than_their_bound_and_keep_their_places) {
    P256Tables tables(2, std::chrono::hours(1));
    Asking one;
    Asking two;
    auto of_one = one.ask(tables);
    auto of_two = two.ask(tables);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(Asking().ask(tables).expired());
    EXPECT_FALSE(of_one.expired());
    EXPECT_FALSE(of_two.expired());
}

TEST(P256Tables, an_idle_one_makes_room) {
    P256Tables tables(2, std::chrono::hours(0));
    Asking one;
    Asking two;
    Asking three;
    auto of_one = one.ask(tables);
    auto of_two = two.ask(tables);
    EXPECT_TRUE(three.ask(tables).expired()) << "both are new";
    one.use(of_one);
    auto of_three = three.ask(tables);
    EXPECT_FALSE(of_three.expired());
    EXPECT_FALSE(of_one.expired());
    EXPECT_TRUE(of_two.expired());
    one.use(of_one);
    three.use(of_three);
    EXPECT_TRUE(two.ask(tables).expired()) << "both are in use";
}

/// A signature whose r is x - order: the point has an x beyond the order, which ECDSA reduces.
/// Made from the point: the key is then r⁻¹(sR - eG).
TEST(P256Table, x_is_reduced_by_the_order) {
    const EC_GROUP* group = curve_of(SuiteId::secp256r1).group;
    const BIGNUM* order = EC_GROUP_get0_order(group);
    std::unique_ptr<BN_CTX, FreeWith<BN_CTX_free>> context(BN_CTX_new());
    BignumPtr x(BN_dup(order));
    EcPointPtr nonce_point(EC_POINT_new(group));
    do {
        BN_add_word(x.get(), 1);
    } while (EC_POINT_set_compressed_coordinates(group, nonce_point.get(), x.get(), 0,
                                                 context.get()) != 1);
    ERR_clear_error();
    Hash digest = digest_of("wraps");
    BignumPtr r(BN_new());
    BignumPtr s(BN_new());
    BignumPtr e(BN_bin2bn(digest.data(), 32, nullptr));
    BN_sub(r.get(), x.get(), order);
    BN_set_word(s.get(), 12'345);
    BignumPtr inverse(BN_mod_inverse(nullptr, r.get(), order, context.get()));
    BignumPtr of_point(BN_new());
    BignumPtr of_generator(BN_new());
    BN_mod_mul(of_point.get(), s.get(), inverse.get(), order, context.get());
    BN_mod_mul(of_generator.get(), e.get(), inverse.get(), order, context.get());
    BN_sub(of_generator.get(), order, of_generator.get());
    EcPointPtr key(EC_POINT_new(group));
    ASSERT_EQ(EC_POINT_mul(group, key.get(), of_generator.get(), nonce_point.get(), of_point.get(),
                           context.get()),
              1);
    Signature signature;
    BN_bn2binpad(r.get(), signature.data(), 32);
    BN_bn2binpad(s.get(), signature.data() + 32, 32);
    PublicKey public_key{SuiteId::secp256r1, {}};
    EC_POINT_point2oct(group, key.get(), POINT_CONVERSION_COMPRESSED, public_key.bytes.data(), 33,
                       context.get());
    ASSERT_TRUE(verify(public_key, as_bytes(std::string_view("wraps")), signature).ok());
    EXPECT_TRUE(P256Table(key.get()).verify(digest, signature));
}

}  // namespace
}  // namespace bsn::crypto
