#pragma once
// Up to where a folder's files are durable, noted beside them. Internal.
//
// A record at the end of a file that a crash tore cannot be told from one that was durable, was
// promised to others, and was damaged later. The mark tells them apart: it is written after each
// successful sync, and a file that ends before its mark has lost what it must not lose.
//
// The mark itself is never synced: a write that returned survives the death of the process, and
// after a power failure an older mark only says less. It stands twice in its file, a disk sector
// apart and written in turns, so that a torn write leaves the former one.

#include "base/files.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace bsn::store {

/// One thread at a time may call members.
class SyncedMark {
  public:
    using Numbers = std::array<std::uint64_t, 4>;
    static constexpr const char* k_name = "synced";

    /// Reads the mark of a folder. A missing or damaged one is replaced only by `note`, so that
    /// whoever refuses the folder because of it refuses it the next time, too.
    static Result<SyncedMark> open(const std::filesystem::path& folder);

    const std::filesystem::path& path() const { return path_; }
    /// What was noted last, by an earlier process; none if nothing was, or if it is damaged.
    const std::optional<Numbers>& found() const { return found_; }
    /// True if a mark was there, and neither copy of it can be read.
    bool damaged() const { return damaged_; }

    /// Notes what is durable now. A failure costs protection only: it is logged.
    void note(const Numbers& numbers);

  private:
    Status write(std::uint64_t generation, const Numbers& numbers);

    std::filesystem::path path_;
    FileHandle file_;
    std::uint64_t generation_ = 0;  ///< of the last good copy: a failed one is written again
    std::optional<Numbers> found_;
    std::optional<Numbers> last_;  ///< noted by this process
    bool damaged_ = false;
    bool failed_ = false;
};

}  // namespace bsn::store
