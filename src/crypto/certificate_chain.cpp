#include "crypto/certificate_chain.hpp"

#include "crypto/certificate_authority.hpp"
#include "crypto/openssl.hpp"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace bsn::crypto {
namespace {

using CrlPtr = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;
using StorePtr = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;
using StoreCtxPtr = std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;

struct FreeStack {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using StackPtr = std::unique_ptr<STACK_OF(X509), FreeStack>;

Error invalid(std::string what) { return {Code::invalid_argument, std::move(what)}; }

BioPtr reader_of(const std::string& pem) {
    BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    ensure(bio != nullptr, "OpenSSL has no memory");
    return bio;
}

Result<X509Ptr> parse(const std::string& pem, std::string_view what) {
    X509Ptr certificate(PEM_read_bio_X509(reader_of(pem).get(), nullptr, nullptr, nullptr));
    if (certificate) return certificate;
    return invalid(fmt::format("{} is not a PEM certificate", what));
}

Bytes der_of(X509* certificate) {
    std::uint8_t* data = nullptr;
    const int size = i2d_X509(certificate, &data);
    ensure(size > 0, "OpenSSL writes no certificate");
    Bytes der(data, data + size);
    OPENSSL_free(data);
    return der;
}

Result<UnixMillis> millis_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return invalid("a certificate's time cannot be read");
    const time_t seconds = timegm(&parts);
    return seconds < 0 ? UnixMillis{0} : static_cast<UnixMillis>(seconds) * 1000;
}

std::vector<std::string> units_of(X509* certificate) {
    std::vector<std::string> units;
    X509_NAME* subject = X509_get_subject_name(certificate);
    for (int place = -1;;) {
        place = X509_NAME_get_index_by_NID(subject, NID_organizationalUnitName, place);
        if (place < 0) return units;
        const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place));
        units.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                           static_cast<std::size_t>(ASN1_STRING_length(text)));
    }
}

Status check_not_revoked(const TrustedAuthorities& authorities, X509* certificate, X509* issuer) {
    for (const std::string& pem : authorities.revocations) {
        CrlPtr list(PEM_read_bio_X509_CRL(reader_of(pem).get(), nullptr, nullptr, nullptr));
        X509_REVOKED* revoked = nullptr;
        if (list &&
            X509_NAME_cmp(X509_CRL_get_issuer(list.get()), X509_get_subject_name(issuer)) == 0 &&
            X509_CRL_verify(list.get(), X509_get0_pubkey(issuer)) == 1 &&
            X509_CRL_get0_by_cert(list.get(), &revoked, certificate) == 1) {
            return Error{Code::bad_signature, "the certificate was revoked"};
        }
    }
    return {};
}

}  // namespace

Status CheckedCertificate::check_time(UnixMillis time) const {
    if (time >= not_before && time <= not_after) return {};
    return Error{Code::expired,
                 fmt::format("the certificate holds from {} to {}, not at {}",
                             to_iso8601(not_before), to_iso8601(not_after), to_iso8601(time))};
}

Result<CheckedCertificate> check_certificate(const TrustedAuthorities& authorities,
                                             const std::string& certificate) {
    ErrorScope errors;
    BSN_TRY(leaf, parse(certificate, "it"));
    StorePtr store(X509_STORE_new());
    StackPtr others(sk_X509_new_null());
    std::vector<X509Ptr> kept;
    ensure(store != nullptr && others != nullptr, "OpenSSL has no memory");
    for (const std::string& pem : authorities.roots) {
        BSN_TRY(root, parse(pem, "a root"));
        ensure(X509_STORE_add_cert(store.get(), root.get()) == 1, "OpenSSL takes no root");
    }
    for (const std::string& pem : authorities.intermediates) {
        BSN_TRY(between, parse(pem, "an intermediate authority"));
        ensure(sk_X509_push(others.get(), between.get()) > 0, "OpenSSL has no memory");
        kept.push_back(std::move(between));
    }
    StoreCtxPtr context(X509_STORE_CTX_new());
    ensure(context != nullptr &&
               X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), others.get()) == 1,
           "OpenSSL has no memory");
    X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME);
    if (X509_verify_cert(context.get()) != 1) {
        const int error = X509_STORE_CTX_get_error(context.get());
        return Error{Code::bad_signature,
                     fmt::format("no authority of the organisation vouches for "
                                 "the certificate: {}",
                                 X509_verify_cert_error_string(error))};
    }
    STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
    if (sk_X509_num(chain) < 2) {
        return Error{Code::bad_signature, "the certificate is an authority's own"};
    }
    CheckedCertificate found;
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        if (i > 0) {
            BSN_CHECK(check_not_revoked(authorities, sk_X509_value(chain, i - 1),
                                        sk_X509_value(chain, i)));
        }
        found.chain.push_back(der_of(sk_X509_value(chain, i)));
    }
    BSN_TRY(key, key_of_certificate(certificate));
    found.key = key;
    found.units = units_of(leaf.get());
    BSN_TRY(not_before, millis_of(X509_get0_notBefore(leaf.get())));
    BSN_TRY(not_after, millis_of(X509_get0_notAfter(leaf.get())));
    found.not_before = not_before;
    found.not_after = not_after;
    return found;
}

Result<Bytes> certificate_der(const std::string& certificate) {
    ErrorScope errors;
    BSN_TRY(parsed, parse(certificate, "it"));
    return der_of(parsed.get());
}

}  // namespace bsn::crypto
