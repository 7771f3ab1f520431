#include "framework/fabric/packages/package_store.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "crypto/hash.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::fabric {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view k_ending = ".tar.gz";

ledger::Hash digest_of(ByteView bytes) { return crypto::hash(crypto::HashId::sha256, bytes); }

}  // namespace

fs::path PackageStore::file_of(const ledger::Hash& digest) const {
    return folder_ / fmt::format("{}{}", to_hex(digest), k_ending);
}

Status PackageStore::put(const ledger::Hash& digest, ByteView package) {
    if (const ledger::Hash own = digest_of(package); own != digest) {
        return Error{Code::invalid_argument, fmt::format("the package's SHA-256 is {}, and not {}",
                                                         to_hex(own), to_hex(digest))};
    }
    BSN_CHECK(read_code_package(package));
    std::lock_guard lock(mutex_);
    BSN_CHECK(make_private_folder(folder_));
    BSN_CHECK(write_file_atomically(file_of(digest), package));
    drop_spare();
    return {};
}

Result<Bytes> PackageStore::get(const ledger::Hash& digest) const {
    BSN_TRY(package, read_file(file_of(digest), k_max_package_bytes));
    if (digest_of(package) == digest) return package;
    std::error_code ignored;
    fs::remove(file_of(digest), ignored);
    return Error{Code::corrupted,
                 fmt::format("{} is damaged, and removed", file_of(digest).string())};
}

bool PackageStore::has(const ledger::Hash& digest) const {
    std::error_code ignored;
    return fs::exists(file_of(digest), ignored);
}

void PackageStore::drop_spare() const {
    std::vector<std::pair<fs::file_time_type, fs::path>> spare;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder_, failure)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(k_ending)) continue;
        const auto digest =
            fixed_from_hex<ledger::Hash>(name.substr(0, name.size() - k_ending.size()));
        if (!digest || in_use_(*digest)) continue;
        const auto time = entry.last_write_time(failure);
        if (!failure) spare.emplace_back(time, entry.path());
    }
    if (spare.size() <= k_spare) return;
    std::sort(spare.begin(), spare.end());
    spare.resize(spare.size() - k_spare);
    for (const auto& [time, file] : spare) {
        log_info("fabric", "removes {}: no app names this package", file.string());
        fs::remove(file, failure);
    }
}

}  // namespace bsn::framework::fabric
