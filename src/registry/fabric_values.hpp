#pragma once
// What descriptions of Fabric's organisations and networks are made of, and how it is checked.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace bsn::registry {

// Errors are `contract_failed`; they begin with `what`: which member of what is wrong.

/// The id of a membership service: 1 to 100 letters, digits, '.', '-', a letter or digit first.
Status check_msp(const std::string& msp, std::string_view what);
/// HOST:PORT, of a name or an address of IPv4.
Status check_address(const std::string& address, std::string_view what);
/// A host's name, as in certificates.
Status check_host(const std::string& host, std::string_view what);
/// One certificate in PEM of at most 8 KiB, judged by its frame: whether it holds what it should is
/// for those to see who use it.
Status check_certificate(const std::string& pem, std::string_view what);
/// One or several certificates in PEM, one after the other, of at most 16 KiB; the same.
Status check_certificates(const std::string& pem, std::string_view what);

}  // namespace bsn::registry
