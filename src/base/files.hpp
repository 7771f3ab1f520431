#pragma once
// Files, with errors that name the path and say what to do.

#include "base/bytes.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <sys/types.h>

namespace bsn {

/// The error of a failed system call: `no_space` for a full disk or quota, `not_found`,
/// `already_exists`, otherwise `io_error`. `doing` reads as in "cannot `doing` PATH: ...".
Error file_error(std::string_view doing, const std::filesystem::path& path, int error_number);

/// An open file descriptor, closed at the end of its life. Negative: none.
class FileHandle {
  public:
    FileHandle() = default;
    explicit FileHandle(int descriptor) : descriptor_(descriptor) {}
    ~FileHandle();
    FileHandle(FileHandle&& other) noexcept;
    FileHandle& operator=(FileHandle&& other) noexcept;

    int get() const { return descriptor_; }
    bool is_open() const { return descriptor_ >= 0; }

  private:
    int descriptor_ = -1;
};

/// Opens a file as open(2) does; always with O_CLOEXEC.
Result<FileHandle> open_file(const std::filesystem::path& path, int flags, mode_t mode = 0644);

/// The content of a file of at most `limit` bytes; `too_large` beyond.
Result<Bytes> read_file(const std::filesystem::path& path, std::size_t limit);

/// Replaces a file: after a crash it holds either the former content or this, and once this call
/// has returned this one. A secret gets mode 0600, and is never readable to others in between.
Status write_file_atomically(const std::filesystem::path& path, ByteView content,
                             mode_t mode = 0644);

/// Makes a folder (and its parents) that only its owner can enter; one that is there already must
/// be a folder, and gets mode 0700.
Status make_private_folder(const std::filesystem::path& path);

/// Makes names made, renamed or removed in a folder durable.
Status sync_folder(const std::filesystem::path& path);

/// Lets this process have as many files and connections open as the system permits it (the hard
/// limit), and says how many that are now.
std::uint64_t raise_file_limit();
/// How many it may have open now.
std::uint64_t file_limit();

/// The bytes that this process may still write to the disk that holds `path`.
Result<std::uint64_t> available_space(const std::filesystem::path& path);

/// Holds a folder for this process by an advisory lock on a file `name` in it, until destruction;
/// `unavailable` ("in use by another process") while somebody else holds it.
Result<FileHandle> lock_folder(const std::filesystem::path& folder, std::string_view name);

}  // namespace bsn
