// Certificates of an organisation's members, read again by OpenSSL.

#include "crypto/member_certificate.hpp"

#include "crypto/certificate_authority.hpp"
#include "crypto/openssl.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <array>

namespace bsn::crypto {
namespace {

constexpr UnixMillis k_now = 1'800'000'000'000;

X509Ptr parse(const std::string& pem) {
    BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

class MemberCertificateTest : public ::testing::Test {
  protected:
    Result<std::string> issue(const MemberCertificate& asked) const {
        return issue_member_certificate(authority, key, asked, k_now);
    }
    MemberCertificate alice() const {
        return {"city-1", "client", "alice", alices_key.public_key(), "", 100};
    }

    PrivateKey alices_key = PrivateKey::generate(SuiteId::secp256r1);
    PrivateKey key = PrivateKey::generate(SuiteId::secp256r1);
    std::string authority = make_authority_certificate(key, "city-1", k_now, 3650);
};

TEST_F(MemberCertificateTest, it_says_who_and_in_which_role_and_the_authority_has_signed_it) {
    auto pem = issue(alice());
    ASSERT_TRUE(pem.ok()) << pem.error().message;
    const X509Ptr certificate = parse(*pem);
    const X509Ptr issuer = parse(authority);
    std::array<char, 256> subject{};
    X509_NAME_oneline(X509_get_subject_name(certificate.get()), subject.data(), subject.size());
    EXPECT_STREQ(subject.data(), "/O=city-1/OU=client/CN=alice");
    EXPECT_EQ(X509_verify(certificate.get(), X509_get0_pubkey(issuer.get())), 1);
    EXPECT_EQ(X509_check_ca(certificate.get()), 0);
    EXPECT_EQ(X509_get_key_usage(certificate.get()), std::uint32_t{KU_DIGITAL_SIGNATURE});
    EXPECT_EQ(*key_of_certificate(*pem), alice().key);
    EXPECT_EQ(*end_of_certificate(*pem), k_now + UnixMillis{100} * 86'400'000);
}

TEST_F(MemberCertificateTest, its_signature_has_a_low_s) {
    const BignumPtr half = [] {
        BIGNUM* order = nullptr;
        BN_hex2bn(&order, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
        BignumPtr number(order);
        BN_rshift1(number.get(), number.get());
        return number;
    }();
    for (int i = 0; i < 16; ++i) {
        const X509Ptr certificate = parse(*issue(alice()));
        const ASN1_BIT_STRING* bits = nullptr;
        X509_get0_signature(&bits, nullptr, certificate.get());
        const unsigned char* data = bits->data;
        const EcdsaSigPtr signature(d2i_ECDSA_SIG(nullptr, &data, bits->length));
        EXPECT_LE(BN_cmp(ECDSA_SIG_get0_s(signature.get()), half.get()), 0);
    }
}

TEST_F(MemberCertificateTest, attributes_stand_where_fabric_reads_them) {
    MemberCertificate asked = alice();
    asked.attributes = R"({"attrs":{"role":"writer"}})";
    const X509Ptr certificate = parse(*issue(asked));
    std::unique_ptr<ASN1_OBJECT, FreeWith<ASN1_OBJECT_free>> kind(
        OBJ_txt2obj("1.2.3.4.5.6.7.8.1", 1));
    const int place = X509_get_ext_by_OBJ(certificate.get(), kind.get(), -1);
    ASSERT_GE(place, 0);
    const ASN1_OCTET_STRING* value =
        X509_EXTENSION_get_data(X509_get_ext(certificate.get(), place));
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                          static_cast<std::size_t>(ASN1_STRING_length(value))),
              asked.attributes);
    const X509Ptr without = parse(*issue(alice()));
    EXPECT_LT(X509_get_ext_by_OBJ(without.get(), kind.get(), -1), 0);
}

TEST_F(MemberCertificateTest, another_key_gets_a_certificate_in_the_same_name) {
    MemberCertificate asked = alice();
    asked.attributes = R"({"attrs":{"role":"writer"}})";
    const std::string first = *issue(asked);
    const auto other = PrivateKey::generate(SuiteId::secp256r1);
    const UnixMillis later = k_now + 1'000'000;
    auto second = issue_for_other_key(authority, key, first, other.public_key(), later);
    ASSERT_TRUE(second.ok()) << second.error().message;
    EXPECT_TRUE(name_the_same(first, *second));
    EXPECT_EQ(*key_of_certificate(*second), other.public_key());
    EXPECT_EQ(*end_of_certificate(*second), *end_of_certificate(first));
    const X509Ptr certificate = parse(*second);
    EXPECT_EQ(X509_verify(certificate.get(), X509_get0_pubkey(parse(authority).get())), 1);
    EXPECT_EQ(X509_check_ca(certificate.get()), 0);
    EXPECT_EQ(X509_get_ext_count(certificate.get()), X509_get_ext_count(parse(first).get()));

    asked.name = "bob";
    EXPECT_FALSE(name_the_same(first, *issue(asked)));
    EXPECT_FALSE(name_the_same(first, authority));
    EXPECT_FALSE(name_the_same(first, "x"));
    const std::string foreign = make_authority_certificate(other, "city-1", k_now, 3650);
    const auto of_foreign = issue_member_certificate(foreign, other, alice(), k_now);
    EXPECT_EQ(
        issue_for_other_key(authority, key, *of_foreign, other.public_key(), k_now).error().code,
        Code::invalid_argument);
    EXPECT_EQ(issue_for_other_key(authority, key, "x", other.public_key(), k_now).error().code,
              Code::invalid_argument);
}

TEST_F(MemberCertificateTest, what_does_not_fit_is_refused) {
    for (const auto& change : std::initializer_list<void (*)(MemberCertificate&)>{
             [](MemberCertificate& asked) { asked.name.clear(); },
             [](MemberCertificate& asked) { asked.name = std::string(65, 'x'); },
             [](MemberCertificate& asked) { asked.role = "\xff"; },
             [](MemberCertificate& asked) { asked.valid_days = 0; },
             [](MemberCertificate& asked) { asked.valid_days = 40'000; },
             [](MemberCertificate& asked) {
                 asked.key = PrivateKey::generate(SuiteId::sm2).public_key();
             }}) {
        MemberCertificate asked = alice();
        change(asked);
        auto refused = issue(asked);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code, Code::invalid_argument);
    }
    const auto other = PrivateKey::generate(SuiteId::secp256r1);
    EXPECT_FALSE(issue_member_certificate(authority, other, alice(), k_now).ok());
    EXPECT_FALSE(issue_member_certificate("x", key, alice(), k_now).ok());
    EXPECT_EQ(end_of_certificate("x").error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace bsn::crypto
