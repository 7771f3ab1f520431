#pragma once
// The master key in a PKCS#11 token: the token encrypts and decrypts with it (CKM_AES_GCM).

#include "gateway/custody/master_key.hpp"

namespace bsn::gateway {

/// Logs in to the token, and finds the key. The session ends with the object. Answers say what the
/// token said.
Result<std::unique_ptr<MasterKey>> open_pkcs11_master_key(const Pkcs11Settings& settings);

/// Makes an AES key of 32 bytes in a token, which cannot be read out of it; `already_exists` if one
/// has the label.
Status make_pkcs11_master_key(const Pkcs11Settings& settings);

}  // namespace bsn::gateway
