#include "framework/fabric/outside/network_plan.hpp"

#include "framework/fabric/client/block.hpp"
#include "framework/fabric/client/block_stream.hpp"
#include "framework/fabric/client/channel_config.hpp"
#include "framework/fabric/client/message.hpp"
#include "framework/fabric/outside/certificates.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::fabric {
namespace {

using registry::FabricNetwork;
using registry::FabricServer;

constexpr std::chrono::milliseconds k_fetch_patience{15'000};

Error wrong(std::string message) { return {Code::invalid_argument, std::move(message)}; }

Result<ChannelConfig> config_of(ByteView configuration) {
    BSN_TRY(block, read_message<common::Block>(configuration, "configuration block"));
    return read_channel_config(block);
}

bool is_member(const ChannelTrust& trust, const std::string& msp_id) {
    return std::any_of(trust.members.begin(), trust.members.end(),
                       [&](const Organization& one) { return one.msp_id == msp_id; });
}

/// Whom the configuration believes for TLS: of an organisation, or of those that order.
std::string authorities_of(const ChannelConfig& config, const std::string& msp_id) {
    std::vector<std::string> organizations{msp_id};
    if (msp_id.empty()) {
        organizations.clear();
        for (const Organization& one : config.trust.orderers) organizations.push_back(one.msp_id);
    }
    std::string all;
    for (const std::string& one : organizations) {
        const auto found = config.tls.find(one);
        if (found != config.tls.end()) all += found->second.bundle();
    }
    return all;
}

/// Leaves out authorities that the configuration has for the same servers.
Status settle_authority(const ChannelConfig& config, FabricServer& server) {
    auto known = split_certificates(authorities_of(config, server.msp));
    if (server.authority.empty()) {
        if (known) return {};
        return wrong(
            fmt::format("neither the profile (tlsCACerts) nor the channel's configuration "
                        "says who vouches for the TLS certificate of {}",
                        server.address));
    }
    BSN_TRY(own, split_certificates(server.authority));
    const bool all_known =
        known && std::all_of(own.begin(), own.end(), [&](const std::string& one) {
            return std::find(known->begin(), known->end(), one) != known->end();
        });
    if (all_known) server.authority.clear();
    return {};
}

std::vector<FabricServer> orderers_of(const ChannelConfig& config) {
    std::vector<FabricServer> orderers;
    auto add = [&](std::string address) {
        const bool known =
            std::any_of(orderers.begin(), orderers.end(),
                        [&](const FabricServer& one) { return one.address == address; });
        if (!known) orderers.push_back({"", std::move(address), "", ""});
    };
    for (const auto& [msp_id, addresses] : config.orderer_addresses) {
        for (const std::string& address : addresses) add(address);
    }
    if (!orderers.empty()) return orderers;
    for (const Consenter& one : config.consenters) add(fmt::format("{}:{}", one.host, one.port));
    return orderers;
}

Endpoint endpoint_of(const ChannelConfig& config, const FabricServer& server,
                     const NetworkIdentity& identity) {
    Endpoint endpoint;
    endpoint.name = server.msp.empty() ? "orderer" : "peer of " + server.msp;
    endpoint.address = server.address;
    endpoint.msp_id = server.msp;
    endpoint.tls.authority =
        server.authority.empty() ? authorities_of(config, server.msp) : server.authority;
    endpoint.tls.certificate = identity.tls_certificate;
    endpoint.tls.key = identity.tls_key;
    endpoint.tls.server_name = server.server_name;
    return endpoint;
}

Result<Bytes> fetch_from(const BlockSource& source, const std::string& channel,
                         const Identity& reader) {
    BSN_TRY(newest, fetch_block(source, channel, std::nullopt, reader, k_fetch_patience));
    BSN_TRY(height, last_config_of(newest));
    BSN_TRY(block, fetch_block(source, channel, height, reader, k_fetch_patience));
    return to_bytes(block.SerializeAsString());
}

}  // namespace

Result<FabricNetwork> describe_network(const std::string& channel, ConnectionProfile profile,
                                       Bytes configuration) {
    BSN_TRY(block, read_message<common::Block>(ByteView(configuration), "configuration block"));
    BSN_TRY(config, read_channel_config(block));
    BSN_CHECK(check_data(block, config.trust.hash));
    if (config.trust.channel != channel) {
        return wrong(fmt::format("the configuration block is of channel {}, not {}",
                                 config.trust.channel, channel));
    }
    FabricNetwork network;
    network.channel = channel;
    network.peers = std::move(profile.peers);
    network.orderers = profile.orderers.empty() ? orderers_of(config) : std::move(profile.orderers);
    if (network.orderers.empty()) {
        return wrong("neither the profile nor the channel's configuration names an orderer");
    }
    for (FabricServer& peer : network.peers) {
        if (!is_member(config.trust, peer.msp)) {
            return wrong(
                fmt::format("the peer {} is of {}, which is no member organisation of "
                            "channel {}",
                            peer.address, peer.msp, channel));
        }
        BSN_CHECK(settle_authority(config, peer));
    }
    for (FabricServer& orderer : network.orderers) BSN_CHECK(settle_authority(config, orderer));
    block.clear_metadata();  // which another peer has otherwise
    network.configuration = to_bytes(block.SerializeAsString());
    return network;
}

Result<std::vector<std::string>> organizations_without_peer(const FabricNetwork& network) {
    BSN_TRY(config, config_of(network.configuration));
    std::vector<std::string> without;
    for (const Organization& member : config.trust.members) {
        const bool has_one =
            std::any_of(network.peers.begin(), network.peers.end(),
                        [&](const FabricServer& peer) { return peer.msp == member.msp_id; });
        if (!has_one) without.push_back(member.msp_id);
    }
    return without;
}

Result<std::string> trusted_state_of(const FabricNetwork& network) {
    BSN_TRY(config, config_of(network.configuration));
    return config.trust.to_json();
}

Result<FabricChainOptions> chain_options(const FabricNetwork& network,
                                         const NetworkIdentity& identity) {
    BSN_TRY(config, config_of(network.configuration));
    FabricChainOptions options;
    options.channel = network.channel;
    for (const FabricServer& peer : network.peers) {
        options.peers.push_back(endpoint_of(config, peer, identity));
    }
    for (const FabricServer& orderer : network.orderers) {
        options.orderers.push_back(endpoint_of(config, orderer, identity));
    }
    BSN_TRY(reader, identity.identity());
    options.reader = std::move(reader);
    options.configuration = network.configuration;
    return options;
}

Result<Bytes> fetch_configuration(const std::string& channel, const ConnectionProfile& profile,
                                  const NetworkIdentity& identity) {
    BSN_TRY(reader, identity.identity());
    Error failure{Code::unavailable, "no peer was asked"};
    for (const FabricServer& peer : profile.peers) {
        if (peer.authority.empty()) {
            failure =
                wrong(fmt::format("the profile does not say (tlsCACerts) who vouches for the "
                                  "TLS certificate of {}",
                                  peer.address));
            continue;
        }
        BlockSource source{endpoint_of({}, peer, identity)};
        auto block = fetch_from(source, channel, reader);
        if (block) return block;
        failure = block.error();
    }
    return failure.within("the channel's configuration cannot be fetched");
}

}  // namespace bsn::framework::fabric
