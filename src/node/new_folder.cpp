#include "node/new_folder.hpp"

#include "base/files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace bsn::node {
namespace fs = std::filesystem;
namespace {

Status make_parents(const fs::path& folder) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (failure) return file_error("make", folder, failure.value());
    return {};
}

}  // namespace

NewFolder::NewFolder(fs::path place, fs::path filling)
    : place_(std::move(place)), filling_(std::move(filling)) {}

NewFolder::NewFolder(NewFolder&& other) noexcept
    : place_(std::move(other.place_)), filling_(std::exchange(other.filling_, {})) {}

NewFolder::~NewFolder() {
    std::error_code ignored;
    if (!filling_.empty()) fs::remove_all(filling_, ignored);
}

Result<NewFolder> NewFolder::make(const fs::path& place) {
    std::error_code ignored;
    const bool is_there = fs::exists(fs::symlink_status(place, ignored));
    if (is_there && !(fs::is_directory(place, ignored) && fs::is_empty(place, ignored))) {
        return Error{Code::already_exists,
                     fmt::format("{} is there already; name a folder that is not, or is empty",
                                 place.string())};
    }
    const fs::path absolute = fs::absolute(place).lexically_normal();
    fs::path clean = absolute.has_filename() ? absolute : absolute.parent_path();
    BSN_CHECK(make_parents(clean.parent_path()));
    std::string temporary = clean.string() + ".incomplete-XXXXXX";
    if (::mkdtemp(temporary.data()) == nullptr) {
        return file_error("make a folder beside", clean, errno);
    }
    return NewFolder(std::move(clean), temporary);
}

Status NewFolder::finish() {
    for (const auto& entry : fs::recursive_directory_iterator(filling_)) {
        if (entry.is_directory()) BSN_CHECK(sync_folder(entry.path()));
    }
    BSN_CHECK(sync_folder(filling_));
    if (::rename(filling_.c_str(), place_.c_str()) != 0) {
        return file_error("rename to", place_, errno);
    }
    filling_.clear();
    return sync_folder(place_.parent_path());
}

}  // namespace bsn::node
