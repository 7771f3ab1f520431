#include "node/backup.hpp"

#include "base/files.hpp"
#include "base/progress.hpp"
#include "crypto/hash.hpp"
#include "framework/ledger/stored_heights.hpp"
#include "node/city_node.hpp"
#include "node/new_folder.hpp"
#include "ordering/orderer.hpp"
#include "store/append_log.hpp"
#include "store/database.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <limits>
#include <unistd.h>

#ifndef BSN_VERSION
#define BSN_VERSION "0.1.0"
#endif

namespace bsn::node {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t k_max_manifest_bytes = 64U << 20;
constexpr std::size_t k_max_signed_state_bytes = 64U << 10;
/// Of CometBFT's signing: a precommit, the last step of a round.
constexpr int k_precommit = 3;
constexpr std::size_t k_piece_bytes = 1U << 20;
constexpr mode_t k_private_mode = 0600;

// --- which files ---------------------------------------------------------------------------------

Result<std::vector<BackupFile>> list_files(const fs::path& folder, bool with_keys) {
    std::vector<BackupFile> files;
    std::error_code failure;
    fs::recursive_directory_iterator entry(folder, failure);
    for (; !failure && entry != fs::recursive_directory_iterator(); entry.increment(failure)) {
        if (!fs::is_regular_file(entry->symlink_status())) continue;
        std::string path = fs::relative(entry->path(), folder).generic_string();
        if (!belongs_to_backup(path) || (is_key_of_node(path) && !with_keys)) continue;
        files.push_back({std::move(path), entry->file_size(), {}});
    }
    if (failure) return file_error("list", folder, failure.value());
    std::sort(files.begin(), files.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return files;
}

// --- copying -------------------------------------------------------------------------------------

Status write_all(int descriptor, ByteView bytes, const fs::path& path) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return file_error("write", path, errno);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

/// Reads a file to its end, hashing it, and writes it to `to` unless that is empty.
Result<BackupFile> read_through(const fs::path& from, const fs::path& to, Progress& progress) {
    BSN_TRY(source, open_file(from, O_RDONLY | O_NOFOLLOW));
    FileHandle target;
    if (!to.empty()) {
        BSN_CHECK(make_private_folder(to.parent_path()));
        BSN_TRY(made, open_file(to, O_WRONLY | O_CREAT | O_EXCL, k_private_mode));
        target = std::move(made);
    }
    crypto::Hasher hasher(crypto::HashId::sha256);
    Bytes piece(k_piece_bytes);
    BackupFile read;
    for (;;) {
        const ssize_t count = ::read(source.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return file_error("read", from, errno);
        if (count == 0) break;
        const ByteView bytes(piece.data(), static_cast<std::size_t>(count));
        hasher.update(bytes);
        read.bytes += bytes.size();
        progress.add(bytes.size());
        if (target.is_open()) BSN_CHECK(write_all(target.get(), bytes, to));
    }
    if (target.is_open() && ::fsync(target.get()) != 0) return file_error("sync", to, errno);
    read.sha256 = to_hex(hasher.finish());
    return read;
}

Status check_read(const BackupFile& wanted, const BackupFile& read, const fs::path& file) {
    if (read.bytes != wanted.bytes) {
        return Error{Code::corrupted,
                     fmt::format("{} is damaged: {} bytes, of {} in the manifest; nothing was "
                                 "restored",
                                 file.string(), read.bytes, wanted.bytes)};
    }
    if (read.sha256 == wanted.sha256) return {};
    return Error{Code::corrupted,
                 fmt::format("{} is damaged: its SHA-256 is {}, not {} as in the manifest; nothing "
                             "was restored",
                             file.string(), read.sha256, wanted.sha256)};
}

Status check_space(const fs::path& folder, std::uint64_t needed) {
    BSN_TRY(available, available_space(folder));
    if (available >= needed) return {};
    return Error{Code::no_space, fmt::format("{} MB are needed on the disk of {}, {} MB are free",
                                             needed >> 20, folder.string(), available >> 20)};
}

// --- what the node's data says of itself
// ------------------------------------------------------------

Result<std::uint64_t> last_ordered(const fs::path& folder) {
    BSN_TRY(log, store::open_append_log(folder));
    store::LogPosition last;
    BSN_CHECK(log->scan([&](const store::LogPosition& position, ByteView) {
        last = position;
        return true;
    }));
    if (last == store::LogPosition{}) return 0;
    BSN_TRY(record, log->read(last));
    BSN_TRY(ordered, ordering::OrderedHeight::decode(record));
    return ordered.height;
}

/// Opened by the program itself, so that what a crash left is in order, and damage is told now.
Status describe_data(const fs::path& data, BackupManifest& manifest) {
    BSN_TRY(height, last_ordered(data / "ordering"));
    manifest.order_height = height;
    BSN_TRY(database, store::open_rocksdb(data / "state"));
    BSN_TRY(owner, framework::stored_owner(*database));
    manifest.network = to_hex(owner.network);
    manifest.node = to_hex(owner.node);
    BSN_TRY(chains, framework::stored_heights(*database));
    for (const auto& [channel, reached] : chains) {
        manifest.chains.push_back({to_hex(channel), reached});
    }
    return {};
}

// --- the manifest
// -----------------------------------------------------------------------------------

std::string sha256_text(std::string_view text) {
    return to_hex(crypto::hash(crypto::HashId::sha256, as_bytes(text)));
}

Status write_manifest(const fs::path& folder, const BackupManifest& manifest) {
    const std::string text = manifest.to_json();
    BSN_CHECK(write_file_atomically(folder / "manifest.json", as_bytes(text), k_private_mode));
    const std::string sum = sha256_text(text) + "  manifest.json\n";
    return write_file_atomically(folder / "manifest.sha256", as_bytes(sum), k_private_mode);
}

Result<BackupManifest> read_manifest(const fs::path& folder) {
    const fs::path file = folder / "manifest.json";
    BSN_TRY(bytes, read_file(file, k_max_manifest_bytes));
    BSN_TRY(sum, read_file(folder / "manifest.sha256", 200));
    if (!as_text(sum).starts_with(sha256_text(as_text(bytes)))) {
        return Error{Code::corrupted,
                     fmt::format("{} is damaged: its SHA-256 is not that of manifest.sha256; "
                                 "nothing was restored",
                                 file.string())};
    }
    auto manifest = BackupManifest::from_json(as_text(bytes));
    if (!manifest) return manifest.error().within(file.string());
    return std::move(*manifest);
}

Status check_right(const BackupManifest& manifest, const RestoreRequest& request) {
    if (manifest.network != to_hex(request.network)) {
        return Error{Code::wrong_network,
                     fmt::format("{} is of network {}, the genesis file of network {}; name the "
                                 "right one with --genesis",
                                 request.from.string(), manifest.network, to_hex(request.network))};
    }
    if (request.last_signed < manifest.order_height) {
        return Error{Code::invalid_argument,
                     fmt::format("the node had height {} already when it was backed up; the height "
                                 "that it may have signed cannot be {}",
                                 manifest.order_height, request.last_signed)};
    }
    return {};
}

Status check_files(const BackupManifest& manifest, const fs::path& from) {
    Progress progress("Checking", manifest.bytes(), "bytes");
    for (const BackupFile& file : manifest.files) {
        const fs::path place = from / "node" / file.path;
        BSN_TRY(read, read_through(place, {}, progress));
        BSN_CHECK(check_read(file, read, place));
    }
    return {};
}

/// Refuses keys of another node than the data's.
Status check_keys(const fs::path& folder, const BackupManifest& manifest) {
    BSN_TRY(identity, load_identity(folder));
    if (to_hex(identity.id()) == manifest.node) return {};
    return Error{Code::wrong_network,
                 fmt::format("the keys are of node {}, the data of node {}; the backup was not "
                             "made by this program",
                             to_hex(identity.id()), manifest.node)};
}

/// CometBFT signs nothing at a lower height, and at the same one nothing of a lower round or step.
Status write_signed_state(const fs::path& cometbft, std::uint64_t height) {
    BSN_CHECK(make_private_folder(cometbft / "data"));
    const Json state{{"height", std::to_string(height)},
                     {"round", std::numeric_limits<std::int32_t>::max()},
                     {"step", k_precommit}};
    return write_file_atomically(cometbft / "data" / k_signed_state_name, as_bytes(state.dump(2)),
                                 k_private_mode);
}

Status make_safe(const fs::path& folder, std::uint64_t last_signed) {
    BSN_CHECK(write_signed_state(folder / "cometbft", last_signed));
    BSN_TRY(database, store::open_rocksdb(folder / "data" / "state"));
    BSN_CHECK(framework::note_silent_through(*database, last_signed));
    return database->sync();
}

}  // namespace

Result<BackupManifest> back_up_node(const BackupRequest& request) {
    const fs::path folder = fs::absolute(request.config).parent_path();
    if (!fs::is_regular_file(request.config)) {
        return Error{Code::not_found,
                     fmt::format("there is no {}; name the configuration of the node to back up",
                                 request.config.string())};
    }
    auto lock = lock_folder(folder, "lock");
    if (!lock) return lock.error().within("the node runs; stop it first");
    BackupManifest manifest;
    manifest.version = BSN_VERSION;
    manifest.made = request.now;
    manifest.with_keys = request.with_keys;
    BSN_CHECK(describe_data(folder / "data", manifest));
    BSN_TRY(files, list_files(folder, request.with_keys));
    manifest.files = std::move(files);
    BSN_TRY(target, NewFolder::make(request.to));
    BSN_CHECK(check_space(target.path(), manifest.bytes()));
    Progress progress("Backing up", manifest.bytes(), "bytes");
    for (BackupFile& file : manifest.files) {
        BSN_TRY(read,
                read_through(folder / file.path, target.path() / "node" / file.path, progress));
        file.bytes = read.bytes;
        file.sha256 = std::move(read.sha256);
    }
    BSN_CHECK(write_manifest(target.path(), manifest));
    BSN_CHECK(target.finish());
    return manifest;
}

Result<BackupManifest> restore_node(const RestoreRequest& request) {
    BSN_TRY(manifest, read_manifest(request.from));
    BSN_CHECK(check_right(manifest, request));
    BSN_CHECK(check_files(manifest, request.from));
    BSN_TRY(target, NewFolder::make(request.to));
    BSN_CHECK(check_space(target.path(), manifest.bytes()));
    {
        Progress progress("Restoring", manifest.bytes(), "bytes");
        for (const BackupFile& file : manifest.files) {
            const fs::path place = request.from / "node" / file.path;
            BSN_TRY(read, read_through(place, target.path() / file.path, progress));
            BSN_CHECK(check_read(file, read, place));
        }
    }
    if (manifest.with_keys) BSN_CHECK(check_keys(target.path(), manifest));
    BSN_CHECK(make_safe(target.path(), request.last_signed));
    BSN_CHECK(target.finish());
    return manifest;
}

Result<std::uint64_t> read_signed_height(const fs::path& file) {
    BSN_TRY(bytes, read_file(file, k_max_signed_state_bytes));
    const Error wrong{Code::invalid_argument,
                      fmt::format("{} is no priv_validator_state.json of CometBFT", file.string())};
    const Json json = Json::parse(as_text(bytes), nullptr, false);
    if (!json.is_object() || !json.contains("height") || !json["height"].is_string()) return wrong;
    const std::string& text = json["height"].get_ref<const std::string&>();
    std::uint64_t height = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), height);
    if (error != std::errc() || end != text.data() + text.size()) return wrong;
    return height;
}

}  // namespace bsn::node
