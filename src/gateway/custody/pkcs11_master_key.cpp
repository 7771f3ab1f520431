#include "gateway/custody/pkcs11_master_key.hpp"

#include "gateway/custody/pkcs11_session.hpp"

#include <fmt/format.h>

#include <array>

namespace bsn::gateway {
namespace {

class Pkcs11MasterKey final : public MasterKey {
  public:
    Pkcs11MasterKey(std::unique_ptr<Pkcs11Session> session, CK_OBJECT_HANDLE key, std::string place)
        : session_(std::move(session)), key_(key), place_(std::move(place)) {}

    const std::string& place() const override { return place_; }
    Result<Bytes> wrap(const crypto::SecretKey& key, ByteView associated) override {
        return session_->encrypt(key_, key.view(), associated);
    }
    Result<crypto::SecretKey> unwrap(ByteView wrapped, ByteView associated) override {
        Bytes plain(crypto::SecretKey::k_size);
        Status done = session_->decrypt(key_, wrapped, associated, plain);
        auto key = done ? crypto::SecretKey::from(plain)
                        : Result<crypto::SecretKey>(std::move(done).error());
        crypto::wipe(plain);
        return key;
    }

  private:
    std::unique_ptr<Pkcs11Session> session_;
    CK_OBJECT_HANDLE key_;
    std::string place_;
};

}  // namespace

Result<std::unique_ptr<MasterKey>> open_pkcs11_master_key(const Pkcs11Settings& settings) {
    BSN_TRY(session, Pkcs11Session::open(settings));
    BSN_TRY(found, session->keys(settings.key));
    std::string place = fmt::format("the key '{}' of the token '{}'", settings.key, settings.token);
    if (found.empty()) {
        return Error{
            Code::not_found,
            fmt::format("{} is not there; make it with `bsn node custody make-token-key`", place)};
    }
    if (found.size() > 1) {
        return Error{Code::invalid_argument,
                     fmt::format("{} is there twice; give one of them another label", place)};
    }
    return std::unique_ptr<MasterKey>(
        std::make_unique<Pkcs11MasterKey>(std::move(session), found.front(), std::move(place)));
}

Status make_pkcs11_master_key(const Pkcs11Settings& settings) {
    BSN_TRY(session, Pkcs11Session::open(settings));
    BSN_TRY(found, session->keys(settings.key));
    if (found.empty()) return session->make_aes_key(settings.key);
    return Error{Code::already_exists,
                 fmt::format("the token '{}' has a key '{}' already; choose another label",
                             settings.token, settings.key)};
}

}  // namespace bsn::gateway
