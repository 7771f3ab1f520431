#pragma once
// A disk of a few megabytes that a test may fill: a tmpfs, which needs the permission to mount.

#include "support/temporary_folder.hpp"

#include <fstream>
#include <string>
#include <sys/mount.h>

namespace bsn::store {

class SmallDisk {
  public:
    explicit SmallDisk(int megabytes) {
        std::string options = "size=" + std::to_string(megabytes) + "m";
        mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, options.c_str()) == 0;
    }
    ~SmallDisk() {
        if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    bool mounted() const { return mounted_; }
    const std::filesystem::path& path() const { return folder_.path(); }

    /// Fills what is left but for some bytes.
    void fill(std::uintmax_t but = 0) {
        std::uintmax_t left = std::filesystem::space(path()).available;
        std::ofstream file(ballast(), std::ios::binary);
        std::string chunk(4096, 'x');
        for (; left > but + chunk.size(); left -= chunk.size()) file << chunk;
    }
    void free() { std::filesystem::remove(ballast()); }

  private:
    std::filesystem::path ballast() const { return path() / "ballast"; }

    TemporaryFolder folder_;
    bool mounted_ = false;
};

}  // namespace bsn::store

/// Ends the test where mounting is not permitted.
#define BSN_NEEDS_SMALL_DISK(disk)                                                                 \
    if (!(disk).mounted()) {                                                                       \
        GTEST_SKIP() << "mounting a tmpfs is not permitted here; run as root to test a full disk"; \
    }                                                                                              \
    static_assert(true)
