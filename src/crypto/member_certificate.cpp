#include "crypto/member_certificate.hpp"

#include "crypto/private_key_access.hpp"
#include "crypto/x509_parts.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace bsn::crypto {
namespace {

constexpr time_t k_day_seconds = 86'400;
constexpr std::uint32_t k_most_days = 36'500;

X509Ptr read_certificate(const std::string& pem) {
    BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    require(bio != nullptr);
    return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

/// Whether twice the s of the certificate's signature is at most the order of secp256r1's group.
bool has_low_s(const X509* certificate) {
    static const BignumPtr half = [] {
        std::unique_ptr<EC_GROUP, FreeWith<EC_GROUP_free>> group(
            EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
        BignumPtr number(BN_dup(EC_GROUP_get0_order(group.get())));
        require(number != nullptr && BN_rshift1(number.get(), number.get()) == 1);
        return number;
    }();
    const ASN1_BIT_STRING* bits = nullptr;
    X509_get0_signature(&bits, nullptr, certificate);
    const unsigned char* data = bits->data;
    EcdsaSigPtr signature(d2i_ECDSA_SIG(nullptr, &data, bits->length));
    require(signature != nullptr);
    return BN_cmp(ECDSA_SIG_get0_s(signature.get()), half.get()) <= 0;
}

/// Who issues, with the key that signs.
struct Issuer {
    X509Ptr certificate;
    EvpPkeyPtr key;
};

Result<Issuer> issuer_of(const std::string& authority_pem, const PrivateKey& authority_key) {
    Issuer issuer{read_certificate(authority_pem), PrivateKeyAccess::to_evp(authority_key)};
    if (issuer.certificate &&
        X509_check_private_key(issuer.certificate.get(), issuer.key.get()) == 1) {
        return issuer;
    }
    return Error{Code::invalid_argument,
                 "the authority's certificate is none, or not that of its key"};
}

Result<EvpPkeyPtr> member_key(const PublicKey& key) {
    EvpPkeyPtr point = key.suite == SuiteId::secp256r1 ? to_evp(key) : EvpPkeyPtr();
    if (point) return point;
    return Error{Code::invalid_argument, "the member's key is no point of secp256r1"};
}

/// Begins now, and is no authority.
void begin_certificate(X509* certificate, const Issuer& issuer, UnixMillis now) {
    X509* authority = issuer.certificate.get();
    require(X509_set_issuer_name(certificate, X509_get_subject_name(authority)) == 1 &&
            ASN1_TIME_set(X509_getm_notBefore(certificate),
                          static_cast<time_t>(now / 1000) - k_backdate_seconds) != nullptr);
    add_extension(certificate, authority, NID_key_usage, "critical,digitalSignature");
    add_extension(certificate, authority, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, authority, NID_subject_key_identifier, "hash");
    add_extension(certificate, authority, NID_authority_key_identifier, "keyid:always");
}

std::string sign_certificate(X509* certificate, const Issuer& issuer) {
    do {
        require(X509_sign(certificate, issuer.key.get(), EVP_sha256()) > 0);
    } while (!has_low_s(certificate));
    return to_pem(certificate);
}

}  // namespace

Result<std::string> issue_member_certificate(const std::string& authority_pem,
                                             const PrivateKey& authority_key,
                                             const MemberCertificate& asked, UnixMillis now) {
    ErrorScope errors;
    BSN_TRY(issuer, issuer_of(authority_pem, authority_key));
    BSN_TRY(key, member_key(asked.key));
    if (asked.valid_days == 0 || asked.valid_days > k_most_days) {
        return Error{Code::invalid_argument, "a member's certificate holds for 1 to 36500 days"};
    }
    X509Ptr made = new_certificate(key.get());
    X509* certificate = made.get();
    X509_NAME* subject = X509_get_subject_name(certificate);
    if (!add_entry(subject, "O", asked.organisation) || !add_entry(subject, "OU", asked.role) ||
        !add_entry(subject, "CN", asked.name) ||
        (!asked.serial_number.empty() &&
         !add_entry(subject, "serialNumber", asked.serial_number))) {
        return Error{Code::invalid_argument,
                     "the names of a certificate have 1 to 64 bytes of UTF-8"};
    }
    begin_certificate(certificate, issuer, now);
    const time_t end = static_cast<time_t>(now / 1000) + asked.valid_days * k_day_seconds;
    require(ASN1_TIME_set(X509_getm_notAfter(certificate), end) != nullptr);
    if (!asked.attributes.empty()) add_attributes(certificate, asked.attributes);
    return sign_certificate(certificate, issuer);
}

Result<std::string> issue_for_other_key(const std::string& authority_pem,
                                        const PrivateKey& authority_key,
                                        const std::string& certificate, const PublicKey& key,
                                        UnixMillis now) {
    ErrorScope errors;
    BSN_TRY(issuer, issuer_of(authority_pem, authority_key));
    BSN_TRY(point, member_key(key));
    X509Ptr first = read_certificate(certificate);
    if (!first || X509_verify(first.get(), issuer.key.get()) != 1) {
        return Error{Code::invalid_argument, "the certificate is not one of this authority"};
    }
    X509Ptr made = new_certificate(point.get());
    begin_certificate(made.get(), issuer, now);
    require(X509_set_subject_name(made.get(), X509_get_subject_name(first.get())) == 1 &&
            X509_set1_notAfter(made.get(), X509_get0_notAfter(first.get())) == 1);
    copy_attributes(first.get(), made.get());
    return sign_certificate(made.get(), issuer);
}

bool name_the_same(const std::string& one, const std::string& other) {
    ErrorScope errors;
    X509Ptr a = read_certificate(one);
    X509Ptr b = read_certificate(other);
    return a && b &&
           X509_NAME_cmp(X509_get_subject_name(a.get()), X509_get_subject_name(b.get())) == 0 &&
           X509_NAME_cmp(X509_get_issuer_name(a.get()), X509_get_issuer_name(b.get())) == 0;
}

Result<UnixMillis> end_of_certificate(const std::string& pem) {
    ErrorScope errors;
    X509Ptr certificate = read_certificate(pem);
    tm end{};
    if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
        return Error{Code::invalid_argument, "this is no certificate in PEM"};
    }
    const time_t seconds = timegm(&end);
    return static_cast<UnixMillis>(seconds < 0 ? 0 : seconds) * 1000;
}

}  // namespace bsn::crypto
