#include "node/fisco_sdk_files.hpp"

#include "base/files.hpp"
#include "crypto/certificate_authority.hpp"

namespace bsn::node {
namespace {

constexpr std::size_t k_max_certificate_bytes = 64U << 10;

}  // namespace

Status make_fisco_sdk_files(const FiscoSdkFiles& files, UnixMillis now) {
    BSN_TRY(authority, read_file(files.authority / "authority.crt", k_max_certificate_bytes));
    BSN_TRY(authority_key, crypto::read_key_file(files.authority / "authority.pem", ""));
    auto key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    BSN_TRY(certificate,
            crypto::issue_client_certificate(
                to_text(authority), authority_key,
                {files.name, files.organisation, key.public_key(), files.valid_days}, now));
    BSN_CHECK(make_private_folder(files.out));
    BSN_CHECK(crypto::write_key_file(files.out / "sdk.key", key, ""));
    BSN_CHECK(write_file_atomically(files.out / "sdk.crt", as_bytes(certificate)));
    return write_file_atomically(files.out / "ca.crt", authority);
}

}  // namespace bsn::node
