#include "crypto/certificate_authority.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <functional>
#include <memory>

namespace bsn::crypto {
namespace {

constexpr UnixMillis k_now = 1'800'000'000'000;
constexpr UnixMillis k_day = 86'400'000;

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate parse(const std::string& pem) {
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    Certificate certificate(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr), &X509_free);
    BIO_free(bio);
    return certificate;
}

std::string extension_text(X509* certificate, int kind) {
    int at = X509_get_ext_by_NID(certificate, kind, -1);
    if (at < 0) return "none";
    X509_EXTENSION* extension = X509_get_ext(certificate, at);
    BIO* bio = BIO_new(BIO_s_mem());
    if (X509_EXTENSION_get_critical(extension) != 0) BIO_puts(bio, "critical ");
    X509V3_EXT_print(bio, extension, 0, 0);
    char* data = nullptr;
    auto size = static_cast<std::size_t>(BIO_get_mem_data(bio, &data));
    std::string text(data, size);
    BIO_free(bio);
    return text;
}

std::string serial_of(X509* certificate) {
    const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
    return to_hex(
        {ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))});
}

class CertificateAuthority : public testing::Test {
  protected:
    void TearDown() override { EXPECT_EQ(ERR_peek_error(), 0U) << "would confuse TLS"; }

    NodeCertificateRequest request() const {
        return {"city-1",
                "Example Operator",
                {"node1.example.org", "192.0.2.1", "2001:db8::1"},
                node_key_.public_key(),
                30};
    }
    Result<std::string> issue(const NodeCertificateRequest& request) const {
        return issue_node_certificate(authority_, authority_key_, request, k_now);
    }
    Code code_at(const std::string& certificate, UnixMillis time) const {
        return check_node_certificate(authority_, certificate, node_key_.public_key(), time)
            .error()
            .code;
    }
    void expect_refused(const std::function<void(NodeCertificateRequest&)>& spoil) const {
        NodeCertificateRequest spoilt = request();
        spoil(spoilt);
        auto certificate = issue(spoilt);
        ASSERT_FALSE(certificate.ok());
        EXPECT_EQ(certificate.error().code, Code::invalid_argument);
    }

    PrivateKey authority_key_ = PrivateKey::generate(SuiteId::secp256r1);
    PrivateKey node_key_ = PrivateKey::generate(SuiteId::secp256r1);
    std::string authority_ =
        make_authority_certificate(authority_key_, "test-network", k_now, 3650);
};

TEST_F(CertificateAuthority, certificate_says_that_it_is_an_authoritys) {
    Certificate certificate = parse(authority_);
    ASSERT_NE(certificate, nullptr);
    EXPECT_EQ(X509_get_version(certificate.get()), X509_VERSION_3);
    EXPECT_EQ(extension_text(certificate.get(), NID_basic_constraints),
              "critical CA:TRUE, pathlen:0");
    EXPECT_EQ(extension_text(certificate.get(), NID_key_usage),
              "critical Certificate Sign, CRL Sign");
    EXPECT_NE(X509_get0_subject_key_id(certificate.get()), nullptr);
    EXPECT_EQ(X509_verify(certificate.get(), X509_get0_pubkey(certificate.get())), 1);
}

TEST_F(CertificateAuthority, issues_what_a_city_node_needs) {
    auto pem = issue(request());
    ASSERT_TRUE(pem.ok()) << pem.error().message;
    Certificate certificate = parse(*pem);
    ASSERT_NE(certificate, nullptr);
    X509* x509 = certificate.get();
    EXPECT_EQ(extension_text(x509, NID_basic_constraints), "critical CA:FALSE");
    EXPECT_EQ(extension_text(x509, NID_ext_key_usage),
              "TLS Web Server Authentication, TLS Web Client Authentication");
    EXPECT_EQ(X509_check_host(x509, "node1.example.org", 0, 0, nullptr), 1);
    EXPECT_EQ(X509_check_host(x509, "node2.example.org", 0, 0, nullptr), 0);
    EXPECT_EQ(X509_check_ip_asc(x509, "192.0.2.1", 0), 1);
    EXPECT_EQ(X509_check_ip_asc(x509, "2001:db8::1", 0), 1);
    EXPECT_EQ(X509_check_ip_asc(x509, "192.0.2.2", 0), 0);
    Certificate authority = parse(authority_);
    ASSERT_NE(X509_get0_authority_key_id(x509), nullptr);
    EXPECT_EQ(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(x509),
                                    X509_get0_subject_key_id(authority.get())),
              0);
    EXPECT_TRUE(check_node_certificate(authority_, *pem, node_key_.public_key(), k_now).ok());
}

TEST_F(CertificateAuthority, serials_are_20_random_bytes) {
    std::string first = serial_of(parse(*issue(request())).get());
    std::string second = serial_of(parse(*issue(request())).get());
    EXPECT_EQ(first.size(), 40U);
    EXPECT_NE(first, second);
    EXPECT_EQ(serial_of(parse(authority_).get()).size(), 40U);
}

TEST_F(CertificateAuthority, keys_are_written_with_both_coordinates) {
    // Compressed points in certificates are refused by many TLS implementations.
    Certificate certificate = parse(*issue(request()));
    const ASN1_BIT_STRING* bits = X509_get0_pubkey_bitstr(certificate.get());
    ASSERT_EQ(ASN1_STRING_length(bits), 65);
    EXPECT_EQ(ASN1_STRING_get0_data(bits)[0], 4);
}

TEST_F(CertificateAuthority, holds_in_its_time_only) {
    std::string pem = *issue(request());
    auto check = [&](UnixMillis time) {
        return check_node_certificate(authority_, pem, node_key_.public_key(), time).ok();
    };
    EXPECT_TRUE(check(k_now + 30 * k_day - 1000));
    EXPECT_FALSE(check(k_now + 30 * k_day + 1000));
    EXPECT_EQ(code_at(pem, k_now + 30 * k_day + 1000), Code::expired);
    EXPECT_TRUE(check(k_now - 299'000)) << "clocks may be five minutes behind";
    EXPECT_EQ(code_at(pem, k_now - 301'000), Code::expired);
}

TEST_F(CertificateAuthority, of_another_network_is_refused) {
    PrivateKey other_key = PrivateKey::generate(SuiteId::secp256r1);
    // Even with the same name on it.
    std::string other = make_authority_certificate(other_key, "test-network", k_now, 3650);
    std::string pem = *issue_node_certificate(other, other_key, request(), k_now);
    EXPECT_EQ(code_at(pem, k_now), Code::bad_signature);
    EXPECT_TRUE(check_node_certificate(other, pem, node_key_.public_key(), k_now).ok());
}

TEST_F(CertificateAuthority, with_a_changed_byte_is_refused) {
    Certificate certificate = parse(*issue(request()));
    std::uint8_t* der = nullptr;
    int size = i2d_X509(certificate.get(), &der);
    std::size_t last = static_cast<std::size_t>(size) - 1;
    der[last] ^= 1;  // within s of the signature
    std::string pem = "-----BEGIN CERTIFICATE-----\n" + to_base64({der, last + 1}) +
                      "\n-----END CERTIFICATE-----\n";
    OPENSSL_free(der);
    EXPECT_EQ(code_at(pem, k_now), Code::bad_signature);
}

TEST_F(CertificateAuthority, for_another_key_is_refused) {
    std::string pem = *issue(request());
    PublicKey other = PrivateKey::generate(SuiteId::secp256r1).public_key();
    PublicKey no_point{SuiteId::secp256r1, {}};
    PublicKey other_suite = PrivateKey::generate(SuiteId::sm2).public_key();
    for (const PublicKey& key : {other, no_point, other_suite}) {
        Status checked = check_node_certificate(authority_, pem, key, k_now);
        ASSERT_FALSE(checked.ok());
        EXPECT_EQ(checked.error().code, Code::bad_signature);
    }
}

TEST_F(CertificateAuthority, own_certificate_is_no_city_nodes) {
    Status checked =
        check_node_certificate(authority_, authority_, authority_key_.public_key(), k_now);
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().code, Code::bad_signature);
}

TEST_F(CertificateAuthority, city_node_cannot_issue) {
    std::string node = *issue(request());
    PrivateKey third = PrivateKey::generate(SuiteId::secp256r1);
    NodeCertificateRequest forged = request();
    forged.key = third.public_key();
    std::string pem = *issue_node_certificate(node, node_key_, forged, k_now);
    EXPECT_FALSE(check_node_certificate(authority_, pem, third.public_key(), k_now).ok());
    EXPECT_FALSE(check_node_certificate(node, pem, third.public_key(), k_now).ok());
}

TEST_F(CertificateAuthority, refuses_bad_requests) {
    expect_refused([](auto& r) { r.name = ""; });
    expect_refused([](auto& r) { r.name = std::string(65, 'n'); });
    expect_refused([](auto& r) { r.name = "\xff\xfe"; });
    expect_refused([](auto& r) { r.organisation = ""; });
    expect_refused([](auto& r) { r.valid_days = 0; });
    expect_refused([](auto& r) { r.valid_days = 0xffffffff; });
    expect_refused([](auto& r) { r.key.bytes = {}; });
    expect_refused([](auto& r) { r.key = PrivateKey::generate(SuiteId::sm2).public_key(); });
    for (std::string host :
         {"", "300.1.1.1", "a..b", "a b", "x,DNS:evil.org", "*.example.org", "::g", "-"}) {
        if (host == "-") host = std::string("127.0.0.1\0.evil.org", 19);
        SCOPED_TRACE(host);
        expect_refused([&](auto& r) { r.hosts = {host}; });
    }
}

TEST_F(CertificateAuthority, takes_names_in_chinese_and_single_labels) {
    NodeCertificateRequest wanted = request();
    wanted.name = "杭州";
    wanted.hosts = {"localhost", "city_node-1"};
    auto pem = issue(wanted);
    ASSERT_TRUE(pem.ok()) << pem.error().message;
    EXPECT_EQ(X509_check_host(parse(*pem).get(), "localhost", 0, 0, nullptr), 1);
    wanted.hosts = {};
    EXPECT_TRUE(issue(wanted).ok());
}

TEST_F(CertificateAuthority, issues_only_with_the_key_of_its_certificate) {
    for (SuiteId suite : {SuiteId::secp256r1, SuiteId::sm2}) {
        auto pem =
            issue_node_certificate(authority_, PrivateKey::generate(suite), request(), k_now);
        ASSERT_FALSE(pem.ok());
        EXPECT_EQ(pem.error().code, Code::invalid_argument);
    }
    EXPECT_EQ(issue_node_certificate("no pem", authority_key_, request(), k_now).error().code,
              Code::invalid_argument);
    EXPECT_EQ(code_at("no pem", k_now), Code::invalid_argument);
}

// --- without a clock

TEST_F(CertificateAuthority, who_issued_a_certificate_can_be_told_at_any_time) {
    const std::string pem = issue(request()).value();
    EXPECT_TRUE(check_issued_certificate(authority_, pem, node_key_.public_key()));
    auto code = [&](const std::string& authority, const std::string& certificate,
                    const PublicKey& key) {
        Status status = check_issued_certificate(authority, certificate, key);
        return status ? Code::internal : status.error().code;
    };
    const PrivateKey another = PrivateKey::generate(SuiteId::secp256r1);
    EXPECT_EQ(code(authority_, pem, another.public_key()), Code::bad_signature);
    // An authority of the same name, with another key.
    EXPECT_EQ(code(make_authority_certificate(another, "test-network", k_now, 3650), pem,
                   node_key_.public_key()),
              Code::bad_signature);
    EXPECT_EQ(code(make_authority_certificate(authority_key_, "other", k_now, 3650), pem,
                   node_key_.public_key()),
              Code::bad_signature);
    EXPECT_EQ(code(authority_, authority_, authority_key_.public_key()), Code::bad_signature)
        << "it is no city node's";
    // One certificate has one text: what operators agree to.
    for (const std::string& text : {std::string(), std::string("junk"), pem + "\n", "x\n" + pem,
                                    pem + pem, pem.substr(0, pem.size() - 5)}) {
        EXPECT_EQ(code(authority_, text, node_key_.public_key()), Code::invalid_argument);
    }
    EXPECT_EQ(code("junk", pem, node_key_.public_key()), Code::invalid_argument);
}

TEST_F(CertificateAuthority, ClientsCertificateIsOfNoNode) {
    auto pem = issue_client_certificate(authority_, authority_key_,
                                        {"sdk", "somebody", node_key_.public_key(), 30}, k_now);
    ASSERT_TRUE(pem.ok()) << pem.error().message;
    EXPECT_EQ(extension_text(parse(*pem).get(), NID_ext_key_usage),
              "TLS Web Client Authentication");
    EXPECT_EQ(code_at(*pem, k_now), Code::bad_signature);
    EXPECT_EQ(check_issued_certificate(authority_, *pem, node_key_.public_key()).error().code,
              Code::bad_signature);
    EXPECT_EQ(issue_client_certificate(authority_, authority_key_,
                                       {"", "somebody", node_key_.public_key(), 30}, k_now)
                  .error()
                  .code,
              Code::invalid_argument);
}

}  // namespace
}  // namespace bsn::crypto
