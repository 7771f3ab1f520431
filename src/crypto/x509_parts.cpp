#include "crypto/x509_parts.hpp"

#include "crypto/user_certificate.hpp"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace bsn::crypto {
namespace {

using AsnObjectPtr = std::unique_ptr<ASN1_OBJECT, FreeWith<ASN1_OBJECT_free>>;
using AsnIntegerPtr = std::unique_ptr<ASN1_INTEGER, FreeWith<ASN1_INTEGER_free>>;
using OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, FreeWith<ASN1_OCTET_STRING_free>>;

constexpr const char* k_attributes = "1.2.3.4.5.6.7.8.1";  // of Fabric's authority

// 20 bytes, the most that RFC 5280 allows: positive, and never shorter.
void set_random_serial(X509* certificate) {
    std::array<std::uint8_t, 20> bytes;
    require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
    bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x7f) | 0x40);
    BignumPtr number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    AsnIntegerPtr serial(BN_to_ASN1_INTEGER(number.get(), nullptr));
    require(serial != nullptr && X509_set_serialNumber(certificate, serial.get()) == 1);
}

bool is_dns_label(std::string_view label) {
    auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    };
    return !label.empty() && label.size() <= 63 && std::ranges::all_of(label, allowed);
}

}  // namespace

void require(bool done) { ensure(done, "OpenSSL made no certificate"); }

std::string to_pem(X509* certificate) {
    BioPtr bio(BIO_new(BIO_s_mem()));
    require(bio != nullptr && PEM_write_bio_X509(bio.get(), certificate) == 1);
    return bio_text(bio.get());
}

void add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
    require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

X509Ptr new_certificate(EVP_PKEY* key) {
    X509Ptr certificate(X509_new());
    require(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
            X509_set_pubkey(certificate.get(), key) == 1);
    set_random_serial(certificate.get());
    return certificate;
}

bool add_entry(X509_NAME* name, const char* field, std::string_view text) {
    return !text.empty() && text.size() <= k_max_certificate_name && is_utf8(text) &&
           X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                      reinterpret_cast<const std::uint8_t*>(text.data()),
                                      static_cast<int>(text.size()), -1, 0) == 1;
}

void add_attributes(X509* certificate, const std::string& attributes) {
    AsnObjectPtr kind(OBJ_txt2obj(k_attributes, 1));
    OctetsPtr value(ASN1_OCTET_STRING_new());
    require(kind != nullptr && value != nullptr &&
            ASN1_OCTET_STRING_set(value.get(),
                                  reinterpret_cast<const std::uint8_t*>(attributes.data()),
                                  static_cast<int>(attributes.size())) == 1);
    ExtensionPtr extension(X509_EXTENSION_create_by_OBJ(nullptr, kind.get(), 0, value.get()));
    require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void copy_attributes(const X509* from, X509* certificate) {
    AsnObjectPtr kind(OBJ_txt2obj(k_attributes, 1));
    require(kind != nullptr);
    const int place = X509_get_ext_by_OBJ(from, kind.get(), -1);
    if (place < 0) return;
    require(X509_add_ext(certificate, X509_get_ext(from, place), -1) == 1);
}

// A name of digits and dots only is an IP address with a mistake in it.
bool is_dns_name(std::string_view host) {
    if (host.size() > 253 || host.find_first_not_of("0123456789.") == host.npos) return false;
    for (;;) {
        std::size_t dot = host.find('.');
        if (!is_dns_label(host.substr(0, dot))) return false;
        if (dot == host.npos) return true;
        host.remove_prefix(dot + 1);
    }
}

}  // namespace bsn::crypto
