#pragma once
// Keys and certificates that a node makes once and keeps in files.

#include "crypto/private_key.hpp"

#include <filesystem>
#include <string>

namespace bsn::framework::fabric {

bool is_there(const std::filesystem::path& file);

/// A text, such as PEM, of at most 64 KiB; errors as those of `read_file`.
Result<std::string> read_kept_text(const std::filesystem::path& file);

/// The secp256r1 key in a file (PEM, 0600), which is made with its folder (0700) if it is not
/// there.
Result<crypto::PrivateKey> kept_key(const std::filesystem::path& file);

}  // namespace bsn::framework::fabric
