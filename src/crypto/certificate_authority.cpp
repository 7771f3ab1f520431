#include "crypto/certificate_authority.hpp"

#include "crypto/private_key_access.hpp"
#include "crypto/x509_parts.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace bsn::crypto {
namespace {

using GeneralNamePtr = std::unique_ptr<GENERAL_NAME, FreeWith<GENERAL_NAME_free>>;
using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;
using StorePtr = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;
using StoreCtxPtr = std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;

// Where the format of time in certificates ends; OpenSSL would write nonsense beyond.
constexpr time_t k_year_10000 = 253'402'300'800;
constexpr const char* k_authority_name = "bsn network authority";

Error invalid(std::string message) { return {Code::invalid_argument, std::move(message)}; }

time_t to_seconds(UnixMillis time) { return static_cast<time_t>(time / 1000); }

X509Ptr parse_certificate(const std::string& pem) {
    BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    require(bio != nullptr);
    return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

bool set_validity(X509* certificate, UnixMillis now, std::uint32_t days) {
    time_t from = to_seconds(now) - k_backdate_seconds;
    time_t until = to_seconds(now) + time_t{days} * 86400;
    return days > 0 && until < k_year_10000 &&
           ASN1_TIME_set(X509_getm_notBefore(certificate), from) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), until) != nullptr;
}

// False if the text is empty, too long for the field, or not UTF-8.
bool add_name(X509* certificate, const char* field, std::string_view text) {
    return !text.empty() &&
           X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), field, MBSTRING_UTF8,
                                      reinterpret_cast<const std::uint8_t*>(text.data()),
                                      static_cast<int>(text.size()), -1, 0) == 1;
}

Result<GeneralNamePtr> to_general_name(const std::string& host) {
    GeneralNamePtr name(GENERAL_NAME_new());
    require(name != nullptr);
    bool whole = host.find('\0') == host.npos;
    if (ASN1_OCTET_STRING* address = whole ? a2i_IPADDRESS(host.c_str()) : nullptr) {
        GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address);
        return name;
    }
    if (!is_dns_name(host)) {
        return invalid(fmt::format("\"{}\" is neither an IP address nor a DNS name", host));
    }
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    require(text != nullptr);
    GENERAL_NAME_set0_value(name.get(), GEN_DNS, text);  // owns the text from here on
    require(ASN1_STRING_set(text, host.data(), static_cast<int>(host.size())) == 1);
    return name;
}

Status add_hosts(X509* certificate, const std::vector<std::string>& hosts) {
    if (hosts.empty()) return {};
    GeneralNamesPtr names(GENERAL_NAMES_new());
    require(names != nullptr);
    for (const std::string& host : hosts) {
        BSN_TRY(name, to_general_name(host));
        require(sk_GENERAL_NAME_push(names.get(), name.get()) > 0);
        (void)name.release();  // owned by the list now
    }
    require(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0,
                              X509V3_ADD_DEFAULT) == 1);
    return {};
}

void sign_certificate(X509* certificate, EVP_PKEY* key) {
    require(X509_sign(certificate, key, EVP_sha256()) > 0);
}

constexpr const char* k_node_uses = "serverAuth,clientAuth";
constexpr const char* k_client_uses = "clientAuth";

Status fill_certificate(X509* certificate, X509* authority, const NodeCertificateRequest& request,
                        const char* uses, UnixMillis now) {
    if (!set_validity(certificate, now, request.valid_days)) {
        return invalid("a certificate is valid for at least one day, and not beyond year 9999");
    }
    if (!add_name(certificate, "O", request.organisation) ||
        !add_name(certificate, "CN", request.name)) {
        return invalid("name and organisation are 1 to 64 characters of UTF-8");
    }
    require(X509_set_issuer_name(certificate, X509_get_subject_name(authority)) == 1);
    add_extension(certificate, authority, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, authority, NID_key_usage, "critical,digitalSignature");
    add_extension(certificate, authority, NID_ext_key_usage, uses);
    add_extension(certificate, authority, NID_subject_key_identifier, "hash");
    add_extension(certificate, authority, NID_authority_key_identifier, "keyid:always");
    return add_hosts(certificate, request.hosts);
}

bool is_expiry(int error) {
    return error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
}

Status check_chain(X509* authority, X509* certificate, UnixMillis now) {
    StorePtr store(X509_STORE_new());
    StoreCtxPtr context(X509_STORE_CTX_new());
    require(store != nullptr && context != nullptr &&
            X509_STORE_add_cert(store.get(), authority) == 1 &&
            X509_STORE_CTX_init(context.get(), store.get(), certificate, nullptr) == 1);
    X509_STORE_CTX_set_time(context.get(), 0, to_seconds(now));
    if (X509_verify_cert(context.get()) == 1) return {};
    int error = X509_STORE_CTX_get_error(context.get());
    return Error{is_expiry(error) ? Code::expired : Code::bad_signature,
                 fmt::format("the certificate does not hold for this network at {}: {}",
                             to_iso8601(now), X509_verify_cert_error_string(error))};
}

/// Whether a certificate is for the connections of the city node with this key.
Status check_holder(X509* certificate, const PublicKey& key) {
    if (X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 0) != 1 ||
        X509_check_purpose(certificate, X509_PURPOSE_SSL_CLIENT, 0) != 1) {
        return Error{Code::bad_signature, "the certificate is not for a city node's connections"};
    }
    EvpPkeyPtr expected = to_evp(key);
    const EVP_PKEY* found = X509_get0_pubkey(certificate);
    if (!expected || found == nullptr || EVP_PKEY_eq(found, expected.get()) != 1) {
        return Error{Code::bad_signature, "the certificate is for another key"};
    }
    return {};
}

Result<std::string> issue_certificate(const std::string& authority_pem,
                                      const PrivateKey& authority_key,
                                      const NodeCertificateRequest& request, const char* uses,
                                      UnixMillis now) {
    ErrorScope errors;
    X509Ptr authority = parse_certificate(authority_pem);
    if (!authority) return invalid("the authority's certificate is not a PEM certificate");
    EvpPkeyPtr signer = PrivateKeyAccess::to_evp(authority_key);
    if (X509_check_private_key(authority.get(), signer.get()) != 1) {
        return invalid("the authority's key is not the one of its certificate");
    }
    EvpPkeyPtr key = request.key.suite == SuiteId::secp256r1 ? to_evp(request.key) : EvpPkeyPtr();
    if (!key) return invalid("the key of a certificate is a point of secp256r1");
    X509Ptr certificate = new_certificate(key.get());
    BSN_CHECK(fill_certificate(certificate.get(), authority.get(), request, uses, now));
    sign_certificate(certificate.get(), signer.get());
    return to_pem(certificate.get());
}

}  // namespace

std::string make_authority_certificate(const PrivateKey& key, std::string_view network_name,
                                       UnixMillis now, std::uint32_t valid_days) {
    ErrorScope errors;
    ensure(key.suite() == SuiteId::secp256r1, "the authority's key is of secp256r1");
    EvpPkeyPtr evp = PrivateKeyAccess::to_evp(key);
    X509Ptr made = new_certificate(evp.get());
    X509* certificate = made.get();
    ensure(set_validity(certificate, now, valid_days), "days of an authority's certificate");
    ensure(
        add_name(certificate, "O", network_name) && add_name(certificate, "CN", k_authority_name),
        "a network's name is 1 to 64 characters of UTF-8");
    require(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1);
    add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
    add_extension(certificate, certificate, NID_authority_key_identifier, "keyid:always");
    sign_certificate(certificate, evp.get());
    return to_pem(certificate);
}

Result<std::string> issue_node_certificate(const std::string& authority_pem,
                                           const PrivateKey& authority_key,
                                           const NodeCertificateRequest& request, UnixMillis now) {
    return issue_certificate(authority_pem, authority_key, request, k_node_uses, now);
}

Result<std::string> issue_client_certificate(const std::string& authority_pem,
                                             const PrivateKey& authority_key,
                                             const ClientCertificateRequest& request,
                                             UnixMillis now) {
    return issue_certificate(
        authority_pem, authority_key,
        {request.name, request.organisation, {}, request.key, request.valid_days}, k_client_uses,
        now);
}

Status check_node_certificate(const std::string& authority_pem, const std::string& certificate_pem,
                              const PublicKey& key, UnixMillis now) {
    ErrorScope errors;
    X509Ptr authority = parse_certificate(authority_pem);
    if (!authority) return invalid("the authority's certificate is not a PEM certificate");
    X509Ptr certificate = parse_certificate(certificate_pem);
    if (!certificate) return invalid("the city node's certificate is not a PEM certificate");
    BSN_CHECK(check_chain(authority.get(), certificate.get(), now));
    return check_holder(certificate.get(), key);
}

Status check_issued_certificate(const std::string& authority_pem,
                                const std::string& certificate_pem, const PublicKey& key) {
    ErrorScope errors;
    X509Ptr authority = parse_certificate(authority_pem);
    if (!authority) return invalid("the authority's certificate is not a PEM certificate");
    X509Ptr certificate = parse_certificate(certificate_pem);
    if (!certificate || to_pem(certificate.get()) != certificate_pem) {
        return invalid("the city node's certificate is not a PEM certificate as we write them");
    }
    const bool issued = X509_get_signature_nid(certificate.get()) == NID_ecdsa_with_SHA256 &&
                        X509_NAME_cmp(X509_get_issuer_name(certificate.get()),
                                      X509_get_subject_name(authority.get())) == 0 &&
                        X509_verify(certificate.get(), X509_get0_pubkey(authority.get())) == 1;
    if (!issued) {
        return Error{Code::bad_signature,
                     "the certificate was not issued by this network's authority"};
    }
    return check_holder(certificate.get(), key);
}

Result<PublicKey> key_of_certificate(const std::string& certificate_pem) {
    ErrorScope errors;
    X509Ptr certificate = parse_certificate(certificate_pem);
    if (!certificate) return invalid("this is not a PEM certificate");
    const EVP_PKEY* key = X509_get0_pubkey(certificate.get());
    std::array<char, 32> group{};
    UncompressedPoint point{};
    std::size_t size = 0;
    const bool good = key != nullptr &&
                      EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(),
                                                     group.size(), nullptr) == 1 &&
                      std::string_view(group.data()) == SN_X9_62_prime256v1 &&
                      EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                                      point.size(), &size) == 1 &&
                      size == point.size();
    if (!good) return invalid("the certificate is not for a secp256r1 key");
    PublicKey found{SuiteId::secp256r1, {}};
    found.bytes.data()[0] = static_cast<std::uint8_t>(2 + point.back() % 2);
    std::copy_n(point.begin() + 1, 32, found.bytes.data() + 1);
    return found;
}

}  // namespace bsn::crypto
