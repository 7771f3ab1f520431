#pragma once
// A session with a PKCS#11 token, logged in as its user.

#include "gateway/custody/master_key.hpp"

#include <p11-kit/pkcs11.h>

namespace bsn::gateway {

/// One thread at a time.
class Pkcs11Session {
  public:
    static Result<std::unique_ptr<Pkcs11Session>> open(const Pkcs11Settings& settings);
    ~Pkcs11Session();
    Pkcs11Session(const Pkcs11Session&) = delete;
    Pkcs11Session& operator=(const Pkcs11Session&) = delete;

    /// The secret keys with a label; at most two are looked for.
    Result<std::vector<CK_OBJECT_HANDLE>> keys(std::string label);
    Status make_aes_key(std::string label);
    /// 12 random bytes, then what the token made of them and `plain`, with its tag.
    Result<Bytes> encrypt(CK_OBJECT_HANDLE key, ByteView plain, ByteView associated);
    /// Into `plain`, which the caller wipes.
    Status decrypt(CK_OBJECT_HANDLE key, ByteView sealed, ByteView associated,
                   std::span<std::uint8_t> plain);

  private:
    Pkcs11Session() = default;
    Status load(const std::filesystem::path& module);
    Result<CK_SLOT_ID> slot_of(const std::string& token);
    Status log_in(const Pkcs11Settings& settings);
    Error failed(std::string_view doing, CK_RV result) const;

    std::string place_;
    void* library_ = nullptr;
    CK_FUNCTION_LIST_PTR functions_ = nullptr;
    bool begun_ = false;  ///< by us, so that we end it
    CK_SESSION_HANDLE session_ = 0;
    bool opened_ = false;
};

}  // namespace bsn::gateway
