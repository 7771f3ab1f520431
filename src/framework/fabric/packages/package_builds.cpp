#include "framework/fabric/packages/package_builds.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "framework/fabric/packages/package_build.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::fabric {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::seconds k_fetch_pause{2};
constexpr std::chrono::seconds k_first_pause{60};
constexpr std::chrono::seconds k_longest_pause{1'800};

/// User ids that no system gives to anybody; those of builds lie above those of contracts, which
/// are by port.
constexpr std::uint32_t k_first_user = 1'879'048'192U + 65'536U;

std::uint32_t user_of(const ledger::Hash& digest, bool shared) {
    if (shared) return k_first_user;
    const auto* bytes = digest.data();
    return k_first_user + 1 +
           (std::uint32_t{bytes[0]} << 16 | std::uint32_t{bytes[1]} << 8 | bytes[2]);
}

}  // namespace

PackageBuilds::PackageBuilds(fs::path folder, PackageSettings settings, Confiner confiner,
                             PackageStore& store, FetchPackage fetch)
    : folder_(std::move(folder)),
      settings_(std::move(settings)),
      confiner_(std::move(confiner)),
      store_(store),
      fetch_(std::move(fetch)),
      thread_([this] { run(); }) {}

PackageBuilds::~PackageBuilds() { stop(); }

void PackageBuilds::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

fs::path PackageBuilds::folder_of(const ledger::Hash& digest) const {
    return folder_ / to_hex(digest);
}

Result<fs::path> PackageBuilds::built(const registry::PackagedCode& code) {
    std::lock_guard lock(mutex_);
    const bool waits = std::find(waiting_.begin(), waiting_.end(), code) != waiting_.end();
    const std::string what = to_hex(code.digest).substr(0, 12);
    if (waits) {
        return Error{Code::unavailable,
                     fmt::format("package {} {}", what,
                                 waiting_.front() == code ? "is being fetched and built"
                                                          : "waits for others to be built")};
    }
    std::error_code ignored;
    if (fs::exists(folder_of(code.digest), ignored)) return folder_of(code.digest);
    const auto failure = failed_.find(code.digest);
    if (failure != failed_.end() && SteadyClock::now() < failure->second.again) {
        return failure->second.error;
    }
    waiting_.push_back(code);
    wake_.notify_all();
    return Error{Code::unavailable, fmt::format("package {} is to be built", what)};
}

void PackageBuilds::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        const registry::PackagedCode code = waiting_.front();
        lock.unlock();
        const auto begin = SteadyClock::now();
        const Status made = make(code);
        lock.lock();
        waiting_.pop_front();
        if (stopping_) return;
        const std::chrono::duration<double> took = SteadyClock::now() - begin;
        if (made) {
            failed_.erase(code.digest);
            log_info("fabric", "package {} is built, seconds={:.1f}", to_hex(code.digest),
                     took.count());
            continue;
        }
        // What is unavailable comes by itself; a build that failed will most often fail again.
        Failure& failure =
            failed_.try_emplace(code.digest, Failure{{made.error().code, ""}, {}, {}})
                .first->second;
        const bool passes = made.error().code == Code::unavailable;
        failure.pause =
            passes ? k_fetch_pause : std::clamp(2 * failure.pause, k_first_pause, k_longest_pause);
        failure.again = SteadyClock::now() + failure.pause;
        if (failure.error.message != made.error().message || failure.pause > k_fetch_pause) {
            log_warn("fabric", "package {}: {}", to_hex(code.digest), made.error().message);
        }
        failure.error = made.error();
    }
}

Status PackageBuilds::make(const registry::PackagedCode& code) {
    BSN_CHECK(make_private_folder(folder_));
    auto bytes = store_.get(code.digest);
    if (!bytes) {
        BSN_TRY(fetched, fetch_(code.digest));
        BSN_CHECK(store_.put(code.digest, fetched));
        bytes = std::move(fetched);
    }
    BSN_TRY(package, read_code_package(*bytes));
    if (package.language != code.language) {
        return Error{Code::invalid_argument,
                     fmt::format("the package is of language {}, and its app says {}",
                                 package.language, code.language)};
    }
    const fs::path final = folder_of(code.digest);
    const fs::path fresh = final.string() + ".new";
    const BuildPlace place{fresh, final.string() + ".log",
                           user_of(code.digest, !settings_.cache.empty()), stopping_};
    BSN_CHECK(build_package(package, settings_, confiner_, place));
    std::error_code failure;
    fs::rename(fresh, final, failure);
    if (failure) return file_error("rename", fresh, failure.value());
    return sync_folder(folder_);
}

}  // namespace bsn::framework::fabric
