#include "framework/fabric/chaincode/contract_package.hpp"

#include "crypto/hash.hpp"
#include "framework/fabric/chaincode/archive.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace bsn::framework::fabric {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view k_dial_timeout = "10s";

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_label(std::string_view text) {
    return !text.empty() && is_letter_or_digit(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter_or_digit(c) ||
                      std::string_view("_.+-").find(c) != std::string::npos;
           });
}

Error invalid(std::string message) { return {Code::invalid_argument, std::move(message)}; }

Status check(const PackageSpec& spec) {
    if (!is_label(spec.label)) {
        return invalid(
            fmt::format("the label `{}` must begin with a letter or digit, and be of "
                        "letters, digits and _ . + -",
                        spec.label));
    }
    const std::size_t colon = spec.address.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == spec.address.size()) {
        return invalid(fmt::format("the address `{}` must be HOST:PORT", spec.address));
    }
    if (spec.client_certificate.empty() != spec.client_key.empty()) {
        return invalid("a client's certificate and its key belong together: give both or none");
    }
    if (spec.server_authority.empty() && !spec.client_key.empty()) {
        return invalid("a client's certificate is for TLS: name the server's authority, too");
    }
    return {};
}

ArchiveFile json_file(std::string name, const Json& content) {
    return {std::move(name), to_bytes(content.dump(2) + "\n")};
}

}  // namespace

Result<ContractPackage> make_contract_package(const PackageSpec& spec) {
    BSN_CHECK(check(spec));
    Json connection{{"address", spec.address},
                    {"dial_timeout", k_dial_timeout},
                    {"tls_required", !spec.server_authority.empty()}};
    if (!spec.server_authority.empty()) {
        connection["client_auth_required"] = !spec.client_key.empty();
        connection["root_cert"] = spec.server_authority;
    }
    if (!spec.client_key.empty()) {
        connection["client_cert"] = spec.client_certificate;
        connection["client_key"] = spec.client_key;
    }
    const std::array code{json_file("connection.json", connection)};
    const std::array files{
        json_file("metadata.json", {{"type", "ccaas"}, {"label", spec.label}}),
        ArchiveFile{"code.tar.gz", make_archive(code)},
    };
    ContractPackage package{make_archive(files), {}};
    package.id = spec.label + ":" + to_hex(crypto::hash(crypto::HashId::sha256, package.archive));
    return package;
}

}  // namespace bsn::framework::fabric
