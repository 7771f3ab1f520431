#pragma once
// Authorities and certificates with organisational units, made by OpenSSL.

#include "crypto/openssl.hpp"
#include "framework/fabric/client/identity.hpp"
#include "framework/fabric/client/organization.hpp"

#include <openssl/pem.h>

namespace bsn::framework::fabric::testing {

using crypto::BioPtr;
using crypto::EvpPkeyPtr;
using crypto::FreeWith;
using crypto::X509Ptr;

inline EvpPkeyPtr evp_of(const crypto::PrivateKey& key) {
    const std::string pem = key.to_pem("");
    BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return EvpPkeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

inline X509Ptr x509_of(const std::string& pem) {
    BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

/// An authority, and what it issues.
class TestAuthority {
  public:
    /// Below another one, or a root.
    explicit TestAuthority(const std::string& name, const TestAuthority* above = nullptr)
        : key_(crypto::PrivateKey::generate(crypto::SuiteId::secp256r1)) {
        certificate = make(key_, "", name, true, above == nullptr ? *this : *above);
    }

    /// A member of an organisation; valid from a day ago on, for so many days.
    Identity issue(const std::string& msp_id, const std::string& unit, const std::string& name,
                   int days = 365) const {
        auto key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
        Identity identity;
        identity.msp_id = msp_id;
        identity.certificate = make(key, unit, name, false, *this, days);
        identity.signer = std::make_shared<KeySigner>(std::move(key));
        return identity;
    }

    /// A list that revokes a certificate.
    std::string revoke(const std::string& revoked) const {
        using CrlPtr = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;
        CrlPtr list(X509_CRL_new());
        X509_CRL_set_version(list.get(), 1);
        X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(x509_of(certificate).get()));
        std::unique_ptr<ASN1_TIME, FreeWith<ASN1_TIME_free>> now(
            ASN1_TIME_set(nullptr, time(nullptr)));
        X509_CRL_set1_lastUpdate(list.get(), now.get());
        X509_REVOKED* one = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(one, X509_get_serialNumber(x509_of(revoked).get()));
        X509_REVOKED_set_revocationDate(one, now.get());
        X509_CRL_add0_revoked(list.get(), one);
        X509_CRL_sign(list.get(), evp_of(key_).get(), EVP_sha256());
        BioPtr bio(BIO_new(BIO_s_mem()));
        PEM_write_bio_X509_CRL(bio.get(), list.get());
        return crypto::bio_text(bio.get());
    }

    std::string certificate;

  private:
    static void extend(X509* made, int kind, const char* value) {
        std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>> extension(
            X509V3_EXT_conf_nid(nullptr, nullptr, kind, value));
        X509_add_ext(made, extension.get(), -1);
    }
    static void name_entry(X509* made, const char* field, const std::string& text) {
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made), field, MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
    }
    static std::string make(const crypto::PrivateKey& key, const std::string& unit,
                            const std::string& name, bool authority, const TestAuthority& issuer,
                            int days = 3650) {
        static long serial = 1;
        X509Ptr made(X509_new());
        X509_set_version(made.get(), X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), -86400);
        X509_time_adj_ex(X509_getm_notAfter(made.get()), days - 1, 0, nullptr);
        if (!unit.empty()) name_entry(made.get(), "OU", unit);
        name_entry(made.get(), "CN", name);
        X509_set_pubkey(made.get(), evp_of(key).get());
        extend(made.get(), NID_basic_constraints,
               authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
        extend(made.get(), NID_key_usage,
               authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
        const X509Ptr above = issuer.certificate.empty() ? nullptr : x509_of(issuer.certificate);
        X509_set_issuer_name(made.get(), X509_get_subject_name(above ? above.get() : made.get()));
        X509_sign(made.get(), evp_of(issuer.key_).get(), EVP_sha256());
        BioPtr bio(BIO_new(BIO_s_mem()));
        PEM_write_bio_X509(bio.get(), made.get());
        return crypto::bio_text(bio.get());
    }

    crypto::PrivateKey key_;
};

/// An organisation that tells roles by units of the same names.
inline Organization organization_of(const std::string& msp_id, const TestAuthority& authority) {
    Organization made;
    made.msp_id = msp_id;
    made.authorities.roots = {authority.certificate};
    for (Role role : {Role::client, Role::peer, Role::admin, Role::orderer}) {
        made.roles[role] = {std::string(role_name(role)), {}};
    }
    return made;
}

}  // namespace bsn::framework::fabric::testing
