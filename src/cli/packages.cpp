#include "cli/packages.hpp"

#include "base/files.hpp"
#include "crypto/hash.hpp"
#include "framework/fabric/chaincode/code_package.hpp"

#include <fmt/format.h>

namespace bsn::cli {

namespace fabric = framework::fabric;

Result<Package> read_package(const std::filesystem::path& path) {
    Package package;
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
        BSN_TRY(content, fabric::read_code_folder(path));
        package.bytes = fabric::write_code_package(content);
        package.code.language = content.language;
    } else {
        BSN_TRY(bytes, read_file(path, fabric::k_max_package_bytes));
        auto content = fabric::read_code_package(bytes);
        if (!content) return content.error().within(path.string());
        package.bytes = std::move(bytes);
        package.code.language = content->language;
    }
    package.code.digest = crypto::hash(crypto::HashId::sha256, package.bytes);
    return package;
}

Status hand_in(NodeClient& api, const Package& package) {
    BSN_TRY(answer, api.call_json({.method = "POST",
                                   .target = "/v1/packages",
                                   .content_type = "application/octet-stream",
                                   .body = package.bytes,
                                   .sign_for = ledger::ChannelId{}}));
    if (text_of(answer, "package") == to_hex(package.code.digest)) return {};
    return Error{Code::corrupted, "the city node kept another package than it was given"};
}

}  // namespace bsn::cli
