#pragma once
// Inside of the module: what all certificates that we make have in common.

#include "crypto/openssl.hpp"

#include <openssl/x509.h>

#include <string>
#include <string_view>

namespace bsn::crypto {

using ExtensionPtr = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;

/// A machine whose clock is somewhat behind must accept a certificate that was just made.
inline constexpr time_t k_backdate_seconds = 300;

/// That OpenSSL did what it was asked for.
void require(bool done);

std::string to_pem(X509* certificate);
/// A certificate of version 3 for a key, with a random serial number.
X509Ptr new_certificate(EVP_PKEY* key);

/// Extensions whose values are constants of ours. Nothing from outside goes through here, since
/// OpenSSL's little language for values could be abused by it.
void add_extension(X509* certificate, X509* issuer, int kind, const char* value);

/// Adds to a name; false if the text does not fit: 1 to 64 bytes of UTF-8.
bool add_entry(X509_NAME* name, const char* field, std::string_view text);
/// Adds attributes (JSON) as Fabric's certificate authority writes them, under 1.2.3.4.5.6.7.8.1.
void add_attributes(X509* certificate, const std::string& attributes);
/// Gives a certificate the attributes of another one, if that has any.
void copy_attributes(const X509* from, X509* certificate);

bool is_dns_name(std::string_view host);

}  // namespace bsn::crypto
