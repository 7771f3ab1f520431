#pragma once
// The master key of a node's custody: it wraps the data key, and nothing else. Where it comes from
// is the operator's choice.

#include "crypto/sealed.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace bsn::gateway {

/// An AES key of 32 bytes in a PKCS#11 token, which it never leaves.
struct Pkcs11Settings {
    std::filesystem::path module;    ///< the token's library
    std::string token;               ///< its label
    std::string key;                 ///< the key's label
    std::filesystem::path pin_file;  ///< mode 0600; or
    std::string pin_environment;     ///< a variable, removed once it was read
};

/// Where the master key is: one of these, or none.
struct MasterKeySettings {
    std::filesystem::path file;  ///< hexadecimal or base64, mode 0600
    std::string environment;     ///< a variable with the same, removed once it was read
    std::optional<Pkcs11Settings> pkcs11;

    bool configured() const { return !file.empty() || !environment.empty() || pkcs11.has_value(); }
};

/// A key that wraps others. One thread at a time.
class MasterKey {
  public:
    virtual ~MasterKey() = default;
    /// Where it is, for people; never what it is.
    virtual const std::string& place() const = 0;
    virtual Result<Bytes> wrap(const crypto::SecretKey& key, ByteView associated) = 0;
    /// `unauthenticated` if this key, or these bytes, did not wrap it.
    virtual Result<crypto::SecretKey> unwrap(ByteView wrapped, ByteView associated) = 0;
};

/// Reads, or reaches, the master key. `not_found`, `forbidden` (others may read the file) or
/// `invalid_argument`, saying what to mend.
Result<std::unique_ptr<MasterKey>> open_master_key(const MasterKeySettings& settings);

/// A master key in this process.
std::unique_ptr<MasterKey> make_master_key(crypto::SecretKey key, std::string place);

/// Makes a file with a new master key, mode 0600, durably; `already_exists` rather than
/// overwriting.
Status make_master_key_file(const std::filesystem::path& file);

}  // namespace bsn::gateway
