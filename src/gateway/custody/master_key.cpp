#include "gateway/custody/master_key.hpp"

#include "base/files.hpp"
#include "gateway/custody/pkcs11_master_key.hpp"
#include "gateway/custody/secret_source.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace bsn::gateway {
namespace {

namespace fs = std::filesystem;

/// In this process's memory.
class LocalMasterKey final : public MasterKey {
  public:
    LocalMasterKey(crypto::SecretKey key, std::string place)
        : key_(std::move(key)), place_(std::move(place)) {}

    const std::string& place() const override { return place_; }
    Result<Bytes> wrap(const crypto::SecretKey& key, ByteView associated) override {
        return crypto::seal(key_, key, associated);
    }
    Result<crypto::SecretKey> unwrap(ByteView wrapped, ByteView associated) override {
        return crypto::open_secret_key(key_, wrapped, associated);
    }

  private:
    crypto::SecretKey key_;
    std::string place_;
};

/// Wipes the text.
Result<std::unique_ptr<MasterKey>> key_from(std::string text, std::string place) {
    auto bytes = text.size() == 2 * crypto::SecretKey::k_size ? from_hex(text) : from_base64(text);
    crypto::wipe(text);
    if (!bytes || bytes->size() != crypto::SecretKey::k_size) {
        if (bytes) crypto::wipe(*bytes);
        return Error{Code::invalid_argument,
                     fmt::format("{} holds no master key: 32 bytes as 64 hexadecimal digits or "
                                 "base64 (`openssl rand -hex 32` makes one)",
                                 place)};
    }
    auto key = crypto::SecretKey::from(*bytes);
    crypto::wipe(*bytes);
    return make_master_key(std::move(*key), std::move(place));
}

}  // namespace

std::unique_ptr<MasterKey> make_master_key(crypto::SecretKey key, std::string place) {
    return std::make_unique<LocalMasterKey>(std::move(key), std::move(place));
}

Result<std::unique_ptr<MasterKey>> open_master_key(const MasterKeySettings& settings) {
    if (!settings.file.empty()) {
        BSN_TRY(text, secret_of_file(settings.file));
        return key_from(std::move(text), fmt::format("the file {}", settings.file.string()));
    }
    if (!settings.environment.empty()) {
        BSN_TRY(text, secret_of_environment(settings.environment));
        return key_from(std::move(text), fmt::format("the variable {}", settings.environment));
    }
    if (settings.pkcs11) return open_pkcs11_master_key(*settings.pkcs11);
    return Error{Code::unavailable,
                 "custody has no master key; name one in node.yaml under `custody`"};
}

Status make_master_key_file(const fs::path& file) {
    FileHandle opened(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!opened.is_open() && errno == EEXIST) {
        return Error{Code::already_exists,
                     fmt::format("{} exists; a key file is never overwritten", file.string())};
    }
    if (!opened.is_open()) return file_error("create", file, errno);
    std::string text = to_hex(crypto::SecretKey::generate().view()) + "\n";
    const ssize_t written = ::write(opened.get(), text.data(), text.size());
    const bool whole = written == static_cast<ssize_t>(text.size());
    crypto::wipe(text);
    if (!whole || ::fsync(opened.get()) != 0) {
        Error failed = file_error("write", file, errno);
        ::unlink(file.c_str());  // half a key would only be in the way
        return failed;
    }
    return sync_folder(file.has_parent_path() ? file.parent_path() : fs::path("."));
}

}  // namespace bsn::gateway
