#include "registry/outside_network.hpp"

#include "contract/contract.hpp"
#include "net/http_client.hpp"
#include "registry/json_object.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace bsn::registry {
namespace {

using contract::refuse;

constexpr std::size_t k_max_endpoints = 16;
constexpr std::size_t k_max_url = 512;
constexpr std::size_t k_max_authority = 16U << 10;
constexpr std::uint64_t k_max_chain_id = 4503599627370476;
constexpr std::uint64_t k_max_group = 32767;

Status check_endpoint(const std::string& url) {
    const std::size_t scheme = url.find("://");
    const std::size_t path = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
    const bool printable = std::all_of(url.begin(), url.end(),
                                       [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
    if (printable && url.size() <= k_max_url && net::parse_endpoint(url.substr(0, path))) return {};
    return refuse(fmt::format(
        "network: endpoint '{}' is none of http://HOST:PORT/PATH, https://HOST:PORT/PATH",
        url.substr(0, k_max_url)));
}

Result<std::vector<crypto::PublicPoint>> sealers_from(const std::vector<std::string>& texts,
                                                      crypto::SuiteId suite) {
    std::set<crypto::PublicPoint> sealers;
    for (const std::string& text : texts) {
        auto point = fixed_from_hex<crypto::PublicPoint>(text);
        if (!point || !crypto::public_key_of_point(suite, *point)) {
            return refuse(fmt::format(
                "network: sealer '{}' is no node id: 128 digits, a public key "
                "of {}",
                text.substr(0, 2 * crypto::PublicPoint::k_size), crypto::suite_name(suite)));
        }
        if (!sealers.insert(*point).second) {
            return refuse(fmt::format("network: sealer '{}' stands twice", text));
        }
    }
    if (sealers.empty()) return refuse("network: member 'sealers' names no sealer");
    return std::vector(sealers.begin(), sealers.end());
}

}  // namespace

Result<OutsideNetwork> outside_network_from(const nlohmann::json& json, crypto::SuiteId suite) {
    BSN_TRY(object, JsonObject::from(json, "network"));
    OutsideNetwork network;
    BSN_TRY(endpoints, object.texts("endpoints"));
    if (endpoints.empty() || endpoints.size() > k_max_endpoints) {
        return refuse(
            fmt::format("network: member 'endpoints' lists 1 to {} URLs", k_max_endpoints));
    }
    for (const std::string& url : endpoints) BSN_CHECK(check_endpoint(url));
    network.endpoints = std::move(endpoints);
    BSN_TRY(authority, object.text("authority", ""));
    if (authority.size() > k_max_authority) {
        return refuse(
            fmt::format("network: member 'authority' is longer than {} bytes", k_max_authority));
    }
    network.authority = std::move(authority);
    BSN_TRY(chain_id, object.number("chain_id", 1, k_max_chain_id));
    network.chain_id = chain_id;
    BSN_TRY(group, object.number("group", 1, k_max_group));
    network.group = group;
    BSN_TRY(texts, object.texts("sealers"));
    BSN_TRY(sealers, sealers_from(texts, suite));
    network.sealers = std::move(sealers);
    BSN_TRY(quorum, object.number("quorum", 0));
    if (quorum > network.sealers.size()) {
        return refuse(
            fmt::format("network: a quorum of {} of {} sealers", quorum, network.sealers.size()));
    }
    network.quorum = quorum;
    BSN_CHECK(object.finish());
    return network;
}

}  // namespace bsn::registry
