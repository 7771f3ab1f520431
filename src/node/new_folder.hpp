#pragma once
// A folder that comes to be whole or not at all.

#include "base/result.hpp"

#include <filesystem>

namespace bsn::node {

/// Filled beside its place, then renamed. What is not finished is removed.
class NewFolder {
  public:
    /// `place` must not be there, or be an empty folder.
    static Result<NewFolder> make(const std::filesystem::path& place);
    ~NewFolder();
    NewFolder(NewFolder&& other) noexcept;
    NewFolder& operator=(NewFolder&&) = delete;

    /// Where to fill it.
    const std::filesystem::path& path() const { return filling_; }
    /// Puts it, durably, in its place. The files in it are synced already.
    Status finish();

  private:
    NewFolder(std::filesystem::path place, std::filesystem::path filling);

    std::filesystem::path place_;
    std::filesystem::path filling_;
};

}  // namespace bsn::node
