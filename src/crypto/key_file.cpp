// Files that hold private keys.

#include "base/files.hpp"
#include "crypto/openssl.hpp"
#include "crypto/private_key.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bsn::crypto {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_max_file_size = 16384;  // a key is less than 1 KiB

Status write_all(int descriptor, std::string_view text, const fs::path& file) {
    while (!text.empty()) {
        ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return file_error("write", file, errno);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(descriptor) != 0) return file_error("sync", file, errno);
    return {};
}

Status write_text(const fs::path& file, std::string_view text) {
    FileHandle opened(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!opened.is_open() && errno == EEXIST) {
        return Error{Code::already_exists,
                     fmt::format("{} exists; a key file is never overwritten", file.string())};
    }
    if (!opened.is_open()) return file_error("create", file, errno);
    Status written = write_all(opened.get(), text, file);
    if (!written) ::unlink(file.c_str());  // half a key would only be in the way
    return written;
}

Status check_file(int descriptor, const fs::path& file) {
    struct stat found {};
    if (::fstat(descriptor, &found) != 0) return file_error("read", file, errno);
    if (!S_ISREG(found.st_mode)) {
        return Error{Code::invalid_argument, fmt::format("{} is not a file", file.string())};
    }
    if ((found.st_mode & 077) != 0) {
        return Error{Code::forbidden,
                     fmt::format("others may read or change the private key in {0}: run `chmod "
                                 "600 {0}`, and replace the key if someone may have read it",
                                 file.string())};
    }
    if (static_cast<std::size_t>(found.st_size) > k_max_file_size) {
        return Error{Code::invalid_argument,
                     fmt::format("{} is too large for a key file", file.string())};
    }
    return {};
}

// At most the room given, which the caller wipes.
Result<std::size_t> read_all(int descriptor, std::span<char> room, const fs::path& file) {
    std::size_t size = 0;
    while (size < room.size()) {
        ssize_t got = ::read(descriptor, room.data() + size, room.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return file_error("read", file, errno);
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    return size;
}

}  // namespace

Status write_key_file(const fs::path& file, const PrivateKey& key, std::string_view passphrase) {
    std::string pem = key.to_pem(passphrase);
    WipeAtEnd wipe(pem.data(), pem.size());
    BSN_CHECK(write_text(file, pem));
    // The name of a new file is durable once its folder is.
    return sync_folder(file.has_parent_path() ? file.parent_path() : fs::path("."));
}

Result<PrivateKey> read_key_file(const fs::path& file, std::string_view passphrase) {
    // The open file is what is checked, so that nobody can swap it in between. O_NONBLOCK: a pipe
    // of this name must not make us wait.
    BSN_TRY(opened, open_file(file, O_RDONLY | O_NOCTTY | O_NONBLOCK));
    BSN_CHECK(check_file(opened.get(), file));
    std::array<char, k_max_file_size> room;
    WipeAtEnd wipe(room.data(), room.size());
    BSN_TRY(size, read_all(opened.get(), room, file));
    auto key = PrivateKey::from_pem(std::string_view(room.data(), size), passphrase);
    if (!key) return key.error().within(file.string());
    return key;
}

}  // namespace bsn::crypto
