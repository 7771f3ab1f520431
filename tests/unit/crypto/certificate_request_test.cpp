// Certificate requests as others make them, and certificates for users.
#include "crypto/certificate_request.hpp"

#include "crypto/openssl.hpp"
#include "crypto/private_key.hpp"
#include "crypto/user_certificate.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <fstream>

namespace bsn::crypto {
namespace {

constexpr UnixMillis k_now = 1'795'333'800'000;

std::string content_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Requests that OpenSSL's command makes.
class Asker {
  public:
    explicit Asker(SuiteId suite) : key(PrivateKey::generate(suite)) {
        std::ofstream(folder.path() / "key.pem") << key.to_pem("");
    }
    std::string request(const std::string& subject, const std::string& more = "") const {
        const bool sm2 = key.suite() == SuiteId::sm2;
        const std::string command = "cd " + folder.path().string() +
                                    " && openssl req -new -key key.pem -out csr.pem " +
                                    (sm2 ? "-sm3 -sigopt distid:1234567812345678" : "-sha256") +
                                    " -utf8 -subj '" + subject + "' " + more + " 2>/dev/null";
        EXPECT_EQ(std::system(command.c_str()), 0) << command;
        return content_of(folder.path() / "csr.pem");
    }

    TemporaryFolder folder;
    PrivateKey key;
};

Result<CertificateRequest> read_pem(std::string_view pem) {
    BSN_TRY(der, certificate_request_der(pem));
    return read_certificate_request(der);
}

Bytes der_of(const Asker& asker) {
    return *certificate_request_der(asker.request("/O=Bsn/OU=client/CN=alice@kv"));
}

constexpr SuiteId k_suites[] = {SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2};

TEST(CertificateRequest, NamesWhoAsksAndTheirKey) {
    for (SuiteId suite : k_suites) {
        const Asker asker(suite);
        // About half of OpenSSL's signatures have a high s.
        for (int i = 0; i < 6; ++i) {
            auto read = read_pem(asker.request("/O=Bsn/OU=client/CN=李雷@kv"));
            ASSERT_TRUE(read.ok()) << suite_name(suite) << ": " << read.error().message;
            EXPECT_EQ(read->common_name, "李雷@kv");
            EXPECT_EQ(read->key, asker.key.public_key());
        }
    }
}

TEST(CertificateRequest, PassesOverWhatItDoesNotUse) {
    const Asker asker(SuiteId::secp256r1);
    auto read = read_pem(
        asker.request("/C=CN/O=a+OU=b/CN=alice@kv",
                      "-multivalue-rdn -addext 'subjectAltName=DNS:example.org' 2>/dev/null"));
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->common_name, "alice@kv");
}

TEST(CertificateRequest, ReadsThoseOfTheOfficialGoSdk) {
    const auto golden =
        nlohmann::json::parse(content_of(BSN_TESTS_DIR "/vectors/foreign/published-gateway.json"));
    ASSERT_EQ(golden["fabric"].size(), 3U);
    for (const auto& one : golden["fabric"]) {
        auto read = read_pem(one["csr"].get<std::string>());
        ASSERT_TRUE(read.ok()) << read.error().message;
        EXPECT_EQ(read->common_name, "user01@app0001202004161020152918451");
        EXPECT_EQ(read->key.suite, one["key"] == "SM2" ? SuiteId::sm2 : SuiteId::secp256r1);
    }
}

TEST(CertificateRequest, RefusesEveryChangedByte) {
    for (SuiteId suite : k_suites) {
        const Asker asker(suite);
        Bytes der = der_of(asker);
        for (std::size_t i = 0; i < der.size(); ++i) {
            der[i] ^= 1;
            auto read = read_certificate_request(der);
            EXPECT_FALSE(read.ok()) << suite_name(suite) << " byte " << i;
            der[i] ^= 1;
        }
        for (std::size_t size = 0; size < der.size(); ++size) {
            EXPECT_FALSE(read_certificate_request(ByteView(der).first(size)).ok());
        }
        der.push_back(0);
        EXPECT_EQ(read_certificate_request(der).error().code, Code::invalid_argument);
    }
}

TEST(CertificateRequest, HasOneCommonNameAndAKeyThatWeHave) {
    const Asker asker(SuiteId::secp256r1);
    EXPECT_EQ(read_pem(asker.request("/O=Bsn")).error().message,
              "the certificate request has no common name");
    EXPECT_EQ(read_pem(asker.request("/CN=alice@kv/CN=bob@kv")).error().message,
              "a certificate request has one common name, of UTF-8");
    TemporaryFolder folder;
    for (const char* kind : {"rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-384"}) {
        const std::string command = "cd " + folder.path().string() +
                                    " && openssl req -new -newkey " + kind +
                                    " -nodes -keyout k -out c -subj /CN=a 2>/dev/null";
        ASSERT_EQ(std::system(command.c_str()), 0);
        EXPECT_EQ(read_pem(content_of(folder.path() / "c")).error().message,
                  "the key of a certificate request is of secp256r1, secp256k1 or sm2");
    }
}

TEST(CertificateRequest, IsSignedByTheAlgorithmOfItsKey) {
    const Asker asker(SuiteId::secp256k1);
    EXPECT_EQ(read_pem(asker.request("/CN=a@kv", "-sha384")).error().code, Code::wrong_suite);
}

TEST(CertificateRequest, IsOnePemAlone) {
    const Asker asker(SuiteId::secp256r1);
    const std::string pem = asker.request("/CN=a@kv");
    EXPECT_TRUE(read_pem("\n " + pem + " \r\n").ok());
    std::string other = pem;
    for (auto at = other.find("CERTIFICATE"); at != other.npos;
         at = other.find("CERTIFICATE", at + 20)) {
        other.insert(at, "NEW ");
    }
    EXPECT_TRUE(read_pem(other).ok());
    for (const std::string& bad :
         {std::string(), pem + pem, "x" + pem, pem + "x", pem.substr(0, pem.size() - 4),
          std::string("-----BEGIN CERTIFICATE REQUEST----------END CERTIFICATE REQUEST----"),
          std::string("-----BEGIN CERTIFICATE REQUEST-----\n*\n-----END CERTIFICATE REQUEST-----"),
          asker.key.to_pem("")}) {
        EXPECT_EQ(read_pem(bad).error().code, Code::invalid_argument) << bad;
    }
    EXPECT_EQ(certificate_request_der(std::string(100'000, 'A')).error().code, Code::too_large);
    EXPECT_EQ(read_certificate_request(Bytes(4097)).error().code, Code::too_large);
}

X509Ptr parsed(const std::string& pem) {
    BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

std::string printed(const std::string& pem) {
    X509Ptr certificate = parsed(pem);
    BioPtr out(BIO_new(BIO_s_mem()));
    X509_print_ex(out.get(), certificate.get(), XN_FLAG_RFC2253, 0);
    return bio_text(out.get());
}

TEST(UserCertificate, HasTheDocumentedProfile) {
    for (SuiteId suite : k_suites) {
        const PrivateKey issuer = PrivateKey::generate(suite);
        const PrivateKey user = PrivateKey::generate(suite);
        const std::string attributes = R"({"attrs":{"hf.Type":"client"}})";
        auto made = issue_user_certificate(
            {"network", "beijing", "alice@kv", attributes, user.public_key()}, issuer, k_now);
        ASSERT_TRUE(made.ok()) << made.error().message;
        EXPECT_TRUE(made->starts_with("-----BEGIN CERTIFICATE-----\n"));
        const std::string text = printed(*made);
        for (const char* part :
             {"Issuer: CN=beijing,O=network", "Subject: CN=alice@kv,OU=client,O=Bsn",
              "X509v3 Key Usage: critical\n                Digital Signature\n",
              "X509v3 Basic Constraints: critical\n                CA:FALSE\n", "DNS:beijing",
              "Not After : Jan  1 00:00:00 2100 GMT", "Authority Key Identifier",
              "Subject Key Identifier", "1.2.3.4.5.6.7.8.1", attributes.c_str(),
              suite == SuiteId::sm2 ? "SM2-with-SM3" : "ecdsa-with-SHA256"}) {
            EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
        }
        X509Ptr certificate = parsed(*made);
        if (suite == SuiteId::sm2) {
            X509_set0_distinguishing_id(certificate.get(), [] {
                ASN1_OCTET_STRING* id = ASN1_OCTET_STRING_new();
                ASN1_STRING_set(id, "1234567812345678", 16);
                return id;
            }());
        }
        BioPtr bio(BIO_new(BIO_s_mem()));
        const std::string pem = issuer.to_pem("");
        BIO_write(bio.get(), pem.data(), static_cast<int>(pem.size()));
        EvpPkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
        EXPECT_EQ(X509_verify(certificate.get(), key.get()), 1) << suite_name(suite);
    }
}

TEST(UserCertificate, RefusesNamesThatDoNotFit) {
    const PrivateKey key = PrivateKey::generate(SuiteId::secp256r1);
    for (const std::string& name : {std::string(), std::string(65, 'a'), std::string("\xFF")}) {
        EXPECT_FALSE(
            issue_user_certificate({"n", "i", name, "{}", key.public_key()}, key, k_now).ok());
    }
    EXPECT_TRUE(
        issue_user_certificate(
            {"n", "not a dns name", std::string(64, 'a'), "{}", key.public_key()}, key, k_now)
            .ok());
}

}  // namespace
}  // namespace bsn::crypto
