// What SM2 refuses from outside, in the words of its interface; OpenSSL refuses each as well.
#include "crypto/der_signature.hpp"
#include "crypto/private_key_access.hpp"
#include "crypto/public_point.hpp"
#include "crypto/sm2/order.hpp"

#include <gtest/gtest.h>

namespace bsn::crypto {
namespace {

const Bytes k_message = to_bytes("what is signed");

EvpMdCtxPtr context_of(EVP_PKEY* key, std::string_view identity,
                       decltype(EVP_DigestSignInit)* init) {
    EvpMdCtxPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* of_key = nullptr;
    ensure(context != nullptr && init(context.get(), &of_key, EVP_sm3(), nullptr, key) == 1 &&
               EVP_PKEY_CTX_set1_id(of_key, identity.data(), identity.size()) == 1,
           "SM2 by OpenSSL");
    return context;
}

Bytes openssl_signs(const PrivateKey& key, std::string_view identity) {
    const EvpPkeyPtr evp = PrivateKeyAccess::to_evp(key);
    const EvpMdCtxPtr context = context_of(evp.get(), identity, EVP_DigestSignInit);
    Bytes der(80);
    std::size_t size = der.size();
    ensure(
        EVP_DigestSign(context.get(), der.data(), &size, k_message.data(), k_message.size()) == 1,
        "OpenSSL made no signature");
    der.resize(size);
    return der;
}

bool openssl_verifies(const PublicKey& key, ByteView der) {
    ErrorScope errors;
    const EvpPkeyPtr evp = to_evp(key);
    const EvpMdCtxPtr context = context_of(evp.get(), k_sm2_identity, EVP_DigestVerifyInit);
    return EVP_DigestVerify(context.get(), der.data(), der.size(), k_message.data(),
                            k_message.size()) == 1;
}

bool ours_verify(const PublicKey& key, ByteView der) {
    const auto signature = signature_from_der(der);
    return signature.ok() && verify(key, k_message, *signature).ok();
}

class Sm2Refusals : public testing::Test {
  protected:
    const PrivateKey key_ = PrivateKey::generate(SuiteId::sm2);
    const PublicKey& public_key_ = key_.public_key();
};

TEST_F(Sm2Refusals, another_identity) {
    EXPECT_TRUE(ours_verify(public_key_, openssl_signs(key_, k_sm2_identity)));
    for (const char* identity : {"ALICE123@YAHOO.COM", "1234567812345679", "123456781234567", ""}) {
        const Bytes der = openssl_signs(key_, identity);
        EXPECT_FALSE(ours_verify(public_key_, der)) << identity;
        EXPECT_FALSE(openssl_verifies(public_key_, der)) << identity;
    }
}

TEST_F(Sm2Refusals, numbers_beyond_their_range) {
    const Signature good = key_.sign(k_message);
    const Scalar zero{};
    Scalar ones;
    ones.fill(0xFF);
    const Scalar& order = curve_of(SuiteId::sm2).order;
    Scalar above = order;
    above.back() += 1;
    for (const Scalar& bad : {zero, order, above, ones}) {
        for (std::size_t at : {0, 32}) {
            Signature changed = good;
            std::copy(bad.begin(), bad.end(), changed.data() + at);
            const Status verdict = verify(public_key_, k_message, changed);
            ASSERT_FALSE(verdict.ok());
            EXPECT_EQ(verdict.error().code, Code::bad_signature);
            EXPECT_NE(verdict.error().message.find("zero or beyond"), std::string::npos);
            EXPECT_FALSE(openssl_verifies(public_key_, to_der(changed)));
        }
    }
}

TEST_F(Sm2Refusals, numbers_whose_sum_is_the_order) {
    Signature bad = key_.sign(k_message);
    std::uint64_t ignored = 0;
    const sm2::Limbs r = sm2::from_bytes(bad.data());
    sm2::to_bytes(sm2::subtract(sm2::k_order, r, ignored), bad.data() + 32);
    EXPECT_FALSE(verify(public_key_, k_message, bad).ok());
    EXPECT_FALSE(openssl_verifies(public_key_, to_der(bad)));
}

/// SEQUENCE of two INTEGERs, whose contents, tags and lengths can be wrong.
Bytes der_of(ByteView r, ByteView s, std::uint8_t sequence = 0x30, std::uint8_t integer = 0x02) {
    Bytes der{sequence, static_cast<std::uint8_t>(4 + r.size() + s.size()), integer,
              static_cast<std::uint8_t>(r.size())};
    der.insert(der.end(), r.begin(), r.end());
    der.push_back(integer);
    der.push_back(static_cast<std::uint8_t>(s.size()));
    der.insert(der.end(), s.begin(), s.end());
    return der;
}

TEST_F(Sm2Refusals, every_other_der_of_a_good_signature) {
    Signature good;
    do {  // whose numbers need no zero in front, so that one more byte is a mistake
        good = key_.sign(k_message);
    } while (good.data()[0] >= 0x80 || good.data()[32] >= 0x80 || good.data()[0] == 0 ||
             good.data()[32] == 0);
    const Bytes r = to_bytes(good.view().first(32));
    const Bytes s = to_bytes(good.view().subspan(32));
    const Bytes der = der_of(r, s);
    ASSERT_TRUE(ours_verify(public_key_, der));
    ASSERT_TRUE(openssl_verifies(public_key_, der));

    const auto with = [](ByteView bytes, std::initializer_list<std::uint8_t> front,
                         std::initializer_list<std::uint8_t> back = {}) {
        Bytes made(front);
        made.insert(made.end(), bytes.begin(), bytes.end());
        made.insert(made.end(), back);
        return made;
    };
    const ByteView body = ByteView(der).subspan(2);
    const auto size = static_cast<std::uint8_t>(body.size());
    const ByteView both(der);
    const std::vector<std::pair<const char*, Bytes>> wrong = {
        {"empty", {}},
        {"the length in the long form", with(body, {0x30, 0x81, size})},
        {"in an even longer form", with(body, {0x30, 0x82, 0, size})},
        {"an indefinite length", with(body, {0x30, 0x80}, {0, 0})},
        {"a byte behind", with(both, {}, {0})},
        {"the same again behind it", with(both, {}, {0x05, 0x00})},
        {"a byte behind the numbers", with(body, {0x30, static_cast<std::uint8_t>(size + 1)}, {0})},
        {"the last byte missing", with(both.first(der.size() - 1), {})},
        {"too great a length", with(body, {0x30, static_cast<std::uint8_t>(size + 1)})},
        {"too small a length", with(body, {0x30, static_cast<std::uint8_t>(size - 1)})},
        {"a zero before r", der_of(with(r, {0}), s)},
        {"a zero before s", der_of(r, with(s, {0}))},
        {"two zeros before s", der_of(r, with(s, {0, 0}))},
        {"r below zero", der_of(with(r, {0xFF}), s)},
        {"s below zero", der_of(r, with(s, {0x80}))},
        {"no r", der_of({}, s)},
        {"no s", der_of(r, {})},
        {"a set", der_of(r, s, 0x31)},
        {"a primitive sequence", der_of(r, s, 0x10)},
        {"octets", der_of(r, s, 0x30, 0x04)},
        {"constructed integers", der_of(r, s, 0x30, 0x22)},
        {"only r and s", with(good.view(), {})},
        {"a sequence of it", with(both, {0x30, static_cast<std::uint8_t>(der.size())})},
        {"the length of r in the long form",
         [&] {
             Bytes made{0x30, static_cast<std::uint8_t>(size + 1), 0x02, 0x81};
             made.insert(made.end(), der.begin() + 3, der.end());
             return made;
         }()},
    };
    for (const auto& [what, bytes] : wrong) {
        EXPECT_FALSE(signature_from_der(bytes).ok()) << what;
        EXPECT_FALSE(openssl_verifies(public_key_, bytes)) << what;
    }
}

TEST_F(Sm2Refusals, public_keys_of_another_form) {
    const auto refused = [](const PublicKeyBytes& bytes) {
        const PublicKey key{SuiteId::sm2, bytes};
        return !check_public_key(key).ok() && !public_point_of(key).ok() &&
               to_evp(key) == nullptr &&
               !verify(key, k_message, *Signature::from(Bytes(64, 1))).ok();
    };
    EXPECT_FALSE(refused(public_key_.bytes));
    EXPECT_TRUE(refused(PublicKeyBytes{})) << "infinity, filled up with zeros";
    for (int first : {0, 1, 4, 5, 6, 7, 0x82, 0xFF}) {
        PublicKeyBytes bytes = public_key_.bytes;
        bytes.data()[0] = static_cast<std::uint8_t>(first);
        EXPECT_TRUE(refused(bytes)) << first;
    }
    PublicKeyBytes beyond = public_key_.bytes;
    std::fill(beyond.data() + 1, beyond.data() + 33, std::uint8_t{0xFF});
    EXPECT_TRUE(refused(beyond)) << "x beyond the field";
    int off_the_curve = 0;
    for (int i = 0; i < 20; ++i) {
        PublicKeyBytes bytes = public_key_.bytes;
        bytes.data()[32] ^= static_cast<std::uint8_t>(i + 1);
        const bool ours = check_public_key({SuiteId::sm2, bytes}).ok();
        EcPointPtr point(EC_POINT_new(curve_of(SuiteId::sm2).group));
        ErrorScope errors;
        EXPECT_EQ(ours, EC_POINT_oct2point(curve_of(SuiteId::sm2).group, point.get(), bytes.data(),
                                           bytes.size(), nullptr) == 1);
        if (!ours) ++off_the_curve;
    }
    EXPECT_GT(off_the_curve, 2);
}

TEST_F(Sm2Refusals, both_coordinates_off_the_curve) {
    const PublicPoint good = *public_point_of(public_key_);
    EXPECT_TRUE(public_key_of_point(SuiteId::sm2, good).ok());
    for (std::size_t at : {0, 31, 32, 63}) {
        PublicPoint changed = good;
        changed.data()[at] ^= 1;
        EXPECT_FALSE(public_key_of_point(SuiteId::sm2, changed).ok()) << at;
    }
    EXPECT_FALSE(public_key_of_point(SuiteId::sm2, PublicPoint{}).ok());
    PublicPoint swapped;
    std::copy_n(good.data(), 32, swapped.data() + 32);
    std::copy_n(good.data() + 32, 32, swapped.data());
    EXPECT_FALSE(public_key_of_point(SuiteId::sm2, swapped).ok());
}

}  // namespace
}  // namespace bsn::crypto
