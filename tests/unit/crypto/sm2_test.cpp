// SM2 by every implementation of the curve: laws of field and group, the examples of GB/T 32918.5,
// what is refused, and agreement with OpenSSL.
#include "crypto/curves.hpp"
#include "crypto/plain_verifier.hpp"
#include "crypto/private_key.hpp"
#include "crypto/sm2/adx_field.hpp"
#include "crypto/sm2/signing.hpp"

#include <gtest/gtest.h>

#include <random>

namespace bsn::crypto::sm2 {
namespace {

Limbs number(std::string_view hex) { return from_bytes(bsn::from_hex(hex)->data()); }

std::mt19937_64& dice() {
    static std::mt19937_64 generator(20'261'129);
    return generator;
}

Limbs any_below(const Limbs& modulus) {
    for (;;) {
        const Limbs value{dice()(), dice()(), dice()(), dice()()};
        if (is_below(value, modulus)) return value;
    }
}

/// Numbers at which carries and borrows go wrong, and others.
std::vector<Limbs> edge_numbers(const Limbs& modulus) {
    constexpr std::uint64_t k_ones = ~std::uint64_t{0};
    std::uint64_t ignored = 0;
    std::vector<Limbs> numbers{Limbs{},
                               Limbs{1},
                               Limbs{2},
                               Limbs{k_ones},
                               Limbs{k_ones, k_ones},
                               Limbs{k_ones, k_ones, k_ones},
                               Limbs{0, 0, 0, 0xFFFFFFFEFFFFFFFE},
                               Limbs{k_ones, k_ones, k_ones, 0xFFFFFFFEFFFFFFFE},
                               Limbs{k_ones, 0xFFFFFFFF, k_ones, 0x7FFFFFFF00000000}};
    for (std::uint64_t less = 1; less < 4; ++less) {
        numbers.push_back(subtract(modulus, Limbs{less}, ignored));
    }
    for (int i = 0; i < 12; ++i) numbers.push_back(any_below(modulus));
    return numbers;
}

template <typename Field>
class FieldLaws : public testing::Test {
  protected:
    static bool runs_here() {
        return std::is_same_v<Field, PortableField> || adx_arithmetic() != nullptr;
    }
};

#ifdef BSN_SM2_HAS_ADX
using Fields = testing::Types<PortableField, AdxField>;
#else
using Fields = testing::Types<PortableField>;
#endif
TYPED_TEST_SUITE(FieldLaws, Fields);

TYPED_TEST(FieldLaws, sums_and_products_are_those_of_a_field) {
    if (!this->runs_here()) GTEST_SKIP() << "the processor lacks BMI2 or ADX";
    using Field = TypeParam;
    const std::vector<Limbs> numbers = edge_numbers(k_prime);
    for (const Limbs& a : numbers) {
        EXPECT_EQ(Field::multiply(a, k_field_one), a);
        EXPECT_EQ(Field::square(a), Field::multiply(a, a));
        EXPECT_EQ(from_form<Field>(to_form<Field>(a)), a);
        EXPECT_EQ(Field::add(a, negate<Field>(a)), Limbs{});
        EXPECT_TRUE(is_zero(a) || Field::multiply(a, invert<Field>(a)) == k_field_one);
        for (const Limbs& b : numbers) {
            const Limbs product = Field::multiply(a, b);
            EXPECT_EQ(product, PortableField::multiply(a, b));
            EXPECT_TRUE(is_below(product, k_prime));
            EXPECT_EQ(product, Field::multiply(b, a));
            EXPECT_TRUE(is_below(Field::add(a, b), k_prime));
            EXPECT_EQ(Field::subtract(Field::add(a, b), b), a);
            for (const Limbs& c : {numbers[3], numbers[8], numbers.back()}) {
                EXPECT_EQ(Field::multiply(Field::add(a, b), c),
                          Field::add(Field::multiply(a, c), Field::multiply(b, c)));
                EXPECT_EQ(Field::multiply(product, c), Field::multiply(a, Field::multiply(b, c)));
            }
        }
    }
}

TYPED_TEST(FieldLaws, a_square_has_a_root) {
    if (!this->runs_here()) GTEST_SKIP() << "the processor lacks BMI2 or ADX";
    using Field = TypeParam;
    for (const Limbs& a : edge_numbers(k_prime)) {
        const Limbs root = square_root<Field>(Field::square(a));
        EXPECT_TRUE(root == a || root == negate<Field>(a));
    }
}

TEST(OrderLaws, inverses_products_and_long_numbers) {
    for (const Limbs& a : edge_numbers(k_order)) {
        EXPECT_TRUE(is_zero(a) || order_multiply(a, order_invert(a)) == Limbs{1});
        EXPECT_EQ(order_reduce(Limbs{}, a), order_reduce(a));
        EXPECT_EQ(order_reduce(Limbs{1}, Limbs{}), power_of_two_256(k_order, 1));
        for (const Limbs& b : edge_numbers(k_order)) {
            EXPECT_EQ(order_add(order_subtract(a, b), b), a);
            EXPECT_EQ(order_reduce(a, b),
                      order_add(order_multiply(a, power_of_two_256(k_order, 1)), b));
        }
    }
}

class EveryArithmetic : public testing::TestWithParam<const Arithmetic*> {
  protected:
    void SetUp() override {
        if (GetParam() == nullptr) GTEST_SKIP() << "the processor lacks BMI2 or ADX";
    }
    const Arithmetic& sm2() const { return *GetParam(); }

    std::optional<AffinePoint> point(const PublicKeyBytes& bytes) const {
        return sm2().read_point(bytes.data());
    }
    bool verifies(const AffinePoint& key, const Limbs& digest,
                  const SignatureNumbers& signature) const {
        const bool verified = sm2().verify(key, digest, signature);
        if (sm2().multiples_of != nullptr) {
            EXPECT_EQ(sm2().verify_with(*sm2().multiples_of(key), digest, signature), verified);
        }
        return verified;
    }
};

INSTANTIATE_TEST_SUITE_P(Sm2, EveryArithmetic,
                         testing::Values(&portable_arithmetic(), adx_arithmetic(),
                                         &openssl_arithmetic()),
                         [](const auto& info) {
                             return std::string(info.param ? info.param->name : "absent");
                         });

// GB/T 32918.5, annex A.
const Limbs k_scalar = number("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
const Limbs k_digest = number("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640");
const Limbs k_nonce = number("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21");
const SignatureNumbers k_signature{
    number("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"),
    number("b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa")};

TEST_P(EveryArithmetic, signs_and_verifies_the_example_of_the_standard) {
    const MadeSignature made = sign(sm2(), k_digest, signing_inverse(k_scalar), k_nonce);
    EXPECT_NE(made.valid, 0U);
    EXPECT_EQ(made.numbers.r, k_signature.r);
    EXPECT_EQ(made.numbers.s, k_signature.s);
    const AffinePoint key = sm2().secret_point(k_scalar);
    std::array<std::uint8_t, 64> bytes;
    sm2().write_point(key, bytes.data());
    EXPECT_EQ(to_hex(bytes),
              "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
              "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13");
    EXPECT_TRUE(verifies(key, k_digest, k_signature));
}

TEST_P(EveryArithmetic, refuses_numbers_that_no_signature_has) {
    const AffinePoint key = sm2().secret_point(k_scalar);
    std::uint64_t ignored = 0;
    const Limbs ones{~0ULL, ~0ULL, ~0ULL, ~0ULL};
    const Limbs opposite = subtract(k_order, k_signature.r, ignored);
    for (const SignatureNumbers& bad :
         std::initializer_list<SignatureNumbers>{{Limbs{}, k_signature.s},
                                                 {k_signature.r, Limbs{}},
                                                 {k_order, k_signature.s},
                                                 {k_signature.r, k_order},
                                                 {ones, k_signature.s},
                                                 {k_signature.r, ones},
                                                 {k_signature.r, opposite},
                                                 {k_signature.s, k_signature.r}}) {
        EXPECT_FALSE(verifies(key, k_digest, bad));
    }
    // r + s = n takes the key out of the sum: anybody can choose a digest for such numbers.
    const Limbs x = order_reduce(sm2().secret_x(k_nonce));
    const Limbs r = subtract(k_order, k_nonce, ignored);
    EXPECT_FALSE(verifies(key, order_subtract(r, x), {r, k_nonce}));
    // s * G + (r + s) * key is infinity where s = -d (r + s).
    const Limbs sum = any_below(k_order);
    const Limbs s = order_subtract(Limbs{}, order_multiply(k_scalar, sum));
    EXPECT_FALSE(verifies(key, k_digest, {order_subtract(sum, s), s}));
}

/// A point whose x is not below the order, which none of a random nonce has: one in 2^128.
EcPointPtr point_beyond_the_order() {
    ErrorScope errors;
    for (std::uint64_t more = 0;; ++more) {
        std::uint64_t ignored = 0;
        std::array<std::uint8_t, 33> bytes{2};
        to_bytes(add(k_order, Limbs{more}, ignored), bytes.data() + 1);
        EcPointPtr point(EC_POINT_new(curve_of(SuiteId::sm2).group));
        if (EC_POINT_oct2point(curve_of(SuiteId::sm2).group, point.get(), bytes.data(),
                               bytes.size(), nullptr) == 1) {
            return point;
        }
    }
}

BignumPtr big(const Limbs& value) {
    std::array<std::uint8_t, 32> bytes;
    to_bytes(value, bytes.data());
    return BignumPtr(BN_bin2bn(bytes.data(), 32, nullptr));
}

TEST_P(EveryArithmetic, verifies_where_x_is_beyond_the_order) {
    const EC_GROUP* group = curve_of(SuiteId::sm2).group;
    const EcPointPtr sum = point_beyond_the_order();
    std::array<std::uint8_t, 33> bytes;
    ASSERT_EQ(EC_POINT_point2oct(group, sum.get(), POINT_CONVERSION_COMPRESSED, bytes.data(), 33,
                                 nullptr),
              33U);
    const Limbs x = from_bytes(bytes.data() + 1);
    ASSERT_FALSE(is_below(x, k_order));
    // The key of which s * G + t * key is that point: (1 / t) * point - (s / t) * G.
    const Limbs s = any_below(k_order);
    const Limbs t = any_below(k_order);
    const Limbs inverse = order_invert(t);
    const EcPointPtr key(EC_POINT_new(group));
    ASSERT_EQ(EC_POINT_mul(group, key.get(),
                           big(order_subtract(Limbs{}, order_multiply(s, inverse))).get(),
                           sum.get(), big(inverse).get(), nullptr),
              1);
    ASSERT_EQ(EC_POINT_point2oct(group, key.get(), POINT_CONVERSION_COMPRESSED, bytes.data(), 33,
                                 nullptr),
              33U);
    const Limbs r = order_subtract(t, s);
    const Limbs digest = order_subtract(r, order_reduce(x));
    const AffinePoint point = *sm2().read_point(bytes.data());
    EXPECT_TRUE(verifies(point, digest, {r, s}));
    EXPECT_FALSE(verifies(point, order_add(digest, Limbs{1}), {r, s}));
}

TEST_P(EveryArithmetic, a_nonce_that_gives_no_signature_is_told) {
    const Limbs inverse = signing_inverse(k_scalar);
    const Limbs x = order_reduce(sm2().secret_x(k_nonce));
    EXPECT_EQ(sign(sm2(), order_subtract(Limbs{}, x), inverse, k_nonce).valid, 0U) << "r is 0";
    const Limbs minus_k = order_subtract(Limbs{}, k_nonce);
    EXPECT_EQ(sign(sm2(), order_subtract(minus_k, x), inverse, k_nonce).valid, 0U) << "r + k = n";
}

TEST_P(EveryArithmetic, multiplies_by_scalars_at_the_edges) {
    for (const Limbs& scalar : edge_numbers(k_order)) {
        if (is_zero(scalar)) continue;
        const AffinePoint ours = sm2().secret_point(scalar);
        const AffinePoint plain = openssl_arithmetic().secret_point(scalar);
        EXPECT_EQ(ours.x, plain.x);
        EXPECT_EQ(ours.y, plain.y);
    }
}

TEST_P(EveryArithmetic, keys_and_digests_at_the_edges_verify) {
    for (const Limbs& scalar : edge_numbers(k_order)) {
        std::uint64_t ignored = 0;
        if (is_zero(scalar) || scalar == subtract(k_order, Limbs{1}, ignored)) continue;
        const AffinePoint key = sm2().secret_point(scalar);
        for (const Limbs& digest :
             {Limbs{}, k_order, Limbs{~0ULL, ~0ULL, ~0ULL, ~0ULL}, k_digest}) {
            const MadeSignature made =
                sign(sm2(), digest, signing_inverse(scalar), any_below(k_order));
            ASSERT_NE(made.valid, 0U);
            EXPECT_TRUE(verifies(key, digest, made.numbers));
            EXPECT_TRUE(openssl_arithmetic().verify(key, digest, made.numbers));
            SignatureNumbers changed = made.numbers;
            changed.s[dice()() % 3] ^= std::uint64_t{1} << (dice()() % 64);
            EXPECT_FALSE(verifies(key, digest, changed));
        }
    }
}

TEST_P(EveryArithmetic, judges_points_as_openssl_does) {
    for (int i = 0; i < 200; ++i) {
        std::array<std::uint8_t, 33> bytes;
        for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(dice()());
        bytes[0] = static_cast<std::uint8_t>(i % 8);
        if (i % 50 == 7) std::fill(bytes.begin() + 1, bytes.end(), std::uint8_t{0xff});
        const auto ours = sm2().read_point(bytes.data());
        const auto plain = openssl_arithmetic().read_point(bytes.data());
        ASSERT_EQ(ours.has_value(), plain.has_value()) << to_hex(bytes);
        if (!ours) continue;
        EXPECT_EQ(ours->x, plain->x);
        EXPECT_EQ(ours->y, plain->y);
    }
    std::array<std::uint8_t, 33> of_p{3};
    to_bytes(k_prime, of_p.data() + 1);
    EXPECT_FALSE(sm2().read_point(of_p.data())) << "x is not below the field's prime";
}

TEST(Sm2Arithmetic, is_the_one_of_the_build) {
#ifdef BSN_SM2_BY_OPENSSL
    EXPECT_EQ(&arithmetic(), &openssl_arithmetic());
#else
    EXPECT_EQ(&arithmetic(), &fastest_arithmetic());
#endif
}

TEST(Sm2Key, signs_what_openssl_verifies_before_and_after_it_has_a_table) {
    const PrivateKey key = PrivateKey::generate(SuiteId::sm2);
    const PlainVerifier plain(key.public_key());
    for (int i = 0; i < 60; ++i) {
        const std::string message = "message " + std::to_string(i);
        const Signature signature = key.sign(as_bytes(message));
        EXPECT_TRUE(plain.verify(as_bytes(message), signature));
        EXPECT_TRUE(verify(key.public_key(), as_bytes(message), signature).ok()) << i;
        EXPECT_FALSE(verify(key.public_key(), as_bytes(message + "!"), signature).ok()) << i;
    }
    EXPECT_NE(key.sign(as_bytes("again")), key.sign(as_bytes("again"))) << "nonces are fresh";
}

TEST(Sm2Key, the_order_less_one_is_no_private_key) {
    std::uint64_t ignored = 0;
    Scalar scalar;
    to_bytes(subtract(k_order, Limbs{1}, ignored), scalar.data());
    auto refused = PrivateKey::from_scalar(SuiteId::sm2, scalar);
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().message.find("less two"), std::string::npos);
    to_bytes(subtract(k_order, Limbs{2}, ignored), scalar.data());
    auto last = PrivateKey::from_scalar(SuiteId::sm2, scalar);
    ASSERT_TRUE(last.ok());
    EXPECT_TRUE(verify(last->public_key(), as_bytes("m"), last->sign(as_bytes("m"))).ok());
}

}  // namespace
}  // namespace bsn::crypto::sm2
