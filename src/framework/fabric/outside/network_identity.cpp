#include "framework/fabric/outside/network_identity.hpp"

#include "base/files.hpp"
#include "crypto/certificate_authority.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <sys/stat.h>

namespace bsn::framework::fabric {
namespace {

using Json = nlohmann::json;

constexpr std::size_t k_max_file = 256U << 10;
constexpr mode_t k_secret = 0600;
constexpr std::array<std::pair<const char*, std::string NetworkIdentity::*>, 5> k_members{{
    {"msp_id", &NetworkIdentity::msp_id},
    {"certificate", &NetworkIdentity::certificate},
    {"key", &NetworkIdentity::key},
    {"tls_certificate", &NetworkIdentity::tls_certificate},
    {"tls_key", &NetworkIdentity::tls_key},
}};

Error damaged(const std::filesystem::path& file) {
    return {Code::corrupted,
            fmt::format("{} is no identity that `bsn fabric identity add` wrote; add it anew",
                        file.string())};
}

}  // namespace

Result<Identity> NetworkIdentity::identity() const {
    auto certified = crypto::key_of_certificate(certificate);
    if (!certified) return certified.error().within("the certificate");
    auto secret = crypto::PrivateKey::from_pem(key, "");
    if (!secret) return secret.error().within("the key");
    if (secret->public_key() != *certified) {
        return Error{Code::invalid_argument, "the key is not that of the certificate"};
    }
    return Identity{msp_id, certificate, std::make_shared<KeySigner>(std::move(*secret))};
}

Status NetworkIdentity::check() const {
    BSN_TRY(whole, identity());
    (void)whole;
    if (tls_certificate.empty() != tls_key.empty()) {
        return Error{Code::invalid_argument,
                     "the certificate for TLS and its key go together: give both or none"};
    }
    if (tls_key.empty()) return {};
    // Connections may have keys of other kinds, which only the server judges.
    auto certified = crypto::key_of_certificate(tls_certificate);
    auto secret = crypto::PrivateKey::from_pem(tls_key, "");
    if (certified && (!secret || secret->public_key() != *certified)) {
        return Error{Code::invalid_argument, "the key for TLS is not that of its certificate"};
    }
    return {};
}

Result<NetworkIdentity> NetworkIdentities::load(const std::string& app) const {
    const std::filesystem::path file = file_of(app);
    BSN_TRY(content, read_file(file, k_max_file));
    struct stat found {};
    if (::stat(file.c_str(), &found) == 0 && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return Error{Code::forbidden, fmt::format("others may read the key in {0}; run `chmod 600 "
                                                  "{0}`",
                                                  file.string())};
    }
    const Json json = Json::parse(as_text(content), nullptr, false);
    if (!json.is_object()) return damaged(file);
    NetworkIdentity identity;
    for (const auto& [name, member] : k_members) {
        const auto value = json.find(name);
        if (value == json.end() || !value->is_string()) return damaged(file);
        identity.*member = value->get<std::string>();
    }
    return identity;
}

Status NetworkIdentities::store(const std::string& app, const NetworkIdentity& identity) const {
    BSN_CHECK(make_private_folder(folder_));
    Json json;
    for (const auto& [name, member] : k_members) json[name] = identity.*member;
    return write_file_atomically(file_of(app), as_bytes(json.dump(1)), k_secret);
}

Status NetworkIdentities::remove(const std::string& app) const {
    const std::filesystem::path file = file_of(app);
    std::error_code failure;
    if (std::filesystem::remove(file, failure)) return sync_folder(folder_);
    if (failure) return file_error("remove", file, failure.value());
    return Error{Code::not_found, fmt::format("there is no {}", file.string())};
}

Result<std::vector<std::string>> NetworkIdentities::apps() const {
    std::set<std::string> names;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, failure)) {
        if (entry.path().extension() == ".json") names.insert(entry.path().stem().string());
    }
    if (failure && failure != std::errc::no_such_file_or_directory) {
        return file_error("read", folder_, failure.value());
    }
    return std::vector<std::string>(names.begin(), names.end());
}

NetworkIdentities::Stamp NetworkIdentities::stamp(const std::string& app) const {
    struct stat found {};
    if (::stat(file_of(app).c_str(), &found) != 0) return {};
    return {found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_ino};
}

}  // namespace bsn::framework::fabric
