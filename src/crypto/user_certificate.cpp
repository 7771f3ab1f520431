#include "crypto/user_certificate.hpp"

#include "crypto/private_key_access.hpp"
#include "crypto/x509_parts.hpp"

#include <openssl/x509v3.h>

namespace bsn::crypto {
namespace {

using GeneralNamePtr = std::unique_ptr<GENERAL_NAME, FreeWith<GENERAL_NAME_free>>;
using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;

constexpr time_t k_year_2100 = 4'102'444'800;

/// What stands for the issuer where OpenSSL wants a certificate: its name and key.
X509Ptr issuer_of(const UserCertificate& asked, EVP_PKEY* key) {
    X509Ptr issuer = new_certificate(key);
    X509_NAME* name = X509_get_subject_name(issuer.get());
    if (!add_entry(name, "O", asked.network) || !add_entry(name, "CN", asked.issuer)) return {};
    add_extension(issuer.get(), issuer.get(), NID_subject_key_identifier, "hash");
    return issuer;
}

void add_dns_name(X509* certificate, const std::string& host) {
    if (!is_dns_name(host)) return;
    GeneralNamesPtr names(GENERAL_NAMES_new());
    GeneralNamePtr name(GENERAL_NAME_new());
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    require(names != nullptr && name != nullptr && text != nullptr);
    GENERAL_NAME_set0_value(name.get(), GEN_DNS, text);  // owns the text from here on
    require(ASN1_STRING_set(text, host.data(), static_cast<int>(host.size())) == 1 &&
            sk_GENERAL_NAME_push(names.get(), name.get()) > 0);
    (void)name.release();  // owned by the list now
    require(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0,
                              X509V3_ADD_DEFAULT) == 1);
}

void sign_certificate(X509* certificate, EVP_PKEY* key, SuiteId suite) {
    const bool sm2 = suite == SuiteId::sm2;
    EvpMdCtxPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* of_key = nullptr;  // owned by `context`
    require(context != nullptr &&
            EVP_DigestSignInit(context.get(), &of_key, sm2 ? EVP_sm3() : EVP_sha256(), nullptr,
                               key) == 1);
    require(!sm2 || EVP_PKEY_CTX_set1_id(of_key, k_sm2_identity.data(),
                                         static_cast<int>(k_sm2_identity.size())) == 1);
    require(X509_sign_ctx(certificate, context.get()) > 0);
}

}  // namespace

Result<std::string> issue_user_certificate(const UserCertificate& asked,
                                           const PrivateKey& issuer_key, UnixMillis now) {
    ErrorScope errors;
    EvpPkeyPtr signer = PrivateKeyAccess::to_evp(issuer_key);
    EvpPkeyPtr key = to_evp(asked.key);
    if (!key) return Error{Code::invalid_argument, "the user's key is no point of its curve"};
    X509Ptr issuer = issuer_of(asked, signer.get());
    X509Ptr made = new_certificate(key.get());
    X509* certificate = made.get();
    X509_NAME* subject = X509_get_subject_name(certificate);
    if (!issuer || !add_entry(subject, "O", "Bsn") || !add_entry(subject, "OU", "client") ||
        !add_entry(subject, "CN", asked.user)) {
        return Error{Code::invalid_argument,
                     "the names of a certificate have 1 to 64 bytes of UTF-8"};
    }
    require(X509_set_issuer_name(certificate, X509_get_subject_name(issuer.get())) == 1 &&
            ASN1_TIME_set(X509_getm_notBefore(certificate),
                          static_cast<time_t>(now / 1000) - k_backdate_seconds) != nullptr &&
            ASN1_TIME_set(X509_getm_notAfter(certificate), k_year_2100) != nullptr);
    add_extension(certificate, issuer.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(certificate, issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, issuer.get(), NID_subject_key_identifier, "hash");
    add_extension(certificate, issuer.get(), NID_authority_key_identifier, "keyid:always");
    add_dns_name(certificate, asked.issuer);
    add_attributes(certificate, asked.attributes);
    sign_certificate(certificate, signer.get(), issuer_key.suite());
    return to_pem(certificate);
}

}  // namespace bsn::crypto
