// A contract's source in a folder, as a package.

#include "base/files.hpp"
#include "framework/fabric/chaincode/archive_reader.hpp"
#include "framework/fabric/chaincode/code_package.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::fabric {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view k_label = "contract";  // the same for the same files, wherever they lie

/// Collects the files below a folder.
class Collector {
  public:
    explicit Collector(const fs::path& root, bool with_modules)
        : root_(root), with_modules_(with_modules) {}

    Result<std::vector<ArchiveFile>> run() {
        std::error_code failure;
        fs::recursive_directory_iterator at(root_, failure);
        for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
            const fs::file_status status = at->symlink_status(failure);
            if (failure) break;
            if (is_left_out(at->path())) {
                if (fs::is_directory(status)) at.disable_recursion_pending();
                continue;
            }
            if (fs::is_directory(status)) continue;
            BSN_CHECK(take(at->path(), status));
        }
        if (failure) {
            return Error{Code::io_error,
                         fmt::format("cannot read {}: {}", root_.string(), failure.message())};
        }
        std::sort(files_.begin(), files_.end(),
                  [](const ArchiveFile& a, const ArchiveFile& b) { return a.name < b.name; });
        return std::move(files_);
    }

  private:
    bool is_left_out(const fs::path& path) const {
        const fs::path name = path.filename();
        if (name == ".git") return true;
        if (name == "node_modules" && path.parent_path() == root_) return !with_modules_;
        return name == ".bin" && path.parent_path().filename() == "node_modules";
    }

    Status take(const fs::path& path, const fs::file_status& status) {
        const std::string name = path.lexically_relative(root_).generic_string();
        if (!fs::is_regular_file(status)) {
            return Error{Code::invalid_argument,
                         fmt::format("{} is no file: a package has no links and the like; remove "
                                     "it, or put the file itself there",
                                     path.string())};
        }
        BSN_CHECK(check_archive_name(name));
        const ArchiveLimits limits;
        auto content = read_file(path, limits.unpacked_bytes);
        if (!content) return content.error();
        bytes_ += content->size();
        if (bytes_ > limits.unpacked_bytes || files_.size() == limits.files) {
            return Error{Code::too_large,
                         fmt::format("{} holds more than {} MiB or {} files, the most of a package",
                                     root_.string(), limits.unpacked_bytes >> 20, limits.files)};
        }
        files_.push_back({name, std::move(*content)});
        return {};
    }

    const fs::path root_;
    const bool with_modules_;
    std::vector<ArchiveFile> files_;
    std::size_t bytes_ = 0;
};

}  // namespace

Result<CodePackage> read_code_folder(const fs::path& given) {
    std::error_code ignored;
    const fs::path folder = fs::absolute(given / ".", ignored).lexically_normal().parent_path();
    const auto has = [&](const char* name) { return fs::exists(folder / name, ignored); };
    CodePackage package;
    package.label = k_label;
    package.language = has("go.mod") ? "golang" : has("package.json") ? "node" : "java";
    BSN_TRY(files, Collector(folder, !has("package-lock.json")).run());
    package.files = std::move(files);
    const bool jar = std::any_of(package.files.begin(), package.files.end(),
                                 [](const auto& one) { return one.name.ends_with(".jar"); });
    if (package.language == "java" && !jar && !has("pom.xml")) {
        return Error{Code::invalid_argument,
                     fmt::format("{} holds neither go.mod, package.json, pom.xml nor a .jar: there "
                                 "is no contract in it",
                                 given.string())};
    }
    // What a node will say of it is said now.
    auto read = read_code_package(write_code_package(package));
    if (!read) return read.error().within(given.string());
    return std::move(*read);
}

}  // namespace bsn::framework::fabric
