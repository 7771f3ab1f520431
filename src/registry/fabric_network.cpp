#include "registry/fabric_network.hpp"

#include "contract/contract.hpp"
#include "registry/fabric_values.hpp"
#include "registry/json_object.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace bsn::registry {
namespace {

using contract::refuse;

constexpr std::size_t k_max_name = 249;  ///< of channels; chaincodes' are shorter
constexpr std::size_t k_max_servers = 50;
constexpr std::size_t k_max_configuration = 256U << 10;

/// As Fabric takes them: a small letter first.
bool is_channel(const std::string& name) {
    return !name.empty() && name.size() <= k_max_name && name[0] >= 'a' && name[0] <= 'z' &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
}

bool is_chaincode(const std::string& name) {
    return !name.empty() && name.size() <= k_max_name && name[0] != '-' && name[0] != '_' &&
           name.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
               "_-") == std::string::npos;
}

Result<FabricServer> server_from(const Json& json, bool peer) {
    const std::string what = peer ? "peer" : "orderer";
    BSN_TRY(object, JsonObject::from(json, what));
    FabricServer server;
    if (peer) {
        BSN_TRY(msp, object.text("msp", std::nullopt));
        BSN_CHECK(check_msp(msp, what + ": member 'msp'"));
        server.msp = std::move(msp);
    }
    BSN_TRY(address, object.text("address", std::nullopt));
    BSN_CHECK(check_address(address, what + ": member 'address'"));
    server.address = std::move(address);
    BSN_TRY(name, object.text("server_name", ""));
    if (!name.empty()) BSN_CHECK(check_host(name, what + ": member 'server_name'"));
    server.server_name = std::move(name);
    BSN_TRY(authority, object.text("authority", ""));
    if (!authority.empty()) {
        BSN_CHECK(check_certificates(authority, what + ": member 'authority'"));
    }
    server.authority = std::move(authority);
    BSN_CHECK(object.finish());
    return server;
}

Result<std::vector<FabricServer>> servers_from(JsonObject& network, const char* member, bool peer) {
    BSN_TRY(list, network.list(member));
    if (list.empty() || list.size() > k_max_servers) {
        return refuse(
            fmt::format("network: member '{}' lists 1 to {} of them", member, k_max_servers));
    }
    std::vector<FabricServer> servers;
    for (const Json& json : list) {
        BSN_TRY(server, server_from(json, peer));
        const bool repeated =
            std::any_of(servers.begin(), servers.end(),
                        [&](const FabricServer& one) { return one.address == server.address; });
        if (repeated) {
            return refuse(fmt::format("network: '{}' lists {} twice", member, server.address));
        }
        servers.push_back(std::move(server));
    }
    return servers;
}

Json servers_json(const std::vector<FabricServer>& servers) {
    Json list = Json::array();
    for (const FabricServer& server : servers) {
        Json json{{"address", server.address}};
        if (!server.msp.empty()) json["msp"] = server.msp;
        if (!server.server_name.empty()) json["server_name"] = server.server_name;
        if (!server.authority.empty()) json["authority"] = server.authority;
        list.push_back(std::move(json));
    }
    return list;
}

void write_servers(Writer& writer, const std::vector<FabricServer>& servers) {
    writer.u16(static_cast<std::uint16_t>(servers.size()));
    for (const FabricServer& server : servers) {
        writer.text(server.msp);
        writer.text(server.address);
        writer.text(server.server_name);
        writer.text(server.authority);
    }
}

std::vector<FabricServer> read_servers(Reader& reader) {
    std::vector<FabricServer> servers(reader.count16(4 * 2));
    for (FabricServer& server : servers) {
        server.msp = reader.text();
        server.address = reader.text();
        server.server_name = reader.text();
        server.authority = reader.text();
    }
    return servers;
}

}  // namespace

Result<FabricNetwork> fabric_network_from(const nlohmann::json& json) {
    BSN_TRY(object, JsonObject::from(json, "network"));
    FabricNetwork network;
    BSN_TRY(channel, object.text("channel", std::nullopt));
    if (!is_channel(channel)) {
        return refuse(
            fmt::format("network: '{}' is no name of a channel: a-z 0-9 . -, a letter "
                        "first",
                        channel.substr(0, k_max_name)));
    }
    network.channel = std::move(channel);
    BSN_TRY(peers, servers_from(object, "peers", true));
    network.peers = std::move(peers);
    BSN_TRY(orderers, servers_from(object, "orderers", false));
    network.orderers = std::move(orderers);
    BSN_TRY(text, object.text("configuration", std::nullopt));
    auto configuration = from_base64(text);
    if (!configuration || configuration->empty() || configuration->size() > k_max_configuration) {
        return refuse(
            fmt::format("network: member 'configuration' is a block in base64 of 1 to {} "
                        "bytes",
                        k_max_configuration));
    }
    network.configuration = std::move(*configuration);
    BSN_CHECK(object.finish());
    return network;
}

Result<FabricContract> fabric_contract_from(const nlohmann::json& json) {
    BSN_TRY(object, JsonObject::from(json, "contract"));
    BSN_TRY(name, object.text("name", std::nullopt));
    BSN_TRY(chaincode, object.text("chaincode", name));
    BSN_CHECK(object.finish());
    if (!is_chaincode(chaincode)) {
        return refuse(
            fmt::format("contract {}: '{}' is no name of a chaincode: letters, digits, "
                        "'-' and '_', a letter or digit first",
                        name, chaincode.substr(0, k_max_name)));
    }
    return FabricContract{std::move(name), std::move(chaincode)};
}

Json to_json(const FabricNetwork& network) {
    return {{"channel", network.channel},
            {"peers", servers_json(network.peers)},
            {"orderers", servers_json(network.orderers)},
            {"configuration", to_base64(network.configuration)}};
}

void write_fabric_network(Writer& writer, const FabricNetwork& network) {
    writer.text(network.channel);
    write_servers(writer, network.peers);
    write_servers(writer, network.orderers);
    writer.u16(static_cast<std::uint16_t>(network.contracts.size()));
    for (const FabricContract& contract : network.contracts) {
        writer.text(contract.name);
        writer.text(contract.chaincode);
    }
    writer.bytes(network.configuration);
}

FabricNetwork read_fabric_network(Reader& reader) {
    FabricNetwork network;
    network.channel = reader.text();
    network.peers = read_servers(reader);
    network.orderers = read_servers(reader);
    network.contracts.resize(reader.count16(2 * 2));
    for (FabricContract& contract : network.contracts) {
        contract.name = reader.text();
        contract.chaincode = reader.text();
    }
    network.configuration = to_bytes(reader.bytes());
    return network;
}

}  // namespace bsn::registry
