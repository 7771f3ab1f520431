#include "framework/fabric/packages/contract_tls.hpp"

#include "base/files.hpp"
#include "crypto/certificate_authority.hpp"
#include "framework/fabric/kept_files.hpp"

#include <unistd.h>

namespace bsn::framework::fabric {
namespace fs = std::filesystem;
namespace {

constexpr std::uint32_t k_days = 3'650;
constexpr std::string_view k_name = "contract";

Status give_away(const fs::path& path, std::uint32_t user) {
    if (user == 0 || ::geteuid() != 0) return {};
    if (::lchown(path.c_str(), user, user) == 0) return {};
    return file_error("give away", path, errno);
}

fs::path base64_of(const fs::path& file) { return file.string() + std::string(k_base64_suffix); }

/// What the library for Java reads.
Status put_base64(const fs::path& file, mode_t mode) {
    BSN_TRY(text, read_kept_text(file));
    return write_file_atomically(base64_of(file), as_bytes(to_base64(as_bytes(text))), mode);
}

}  // namespace

Result<ContractTls> open_contract_tls(const fs::path& folder, std::uint32_t user, UnixMillis now) {
    BSN_CHECK(make_private_folder(folder));
    const fs::path authority = folder / "authority" / "certificate.pem";
    const fs::path client = folder / "client" / "certificate.pem";
    const fs::path shown = folder / "shown";
    BSN_TRY(authority_key, kept_key(authority.parent_path() / "key.pem"));
    if (!is_there(authority)) {
        const std::string made =
            crypto::make_authority_certificate(authority_key, k_name, now, k_days);
        BSN_CHECK(write_file_atomically(authority, as_bytes(made)));
    }
    BSN_TRY(authority_pem, read_kept_text(authority));
    BSN_TRY(client_key, kept_key(client.parent_path() / "key.pem"));
    if (!is_there(client)) {
        BSN_TRY(made, crypto::issue_client_certificate(
                          authority_pem, authority_key,
                          {"peer", std::string(k_name), client_key.public_key(), k_days}, now));
        BSN_CHECK(write_file_atomically(client, as_bytes(made)));
    }
    BSN_TRY(own_key, kept_key(shown / "key.pem"));
    if (!is_there(shown / "certificate.pem")) {
        BSN_TRY(made, crypto::issue_node_certificate(authority_pem, authority_key,
                                                     {std::string(k_name),
                                                      std::string(k_name),
                                                      {"127.0.0.1", "localhost"},
                                                      own_key.public_key(),
                                                      k_days},
                                                     now));
        BSN_CHECK(write_file_atomically(shown / "certificate.pem", as_bytes(made)));
    }
    BSN_CHECK(write_file_atomically(shown / "authority.pem", as_bytes(authority_pem)));
    BSN_CHECK(put_base64(shown / "certificate.pem", 0644));
    BSN_CHECK(put_base64(shown / "key.pem", 0600));
    for (const fs::path& path : {shown, shown / "key.pem", base64_of(shown / "key.pem")}) {
        BSN_CHECK(give_away(path, user));
    }
    BSN_TRY(client_pem, read_kept_text(client));
    BSN_TRY(client_key_pem, read_kept_text(client.parent_path() / "key.pem"));
    return ContractTls{std::move(authority_pem), std::move(client_pem), std::move(client_key_pem)};
}

}  // namespace bsn::framework::fabric
