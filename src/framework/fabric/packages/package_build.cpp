#include "framework/fabric/packages/package_build.hpp"

#include "base/files.hpp"
#include "base/program.hpp"
#include "framework/fabric/packages/toolchain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <sys/file.h>
#include <unistd.h>

namespace bsn::framework::fabric {
namespace fs = std::filesystem;
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds k_look{500};
constexpr std::uint64_t k_mib = 1U << 20;
constexpr std::uintmax_t k_max_log = 16U << 20;
constexpr std::size_t k_told = 600;  ///< of what tools said, at most

/// The bytes of all files below a folder; links are not followed.
std::uintmax_t size_of(const fs::path& folder) {
    std::uintmax_t bytes = 0;
    std::error_code failure;
    fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied,
                                        failure);
    for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
        std::error_code ignored;
        if (!fs::is_regular_file(at->symlink_status(ignored))) continue;
        const auto size = at->file_size(ignored);
        if (!ignored) bytes += size;
    }
    return bytes;
}

Status write_source(const CodePackage& package, const fs::path& folder) {
    std::error_code failure;
    for (const ArchiveFile& file : package.files) {
        const fs::path path = folder / file.name;
        fs::create_directories(path.parent_path(), failure);
        if (failure) return file_error("make", path.parent_path(), failure.value());
        BSN_TRY(handle, open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644));
        std::size_t written = 0;
        while (written < file.content.size()) {
            const ssize_t more =
                ::write(handle.get(), file.content.data() + written, file.content.size() - written);
            if (more < 0 && errno == EINTR) continue;
            if (more < 0) return file_error("write", path, errno);
            written += static_cast<std::size_t>(more);
        }
    }
    return {};
}

/// Gives the folder to the user who builds in it.
Status give_away(const fs::path& folder, std::uint32_t user) {
    if (::geteuid() != 0) return {};
    std::error_code failure;
    if (::lchown(folder.c_str(), user, user) != 0) return file_error("give away", folder, errno);
    fs::recursive_directory_iterator at(folder, failure);
    for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
        if (::lchown(at->path().c_str(), user, user) != 0) {
            return file_error("give away", at->path(), errno);
        }
    }
    return failure ? Status(file_error("read", folder, failure.value())) : Status();
}

/// The end of what the tools said, on one line.
std::string last_words(const fs::path& log) {
    auto said = read_file(log, k_max_log + k_mib);
    if (!said) return "";
    std::string text(as_text(*said));
    if (text.size() > k_told) text.erase(0, text.size() - k_told);
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return is_utf8(text) ? text : "";
}

/// One build.
class Build {
  public:
    Build(const CodePackage& package, const PackageSettings& settings, const Confiner& confiner,
          const BuildPlace& place)
        : package_(package), settings_(settings), confiner_(confiner), place_(place) {}

    Status run() {
        std::error_code failure;
        fs::remove_all(place_.folder, failure);
        fs::remove(place_.log, failure);
        for (const char* part : {"src", "home", "tmp"}) {
            fs::create_directories(place_.folder / part, failure);
            if (failure) return file_error("make", place_.folder / part, failure.value());
        }
        BSN_CHECK(write_source(package_, place_.folder / "src"));
        BSN_CHECK(take_cache());
        if (confiner_.isolates()) BSN_CHECK(give_away(place_.folder, place_.user));
        deadline_ = SteadyClock::now() + std::chrono::seconds(settings_.build_seconds);
        BSN_TRY(steps, build_steps(package_, inside()));
        for (const BuildStep& step : steps) BSN_CHECK(run_step(step));
        fs::remove_all(place_.folder / "home", failure);
        fs::remove_all(place_.folder / "tmp", failure);
        return check_built(package_.language, place_.folder);
    }

  private:
    BuildFolders inside() const {
        const std::string build = confiner_.place(build_);
        return {build, settings_.cache.empty() ? build + "/home" : confiner_.place(cache_)};
    }

    /// Builds that share a cache take turns: what one has fetched the next one finds. Held until
    /// the end.
    Status take_cache() {
        if (settings_.cache.empty()) return {};
        BSN_CHECK(make_private_folder(settings_.cache));
        if (confiner_.isolates() && ::geteuid() == 0 &&
            ::lchown(settings_.cache.c_str(), place_.user, place_.user) != 0) {
            return file_error("give away", settings_.cache, errno);
        }
        BSN_TRY(lock, open_file(settings_.cache.parent_path() /
                                    (settings_.cache.filename().string() + ".lock"),
                                O_RDWR | O_CREAT, 0600));
        while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
            if (place_.cancelled) return Error{Code::unavailable, "the node stops"};
            ::usleep(100'000);
        }
        turn_ = std::move(lock);
        return {};
    }

    Status run_step(const BuildStep& step) {
        Confinement how;
        how.folder = inside().build + "/src";
        how.visible = step.program.visible;
        how.visible.push_back(build_);
        if (!settings_.cache.empty()) how.visible.push_back(cache_);
        how.environment = step.environment;
        how.memory_mb = settings_.build_memory_mb;
        how.processes = k_processes;
        how.file_mb = settings_.build_disk_mb;
        how.cpu_seconds = 4 * settings_.build_seconds;
        how.user = place_.user;
        const auto ended = watch_program(confiner_.command(how, step.program.words), place_.log,
                                         k_look, [this] { return may_go_on(); });
        if (!ended) return ended.error();
        if (*ended == 0) return {};
        return Error{Code::contract_failed,
                     fmt::format("the package cannot be built: {} ended with status {}: {}; see {}",
                                 step.name, *ended, last_words(place_.log), place_.log.string())};
    }

    Status may_go_on() const {
        if (place_.cancelled) return Error{Code::unavailable, "the node stops"};
        if (SteadyClock::now() > deadline_) {
            return Error{Code::contract_failed,
                         fmt::format("the package cannot be built: it takes more than {} s; see {}",
                                     settings_.build_seconds, place_.log.string())};
        }
        std::error_code ignored;
        if (fs::file_size(place_.log, ignored) > k_max_log && !ignored) {
            return Error{Code::too_large, "the package cannot be built: its tools say too much"};
        }
        if (size_of(place_.folder) <= settings_.build_disk_mb * k_mib) return {};
        return Error{Code::too_large,
                     fmt::format("the package cannot be built: it takes more than {} MiB of disk",
                                 settings_.build_disk_mb)};
    }

    static constexpr std::uint64_t k_processes = 2'048;

    const CodePackage& package_;
    const PackageSettings& settings_;
    const Confiner& confiner_;
    const BuildPlace& place_;
    const Visible build_{place_.folder, "/build", true};
    const Visible cache_{settings_.cache, "/cache", true};
    FileHandle turn_;
    SteadyClock::time_point deadline_;
};

}  // namespace

Status build_package(const CodePackage& package, const PackageSettings& settings,
                     const Confiner& confiner, const BuildPlace& place) {
    return Build(package, settings, confiner, place).run();
}

}  // namespace bsn::framework::fabric
