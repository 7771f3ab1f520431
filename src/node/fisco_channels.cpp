#include "node/fisco_channels.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "crypto/private_key.hpp"

#include <fmt/format.h>

#ifndef BSN_VERSION
#define BSN_VERSION "0.1.0"
#endif

namespace bsn::node {
namespace {

constexpr std::size_t k_max_certificate_bytes = 64U << 10;
constexpr std::uint64_t k_ticks_between_looks = 5;
constexpr std::uint64_t k_ticks_after_failure = 100;

}  // namespace

std::vector<FiscoEndpoint> fisco_endpoints(const std::string& address, std::uint16_t port,
                                           std::uint16_t sm_port) {
    std::vector<FiscoEndpoint> endpoints;
    if (port != 0) endpoints.push_back({crypto::SuiteId::secp256k1, address, port, true});
    if (sm_port != 0) endpoints.push_back({crypto::SuiteId::sm2, address, sm_port, true});
    return endpoints;
}

FiscoChannels::FiscoChannels(gateway::Backend& node, Executor& work, std::filesystem::path folder,
                             std::string authority, std::vector<FiscoEndpoint> endpoints)
    : node_(node), work_(work), folder_(std::move(folder)), authority_(std::move(authority)) {
    for (FiscoEndpoint& endpoint : endpoints) {
        channels_.push_back({std::move(endpoint), nullptr, nullptr, 0});
    }
}

FiscoChannels::~FiscoChannels() { stop(); }

Status FiscoChannels::start() {
    started_ = true;
    for (Channel& channel : channels_) {
        if (!channel.endpoint.once_needed) BSN_CHECK(open(channel));
    }
    return {};
}

void FiscoChannels::tick() {
    if (!started_) return;
    for (Channel& channel : channels_) {
        if (channel.server || channel.pause-- > 0) continue;
        channel.pause = k_ticks_between_looks;
        if (!gateway::fisco::AppGroups::are_there(node_, channel.endpoint.suite)) continue;
        if (Status opened = open(channel); !opened) {
            log_warn("node", "{}", opened.error().message);
            channel.pause = k_ticks_after_failure;
        }
    }
}

void FiscoChannels::stop() {
    started_ = false;
    for (Channel& channel : channels_) {
        if (channel.server) channel.server->stop();
    }
}

Status FiscoChannels::open(Channel& channel) {
    BSN_TRY(certificate, read_file(folder_ / "node.crt", k_max_certificate_bytes));
    BSN_TRY(key, crypto::read_key_file(
                     folder_ / "keys" /
                         fmt::format("{}.pem", crypto::suite_name(crypto::SuiteId::secp256r1)),
                     ""));
    gateway::fisco::ChannelOptions options;
    options.address = channel.endpoint.address;
    options.port = channel.endpoint.port;
    options.authority = authority_;
    options.certificate = to_text(certificate);
    options.key = key.to_pem("");
    channel.groups = std::make_unique<gateway::fisco::AppGroups>(node_, channel.endpoint.suite,
                                                                 "bsn " BSN_VERSION);
    auto server = std::make_unique<gateway::fisco::ChannelServer>(
        std::move(options), *channel.groups, work_, channel.groups.get());
    BSN_CHECK(server->start());
    channel.server = std::move(server);
    log_info("node", "FISCO BCOS SDKs are served suite={} address={} port={}",
             crypto::suite_name(channel.endpoint.suite), channel.endpoint.address,
             channel.server->port());
    return {};
}

}  // namespace bsn::node
