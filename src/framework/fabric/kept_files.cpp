#include "framework/fabric/kept_files.hpp"

#include "base/files.hpp"

namespace bsn::framework::fabric {

bool is_there(const std::filesystem::path& file) {
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
}

Result<std::string> read_kept_text(const std::filesystem::path& file) {
    constexpr std::size_t k_most = 64U << 10;
    BSN_TRY(content, read_file(file, k_most));
    return to_text(content);
}

Result<crypto::PrivateKey> kept_key(const std::filesystem::path& file) {
    if (!is_there(file)) {
        BSN_CHECK(make_private_folder(file.parent_path()));
        const auto key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
        BSN_CHECK(crypto::write_key_file(file, key, ""));
    }
    return crypto::read_key_file(file, "");
}

}  // namespace bsn::framework::fabric
