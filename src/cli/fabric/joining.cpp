#include "cli/fabric/joining.hpp"

#include "base/files.hpp"
#include "framework/fabric/client/channel_trust.hpp"
#include "framework/fabric/outside/network_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace bsn::cli {
namespace {

namespace fs = std::filesystem;
namespace fabric = framework::fabric;

constexpr std::size_t k_max_block = 16U << 20;
constexpr std::size_t k_max_pem = 64U << 10;

Result<std::string> pem_of(const fs::path& file) {
    if (file.empty()) return std::string();
    BSN_TRY(content, read_file(file, k_max_pem));
    return to_text(content);
}

Result<fabric::NetworkIdentity> reader_of(const Json& said, const fs::path& folder) {
    fabric::NetworkIdentity reader;
    reader.msp_id = text_of(said, "msp_id");
    for (const auto& [key, text] : {std::pair("certificate", &reader.certificate),
                                    {"key", &reader.key},
                                    {"tls_certificate", &reader.tls_certificate},
                                    {"tls_key", &reader.tls_key}}) {
        const std::string file = text_of(said, key);
        BSN_TRY(pem, pem_of(file.empty() ? fs::path() : folder / file));
        *text = std::move(pem);
    }
    if (Status good = reader.check(); !good) return good.error().within("reader");
    return reader;
}

Result<Bytes> configuration_of(const Json& said, const fs::path& folder,
                               const fabric::ConnectionProfile& profile) {
    if (said.contains("configuration")) {
        return read_file(folder / text_of(said, "configuration"), k_max_block);
    }
    BSN_TRY(reader, reader_of(said["reader"], folder));
    return fabric::fetch_configuration(text_of(said, "channel"), profile, reader);
}

void tell_trust(const registry::FabricNetwork& network, Output& out) {
    auto text = fabric::trusted_state_of(network);
    if (!text) return;
    auto trust = fabric::ChannelTrust::from_json(*text);
    if (!trust) return;
    std::vector<std::string> members;
    std::vector<std::string> orderers;
    for (const auto& one : trust->members) members.push_back(one.msp_id);
    for (const auto& one : trust->orderers) orderers.push_back(one.msp_id);
    out.text(fmt::format(
        "Channel {} as of its block {}: members {}; orderers of {}. Their word is "
        "what the app's readers believe.",
        network.channel, trust->height, fmt::join(members, ", "), fmt::join(orderers, ", ")));
    auto without = fabric::organizations_without_peer(network);
    if (!without) return;
    std::vector<std::string> with;
    for (const std::string& one : members) {
        if (std::find(without->begin(), without->end(), one) == without->end()) with.push_back(one);
    }
    if (!trust->endorsement.choose(with).empty()) return;
    out.text(
        fmt::format("The profiles have no peer of {}: proofs, and transactions of chaincodes "
                    "that have no other policy, need peers of {}.",
                    fmt::join(*without, ", "), trust->endorsement.text()));
}

}  // namespace

Status describe_fabric_network(AppSpec& spec, const fs::path& folder, Output& out) {
    const Json& said = spec.network;
    const std::string channel = text_of(said, "channel");
    std::vector<fs::path> files;
    for (const Json& one : said["profiles"]) files.push_back(folder / one.get<std::string>());
    BSN_TRY(profile, fabric::load_connection_profiles(files, channel));
    BSN_TRY(configuration, configuration_of(said, folder, profile));
    BSN_TRY(network, fabric::describe_network(channel, std::move(profile), configuration));
    tell_trust(network, out);
    spec.network = registry::to_json(network);
    return {};
}

}  // namespace bsn::cli
