#pragma once
// The implementations of a suite's signatures: each to be asked by itself, for comparisons, and the
// choice of SM2's.

#include "crypto/suite.hpp"

#include <memory>
#include <span>

namespace bsn::crypto {

/// Who computes signatures.
enum class Implementation {
    ours,      ///< what `verify` and `PrivateKey` use here
    portable,  ///< our SM2 in C++ alone, without the processor's BMI2 and ADX
    openssl,   ///< OpenSSL as any program could call it, with a key that it has parsed before
};

/// `ours`, `portable` or `openssl`.
std::string_view implementation_name(Implementation implementation);
/// Those that there are of a suite, ours first.
std::span<const Implementation> implementations_of(SuiteId suite);

/// Says by which implementation SM2 is computed for keys that are parsed from now on: `ours`,
/// `portable` or `openssl`. `invalid_argument` of another name. Any thread.
Status choose_sm2(std::string_view name);

/// A key pair and one implementation that signs and verifies with it. One thread.
class ImplementedKey {
  public:
    virtual ~ImplementedKey() = default;
    virtual Signature sign(ByteView message) const = 0;
    /// Verifies with the key as it was parsed once, and with what was computed of it since.
    virtual bool verify(ByteView message, const Signature& signature) const = 0;
    /// Verifies as if the key were seen for the first time: parses it as well.
    virtual bool verify_anew(ByteView message, const Signature& signature) const = 0;
};

/// A new key pair; the implementation must be one of the suite's.
std::unique_ptr<ImplementedKey> generate_key(SuiteId suite, Implementation implementation);

}  // namespace bsn::crypto
