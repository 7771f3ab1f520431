#include "base/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace bsn {
namespace fs = std::filesystem;
namespace {

constexpr mode_t k_private_folder = 0700;

Code code_of(int error_number) {
    switch (error_number) {
        case ENOSPC:
        case EDQUOT: return Code::no_space;
        case ENOENT:
        case ENOTDIR: return Code::not_found;
        case EEXIST: return Code::already_exists;
        default: return Code::io_error;
    }
}

/// What the reader of the message can do about it; empty if the error says it all.
std::string_view advice(int error_number) {
    switch (error_number) {
        case ENOSPC: return "; free space on this disk, or move the data to a larger one";
        case EDQUOT: return "; raise the disk quota of this user, or free some space";
        case EROFS: return "; the file system is read-only: check the disk, then remount it";
        case EACCES:
        case EPERM: return "; give the user of this process the permission";
        case EMFILE:
        case ENFILE: return "; raise the limit of open files (ulimit -n)";
        case EIO: return "; the disk may be failing: check the system log";
        default: return "";
    }
}

/// Writes all bytes; false, with errno set, if that fails.
bool write_all(int descriptor, ByteView bytes) {
    while (!bytes.empty()) {
        ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return true;
}

/// Fills and syncs a new file; its mode does not depend on the umask.
Status fill_file(int descriptor, const fs::path& path, ByteView content, mode_t mode) {
    if (::fchmod(descriptor, mode) != 0) return file_error("set the mode of", path, errno);
    if (!write_all(descriptor, content)) return file_error("write", path, errno);
    if (::fsync(descriptor) != 0) return file_error("sync", path, errno);
    return {};
}

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

Result<Bytes> read_open_file(int descriptor, const fs::path& path, std::size_t limit) {
    Bytes content;
    std::size_t filled = 0;
    for (;;) {
        // One byte beyond the limit is asked for, to tell "full" from "longer".
        if (filled == content.size()) {
            content.resize(std::min(limit + 1, std::max<std::size_t>(content.size() * 2, 4096)));
        }
        ssize_t count = ::read(descriptor, content.data() + filled, content.size() - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return file_error("read", path, errno);
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
        if (filled > limit) {
            return Error{Code::too_large, fmt::format("{} holds more than the {} bytes allowed",
                                                      path.string(), limit)};
        }
    }
    content.resize(filled);
    return content;
}

}  // namespace

Error file_error(std::string_view doing, const fs::path& path, int error_number) {
    return {code_of(error_number), fmt::format("cannot {} {}: {}{}", doing, path.string(),
                                               std::strerror(error_number), advice(error_number))};
}

FileHandle::~FileHandle() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

FileHandle::FileHandle(FileHandle&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

Result<FileHandle> open_file(const fs::path& path, int flags, mode_t mode) {
    int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (descriptor < 0) return file_error("open", path, errno);
    return FileHandle(descriptor);
}

Result<Bytes> read_file(const fs::path& path, std::size_t limit) {
    BSN_TRY(file, open_file(path, O_RDONLY));
    return read_open_file(file.get(), path, limit);
}

Status write_file_atomically(const fs::path& path, ByteView content, mode_t mode) {
    // mkostemp makes the file with mode 0600, so that a secret is never open to others.
    std::string temporary = path.string() + ".tmp-XXXXXX";
    FileHandle file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.is_open()) return file_error("make a temporary file beside", path, errno);
    Status written = fill_file(file.get(), temporary, content, mode);
    if (written && ::rename(temporary.c_str(), path.c_str()) != 0) {
        written = file_error("replace", path, errno);
    }
    if (!written) {
        ::unlink(temporary.c_str());
        return written;
    }
    return sync_folder(folder_of(path));
}

Status make_private_folder(const fs::path& path) {
    fs::path folder = path.lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();
    if (::mkdir(folder.c_str(), k_private_folder) == 0) return sync_folder(folder_of(folder));
    if (errno == ENOENT && folder.has_parent_path() && folder.parent_path() != folder) {
        BSN_CHECK(make_private_folder(folder.parent_path()));
        // Some file systems say ENOENT where nobody may make a folder: no third try.
        if (::mkdir(folder.c_str(), k_private_folder) == 0) return sync_folder(folder_of(folder));
    }
    if (errno != EEXIST) return file_error("make the folder", folder, errno);
    struct stat state {};
    if (::stat(folder.c_str(), &state) != 0) return file_error("examine", folder, errno);
    if (!S_ISDIR(state.st_mode)) {
        return Error{Code::already_exists,
                     fmt::format("{} is in the way: a folder of that name is needed; move it away",
                                 folder.string())};
    }
    if ((state.st_mode & 07777) == k_private_folder) return {};
    if (::chmod(folder.c_str(), k_private_folder) != 0) {
        return file_error("make private the folder", folder, errno);
    }
    return {};
}

Status sync_folder(const fs::path& path) {
    BSN_TRY(folder, open_file(path, O_RDONLY | O_DIRECTORY));
    if (::fsync(folder.get()) != 0) return file_error("sync the folder", path, errno);
    return {};
}

Result<std::uint64_t> available_space(const fs::path& path) {
    struct statvfs state {};
    if (::statvfs(path.c_str(), &state) != 0) return file_error("examine the disk of", path, errno);
    return static_cast<std::uint64_t>(state.f_bavail) * state.f_frsize;
}

Result<FileHandle> lock_folder(const fs::path& folder, std::string_view name) {
    fs::path path = folder / name;
    BSN_TRY(file, open_file(path, O_RDWR | O_CREAT, 0600));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return std::move(file);
    if (errno != EWOULDBLOCK) return file_error("lock", path, errno);
    return Error{Code::unavailable,
                 fmt::format("{} is in use by another process; stop that one first, or choose "
                             "another folder",
                             folder.string())};
}

std::uint64_t file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    return limit.rlim_cur;
}

std::uint64_t raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);  // if it fails, the limit is what it was
    }
    return file_limit();
}

}  // namespace bsn
