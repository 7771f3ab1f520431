#include "framework/fabric/network/own_organisation.hpp"

#include "base/files.hpp"
#include "crypto/certificate_authority.hpp"
#include "crypto/certificate_chain.hpp"
#include "crypto/member_certificate.hpp"
#include "framework/fabric/kept_files.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace bsn::framework::fabric {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr std::uint32_t k_authority_days = 3'650;
constexpr std::uint32_t k_member_days = 730;
constexpr UnixMillis k_day_ms = 86'400'000;
constexpr UnixMillis k_renew_before = 60 * k_day_ms;
constexpr UnixMillis k_tell_authorities_before = 365 * k_day_ms;
constexpr std::size_t k_name_in_msp = 48;
constexpr std::string_view k_authority_file = "authority.pem";

constexpr auto k_roles = {"client", "peer", "admin", "orderer"};

bool is_msp_id(const std::string& text) {
    constexpr std::size_t k_longest = 100;
    return !text.empty() && text.size() <= k_longest &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '-';
           });
}

/// An authority's key, made if there is neither key nor certificate: with another key than before
/// the organisation would be another one.
Result<crypto::PrivateKey> authority_key_in(const fs::path& folder) {
    if (is_there(folder / "certificate.pem") && !is_there(folder / "key.pem")) {
        return Error{Code::corrupted,
                     fmt::format("{} is missing: restore the folder of this node's Fabric",
                                 (folder / "key.pem").string())};
    }
    return kept_key(folder / "key.pem");
}

/// The authority's certificate, made if there is none.
Result<std::string> authority_in(const fs::path& folder, const crypto::PrivateKey& key,
                                 const std::string& name, UnixMillis now) {
    const fs::path file = folder / "certificate.pem";
    if (!is_there(file)) {
        const std::string made =
            crypto::make_authority_certificate(key, name, now, k_authority_days);
        BSN_CHECK(write_file_atomically(file, as_bytes(made)));
    }
    BSN_TRY(pem, read_kept_text(file));
    const auto certified = crypto::key_of_certificate(pem);
    if (certified && *certified == key.public_key()) return pem;
    return Error{Code::corrupted, fmt::format("{} is damaged, or not of the key beside it: restore "
                                              "the folder of this node's Fabric",
                                              file.string())};
}

/// How long a member's certificates are valid, and how long before their end they are renewed.
struct Validity {
    std::uint32_t days = k_member_days;
    UnixMillis renew_before = k_renew_before;
};

/// Channels with BFT name an orderer's certificates by their bytes: with others it would be none of
/// their orderers any more. So they are valid as long as their authority, and kept to their end.
Result<Validity> validity_of(std::string_view member, const std::string& authority,
                             UnixMillis now) {
    if (member != "orderer") return Validity{};
    BSN_TRY(end, crypto::end_of_certificate(authority));
    return Validity{end > now + k_day_ms ? static_cast<std::uint32_t>((end - now) / k_day_ms) : 1,
                    0};
}

/// Whether there is a certificate by this authority, for this key, that goes on for a while.
bool holds(const fs::path& file, const std::string& authority, const crypto::PublicKey& key,
           UnixMillis until) {
    auto pem = read_kept_text(file);
    if (!pem) return false;
    auto checked = crypto::check_certificate({{authority}, {}, {}}, *pem);
    return checked && checked->key == key && checked->check_time(until);
}

/// How Fabric's programs learn that the roles are organisational units.
std::string msp_settings() {
    Json roles{{"Enable", true}};
    for (const char* role : k_roles) {
        std::string name = role;
        name.front() = static_cast<char>(name.front() - 'a' + 'A');
        roles[name + "OUIdentifier"] = {
            {"Certificate", fmt::format("cacerts/{}", k_authority_file)},
            {"OrganizationalUnitIdentifier", role}};
    }
    return Json{{"NodeOUs", roles}}.dump(2) + "\n";
}

}  // namespace

std::string msp_id_for(std::string_view node_name, const ledger::NodeId& node) {
    std::string name(node_name.substr(0, k_name_in_msp));
    std::replace(name.begin(), name.end(), '_', '-');
    return fmt::format("{}-{}", name, to_hex(node).substr(0, 8));
}

Result<OwnOrganisation> OwnOrganisation::open(fs::path folder, const std::string& msp_if_new,
                                              const std::vector<std::string>& hosts,
                                              UnixMillis now) {
    BSN_CHECK(make_private_folder(folder));
    const fs::path msp_file = folder / "msp-id";
    if (!is_there(msp_file)) BSN_CHECK(write_file_atomically(msp_file, as_bytes(msp_if_new)));
    BSN_TRY(msp, read_kept_text(msp_file));
    if (!is_msp_id(msp)) {
        return Error{Code::corrupted, fmt::format("{} is damaged: it holds no id of letters, "
                                                  "digits, '.' and '-'; restore it",
                                                  msp_file.string())};
    }
    BSN_TRY(key, authority_key_in(folder / "authority"));
    BSN_TRY(tls_key, authority_key_in(folder / "tls-authority"));
    OwnOrganisation made(std::move(folder), std::move(msp), std::move(key), std::move(tls_key));
    BSN_TRY(authority, authority_in(made.folder_ / "authority", made.key_, made.msp_, now));
    made.authority_certificate_ = std::move(authority);
    BSN_TRY(tls_authority,
            authority_in(made.folder_ / "tls-authority", made.tls_key_, made.msp_ + " TLS", now));
    made.tls_authority_certificate_ = std::move(tls_authority);
    for (const std::string_view member : {"peer", "orderer", "admin"}) {
        BSN_CHECK(made.prepare(member, hosts, now));
    }
    BSN_CHECK(made.read_ends());
    return made;
}

Status OwnOrganisation::read_ends() {
    BSN_TRY(authority, crypto::end_of_certificate(authority_certificate_));
    BSN_TRY(tls_authority, crypto::end_of_certificate(tls_authority_certificate_));
    authorities_end_ = std::min(authority, tls_authority);
    renewable_end_ = authorities_end_;
    for (const std::string_view member : {"peer", "admin"}) {
        BSN_TRY(certificate, certificate_of(member));
        BSN_TRY(tls_certificate, tls_certificate_of(member));
        for (const std::string& pem : {certificate, tls_certificate}) {
            BSN_TRY(end, crypto::end_of_certificate(pem));
            renewable_end_ = std::min(renewable_end_, end);
        }
    }
    return {};
}

std::string OwnOrganisation::ending_soon(UnixMillis now) const {
    if (authorities_end_ < now + k_tell_authorities_before) {
        return fmt::format(
            "the certificate authority of this node's Fabric ends at {}, and with it this node's "
            "part in its apps: publish them anew on other nodes before",
            to_iso8601(authorities_end_));
    }
    if (renewable_end_ < now + k_renew_before) {
        return fmt::format(
            "a certificate of this node's Fabric ends at {}; a restart of the node "
            "renews it",
            to_iso8601(renewable_end_));
    }
    return "";
}

Status OwnOrganisation::prepare(std::string_view member, const std::vector<std::string>& hosts,
                                UnixMillis now) {
    const fs::path folder = folder_of(member);
    const fs::path msp = folder / "msp";
    for (const char* part : {"cacerts", "tlscacerts", "signcerts", "keystore"}) {
        BSN_CHECK(make_private_folder(msp / part));
    }
    BSN_CHECK(write_file_atomically(msp / "cacerts" / k_authority_file,
                                    as_bytes(authority_certificate_)));
    BSN_CHECK(write_file_atomically(msp / "tlscacerts" / "tls-authority.pem",
                                    as_bytes(tls_authority_certificate_)));
    BSN_CHECK(write_file_atomically(msp / "config.yaml", as_bytes(msp_settings())));
    BSN_TRY(key, kept_key(msp / "keystore" / "key.pem"));
    BSN_TRY(validity, validity_of(member, authority_certificate_, now));
    if (const fs::path file = msp / "signcerts" / "certificate.pem";
        !holds(file, authority_certificate_, key.public_key(), now + validity.renew_before)) {
        BSN_TRY(certificate,
                crypto::issue_member_certificate(authority_certificate_, key_,
                                                 {msp_, std::string(member), std::string(member),
                                                  key.public_key(), "", validity.days},
                                                 now));
        BSN_CHECK(write_file_atomically(file, as_bytes(certificate)));
    }
    BSN_TRY(tls_key, kept_key(folder / "tls" / "key.pem"));
    BSN_TRY(tls_validity, validity_of(member, tls_authority_certificate_, now));
    if (const fs::path file = folder / "tls" / "certificate.pem";
        !holds(file, tls_authority_certificate_, tls_key.public_key(),
               now + tls_validity.renew_before)) {
        BSN_TRY(
            certificate,
            crypto::issue_node_certificate(
                tls_authority_certificate_, tls_key_,
                {std::string(member), msp_, hosts, tls_key.public_key(), tls_validity.days}, now));
        BSN_CHECK(write_file_atomically(file, as_bytes(certificate)));
    }
    return {};
}

Result<std::string> OwnOrganisation::certificate_of(std::string_view member) const {
    return read_kept_text(folder_of(member) / "msp" / "signcerts" / "certificate.pem");
}

Result<std::string> OwnOrganisation::tls_certificate_of(std::string_view member) const {
    return read_kept_text(folder_of(member) / "tls" / "certificate.pem");
}

Result<std::string> OwnOrganisation::tls_key_of(std::string_view member) const {
    return read_kept_text(folder_of(member) / "tls" / "key.pem");
}

Result<Identity> OwnOrganisation::admin() const {
    const fs::path msp = folder_of("admin") / "msp";
    BSN_TRY(certificate, certificate_of("admin"));
    BSN_TRY(key, crypto::read_key_file(msp / "keystore" / "key.pem", ""));
    return Identity{msp_, std::move(certificate), std::make_shared<KeySigner>(std::move(key))};
}

Result<ClientTls> OwnOrganisation::client_tls(const std::string& server_authority) const {
    BSN_TRY(certificate, tls_certificate_of("admin"));
    BSN_TRY(key, tls_key_of("admin"));
    return ClientTls{server_authority, std::move(certificate), std::move(key), ""};
}

Result<std::string> OwnOrganisation::issue(const std::string& name, const crypto::PublicKey& key,
                                           const std::string& attributes, UnixMillis now,
                                           const std::string& serial_number) const {
    return crypto::issue_member_certificate(
        authority_certificate_, key_,
        {msp_, "client", name, key, attributes, k_member_days, serial_number}, now);
}

Result<std::string> OwnOrganisation::issue_like(const std::string& certificate,
                                                const crypto::PublicKey& key,
                                                UnixMillis now) const {
    return crypto::issue_for_other_key(authority_certificate_, key_, certificate, key, now);
}

}  // namespace bsn::framework::fabric
