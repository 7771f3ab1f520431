#include "cli/keyring.hpp"

#include "base/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <sstream>
#include <unistd.h>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t k_max_sidecar_bytes = 64 * 1024;
constexpr std::string_view k_next = ".next";

bool is_path(std::string_view name) {
    return name.find('/') != std::string_view::npos || name.ends_with(".pem");
}

bool is_name_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

Error broken(const fs::path& file) {
    return {Code::corrupted, fmt::format("{} is not as bsn wrote it; remove it, or import the key "
                                         "anew with `bsn key import`",
                                         file.string())};
}

Result<crypto::PublicKey> parse_public(std::string_view text, const fs::path& file) {
    std::istringstream words{std::string(text)};
    std::string suite_text;
    std::string key_text;
    words >> suite_text >> key_text;
    auto suite = crypto::suite_from_name(suite_text);
    auto bytes = fixed_from_hex<crypto::PublicKeyBytes>(key_text);
    if (!suite || !bytes) return broken(file);
    return crypto::PublicKey{*suite, *bytes};
}

Status rename_file(const fs::path& from, const fs::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return file_error("rename", from, errno);
    return sync_folder(to.parent_path());
}

}  // namespace

Result<crypto::PublicKey> read_public_key(const fs::path& file) {
    BSN_TRY(content, read_file(file, k_max_sidecar_bytes));
    return parse_public(as_text(content), file);
}

Status check_key_name(std::string_view name) {
    bool letters = std::all_of(name.begin(), name.end(), is_name_letter);
    if (name.empty() || name.size() > 63 || !letters) {
        return Error{Code::invalid_argument,
                     "a key's name is 1 to 63 letters, digits, '_' and '-'; choose such a name"};
    }
    return {};
}

fs::path Keyring::file_of(const std::string& name) const {
    return is_path(name) ? fs::path(name) : folder_ / (name + ".pem");
}

fs::path Keyring::sidecar(const std::string& name, std::string_view extension) const {
    return file_of(name).replace_extension(extension);
}

Result<std::vector<std::string>> Keyring::names() const {
    std::vector<std::string> names;
    std::error_code failure;
    for (fs::directory_iterator it(folder_, failure), end; !failure && it != end;
         it.increment(failure)) {
        if (it->path().extension() != ".pem") continue;
        std::string name = it->path().stem().string();
        if (check_key_name(name)) names.push_back(std::move(name));
    }
    if (failure && failure != std::errc::no_such_file_or_directory) {
        return file_error("list", folder_, failure.value());
    }
    std::sort(names.begin(), names.end());
    return names;
}

bool Keyring::has(std::string_view name) const {
    std::error_code ignored;
    return fs::exists(file_of(std::string(name)), ignored);
}

Status Keyring::write_public(const std::string& name, const crypto::PublicKey& key) const {
    std::string line =
        fmt::format("{} {}\n", crypto::suite_name(key.suite), to_hex(key.bytes.view()));
    return write_file_atomically(sidecar(name, ".pub"), as_bytes(line), 0644);
}

Status Keyring::add(std::string_view name, const crypto::PrivateKey& key,
                    std::string_view passphrase) const {
    BSN_CHECK(check_key_name(name));
    BSN_CHECK(make_private_folder(folder_));
    std::string text(name);
    BSN_CHECK(crypto::write_key_file(file_of(text), key, passphrase));
    // What a former key of this name belonged to is not this key's.
    std::error_code ignored;
    fs::remove(sidecar(text, ".participant"), ignored);
    return write_public(text, key.public_key());
}

Result<ledger::ParticipantId> Keyring::participant_of(const std::string& name,
                                                      const crypto::PublicKey& key,
                                                      const ledger::NetworkId& network) const {
    fs::path file = sidecar(name, ".participant");
    auto content = read_file(file, k_max_sidecar_bytes);
    if (!content && content.error().code != Code::not_found) return content.error();
    if (content) {
        std::istringstream lines(to_text(*content));
        std::string network_text;
        std::string participant_text;
        while (lines >> network_text >> participant_text) {
            if (network_text != to_hex(network.view())) continue;
            auto participant = fixed_from_hex<ledger::ParticipantId>(participant_text);
            if (!participant) return broken(file);
            return *participant;
        }
    }
    return ledger::participant_id_of(key);
}

Result<Identity> Keyring::load(const std::string& name, const ledger::NetworkId& network) const {
    fs::path file = file_of(name);
    auto key = passphrase_.read_key(file);
    if (!key && key.error().code == Code::not_found) {
        return Error{Code::not_found,
                     fmt::format("there is no key {0} ({1}); make one with `bsn key new {0}`, or "
                                 "choose another with --key",
                                 name, file.string())};
    }
    if (!key) return key.error();
    BSN_TRY(participant, participant_of(name, key->public_key(), network));
    return Identity{name, std::move(*key), participant};
}

Result<KeyInfo> Keyring::info(const std::string& name,
                              const std::optional<ledger::NetworkId>& network) const {
    fs::path file = sidecar(name, ".pub");
    auto content = read_file(file, k_max_sidecar_bytes);
    crypto::PublicKey key;
    if (content) {
        BSN_TRY(parsed, parse_public(as_text(*content), file));
        key = parsed;
    } else {
        BSN_TRY(identity, load(name, network.value_or(ledger::NetworkId{})));
        key = identity.key.public_key();
    }
    KeyInfo info{name, key, ledger::participant_id_of(key)};
    if (network) {
        BSN_TRY(participant, participant_of(name, key, *network));
        info.participant = participant;
    }
    return info;
}

bool Keyring::has_next(const std::string& name) const {
    std::error_code ignored;
    return fs::exists(sidecar(name, std::string(k_next) + ".pem"), ignored);
}

Result<crypto::PrivateKey> Keyring::prepare_next(const std::string& name, crypto::SuiteId suite,
                                                 std::string_view passphrase) const {
    fs::path file = sidecar(name, std::string(k_next) + ".pem");
    if (has_next(name)) return passphrase_.read_key(file);
    crypto::PrivateKey key = crypto::PrivateKey::generate(suite);
    BSN_CHECK(crypto::write_key_file(file, key, passphrase));
    return key;
}

Status Keyring::note_participant(const std::string& name, const ledger::NetworkId& network,
                                 const ledger::ParticipantId& participant) const {
    fs::path owner_file = sidecar(name, ".participant");
    auto before = read_file(owner_file, k_max_sidecar_bytes);
    std::string owners = before ? to_text(*before) : std::string();
    std::string line = fmt::format("{} {}\n", to_hex(network.view()), to_hex(participant.view()));
    if (owners.find(line) != std::string::npos) return {};
    return write_file_atomically(owner_file, as_bytes(owners + line), 0644);
}

Status Keyring::adopt_next(const std::string& name, const ledger::NetworkId& network,
                           const ledger::ParticipantId& participant) const {
    fs::path next = sidecar(name, std::string(k_next) + ".pem");
    BSN_TRY(next_key, passphrase_.read_key(next));

    // Who the key belongs to is written first: it is right for the former key as well.
    BSN_CHECK(note_participant(name, network, participant));

    fs::path current = file_of(name);
    std::error_code ignored;
    for (int number = 1;; ++number) {
        fs::path old = sidecar(name, fmt::format(".old-{}.pem", number));
        if (fs::exists(old, ignored)) continue;
        if (::link(current.c_str(), old.c_str()) != 0) return file_error("keep", current, errno);
        break;
    }
    BSN_CHECK(rename_file(next, current));
    return write_public(name, next_key.public_key());
}

}  // namespace bsn::cli
