#include "framework/fabric/network/orderer_administration.hpp"

#include "net/http_client.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {
namespace {

constexpr std::uint64_t k_patience_ms = 20'000;
constexpr std::string_view k_channels = "/participation/v1/channels";
constexpr std::string_view k_boundary = "----------bsn-configuration-block";
constexpr unsigned k_ok = 200;
constexpr unsigned k_created = 201;
constexpr unsigned k_not_found = 404;

net::HttpConnection connect_to(std::uint16_t port, const ClientTls& tls) {
    return {net::Endpoint{true, "127.0.0.1", port}, tls.authority,
            net::ClientCertificate{tls.certificate, tls.key}};
}

Error refused(const net::HttpResponse& answer, std::string_view what) {
    return {Code::unavailable, fmt::format("the orderer of Fabric did not {}: status {}, {}", what,
                                           answer.status, answer.text())};
}

}  // namespace

Result<bool> OrdererAdministration::has_joined(const std::string& channel) const {
    const std::string target = fmt::format("{}/{}", k_channels, channel);
    BSN_TRY(answer, connect_to(port_, tls_).send({.target = target}, k_patience_ms));
    if (answer.status == k_ok) return true;
    if (answer.status == k_not_found) return false;
    return refused(answer, "tell of its channel");
}

Status OrdererAdministration::join(const std::string& channel, const std::string& block) const {
    BSN_TRY(joined, has_joined(channel));
    if (joined) return {};
    const std::string body = fmt::format(
        "--{0}\r\nContent-Disposition: form-data; name=\"config-block\"; "
        "filename=\"genesis.block\"\r\nContent-Type: application/octet-stream\r\n\r\n{1}\r\n"
        "--{0}--\r\n",
        k_boundary, block);
    const std::string type = fmt::format("multipart/form-data; boundary={}", k_boundary);
    BSN_TRY(answer, connect_to(port_, tls_)
                        .send({.method = "POST",
                               .target = k_channels,
                               .content_type = type,
                               .body = as_bytes(body)},
                              k_patience_ms));
    if (answer.status == k_created) return {};
    return refused(answer, "join the channel");
}

}  // namespace bsn::framework::fabric
