#include "framework/fabric/outside/connection_profile.hpp"

#include "base/config_tree.hpp"
#include "base/files.hpp"
#include "framework/fabric/outside/certificates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace bsn::framework::fabric {
namespace {

using registry::FabricServer;
using Kind = YamlTree::Kind;

constexpr std::size_t k_max_profile = 1U << 20;
constexpr std::string_view k_secure = "grpcs://";
/// How SDKs spell the name that a server's certificate has instead of its host.
constexpr std::array<std::string_view, 2> k_server_names{"ssl-target-name-override",
                                                         "hostnameOverride"};

/// A value of the profile, and how it is reached.
struct Place {
    const std::filesystem::path* file;
    const YamlTree* value;
    std::string path;

    Error wrong(std::string_view what) const {
        return {Code::invalid_argument, fmt::format("{}:{}: {}{}{}", file->string(), value->line,
                                                    path, path.empty() ? "" : ": ", what)};
    }
    std::optional<Place> find(std::string_view key) const {
        const YamlTree::Entry* entry = value->kind == Kind::mapping ? value->find(key) : nullptr;
        if (entry == nullptr || entry->value.is_nothing()) return std::nullopt;
        return below(entry->key, entry->value);
    }
    Place below(std::string_view key, const YamlTree& child) const {
        return {file, &child, path.empty() ? std::string(key) : fmt::format("{}.{}", path, key)};
    }
    Result<std::string> text() const {
        if (value->kind == Kind::scalar) return value->text;
        return wrong("must be a text");
    }
    Result<std::vector<std::string>> texts() const {
        if (value->kind != Kind::list) return wrong("must be a list");
        std::vector<std::string> all;
        for (const YamlTree& item : value->items) {
            if (item.kind != Kind::scalar) return wrong("must list texts");
            all.push_back(item.text);
        }
        return all;
    }
    /// The mapping of a key; none if it is not there.
    Result<std::optional<Place>> mapping(std::string_view key) const {
        auto found = find(key);
        if (found && found->value->kind != Kind::mapping) return found->wrong("must be a mapping");
        return found;
    }
};

Result<std::string> read_address(const Place& server) {
    const auto url = server.find("url");
    if (!url) return server.wrong("'url' is missing");
    BSN_TRY(text, url->text());
    if (text.starts_with("grpc://")) {
        return url->wrong(
            fmt::format("{} is without TLS, by which nobody knows whom they talk to; "
                        "have TLS turned on there, and write grpcs://",
                        text));
    }
    if (!text.starts_with(k_secure)) {
        return url->wrong(fmt::format("'{}' is no grpcs://HOST:PORT", text));
    }
    std::string address = text.substr(k_secure.size());
    if (address.ends_with('/')) address.pop_back();
    if (address.find(':') == std::string::npos || address.find('/') != std::string::npos) {
        return url->wrong(fmt::format("'{}' is no grpcs://HOST:PORT", text));
    }
    return address;
}

Result<std::string> read_server_name(const Place& server, const std::string& address) {
    BSN_TRY(options, server.mapping("grpcOptions"));
    if (!options) return std::string();
    for (std::string_view key : k_server_names) {
        const auto found = options->find(key);
        if (!found) continue;
        BSN_TRY(name, found->text());
        return address.substr(0, address.rfind(':')) == name ? std::string() : name;
    }
    return std::string();
}

Result<std::string> read_authority(const Place& server) {
    BSN_TRY(authorities, server.mapping("tlsCACerts"));
    if (!authorities) return std::string();
    std::string pem;
    std::optional<Place> said;
    if ((said = authorities->find("pem"))) {
        if (said->value->kind == Kind::list) {
            BSN_TRY(list, said->texts());
            for (const std::string& one : list) pem += one + "\n";
        } else {
            BSN_TRY(text, said->text());
            pem = std::move(text);
        }
    } else if ((said = authorities->find("path"))) {
        BSN_TRY(path, said->text());
        auto content = read_file(server.file->parent_path() / path, k_max_profile);
        if (!content) return said->wrong(content.error().message);
        pem = to_text(*content);
    } else {
        return authorities->wrong("has neither 'pem' nor 'path'");
    }
    auto certificates = normal_certificates(pem);
    if (!certificates) return said->wrong(certificates.error().message);
    return *certificates;
}

Result<FabricServer> read_server(const Place& place) {
    if (place.value->kind != Kind::mapping) return place.wrong("must be a mapping");
    FabricServer server;
    BSN_TRY(address, read_address(place));
    BSN_TRY(name, read_server_name(place, address));
    server.address = std::move(address);
    server.server_name = std::move(name);
    BSN_TRY(authority, read_authority(place));
    server.authority = std::move(authority);
    return server;
}

/// The MSP id of each peer that an organisation names.
Result<std::map<std::string, std::string>> read_organizations(const Place& profile) {
    std::map<std::string, std::string> msp_of;
    BSN_TRY(organizations, profile.mapping("organizations"));
    if (!organizations) {
        return profile.wrong("'organizations' is missing: which organisation has which peers");
    }
    for (const YamlTree::Entry& entry : organizations->value->entries) {
        const Place organization = organizations->below(entry.key, entry.value);
        const auto peers = organization.find("peers");
        if (!peers) continue;
        const auto msp = organization.find("mspid");
        if (!msp) return organization.wrong("'mspid' is missing");
        BSN_TRY(id, msp->text());
        BSN_TRY(names, peers->texts());
        for (const std::string& name : names) {
            const auto [known, added] = msp_of.emplace(name, id);
            if (!added && known->second != id) {
                return peers->wrong(fmt::format("{} is of {} already", name, known->second));
            }
        }
    }
    return msp_of;
}

/// The servers that the profile has for a channel, if it speaks of the channel.
struct OfChannel {
    std::optional<std::set<std::string>> peers;
    std::optional<std::set<std::string>> orderers;
};

Result<OfChannel> read_channel(const Place& profile, const std::string& channel) {
    OfChannel named;
    BSN_TRY(channels, profile.mapping("channels"));
    if (!channels) return named;
    BSN_TRY(own, channels->mapping(channel));
    if (!own) return named;
    BSN_TRY(peers, own->mapping("peers"));
    if (peers) {
        named.peers.emplace();
        for (const YamlTree::Entry& entry : peers->value->entries) {
            const auto endorses = peers->below(entry.key, entry.value).find("endorsingPeer");
            if (!endorses || endorses->value->text != "false") named.peers->insert(entry.key);
        }
    }
    if (const auto orderers = own->find("orderers")) {
        BSN_TRY(names, orderers->texts());
        named.orderers.emplace(names.begin(), names.end());
    }
    return named;
}

/// Whether all servers that are named are described.
Status check_described(const Place& profile, const std::optional<Place>& servers,
                       const char* section, const std::set<std::string>& names) {
    for (const std::string& name : names) {
        if (servers && servers->value->find(name) != nullptr) continue;
        return profile.wrong(fmt::format("'{}' lacks {}, which is named", section, name));
    }
    return {};
}

void add_once(std::vector<FabricServer>& servers, FabricServer server) {
    const bool known = std::any_of(servers.begin(), servers.end(), [&](const FabricServer& one) {
        return one.address == server.address;
    });
    if (!known) servers.push_back(std::move(server));
}

}  // namespace

Result<ConnectionProfile> read_connection_profile(std::string_view text,
                                                  const std::filesystem::path& file,
                                                  const std::string& channel) {
    BSN_TRY(tree, parse_yaml_tree(text, file.string()));
    const Place root{&file, &tree, ""};
    BSN_TRY(msp_of, read_organizations(root));
    BSN_TRY(named, read_channel(root, channel));
    BSN_TRY(peers, root.mapping("peers"));
    BSN_TRY(orderers, root.mapping("orderers"));
    std::set<std::string> wanted = named.peers.value_or(std::set<std::string>());
    if (!named.peers) {
        for (const auto& [name, msp] : msp_of) wanted.insert(name);
    }
    BSN_CHECK(check_described(root, peers, "peers", wanted));
    BSN_CHECK(check_described(root, orderers, "orderers",
                              named.orderers.value_or(std::set<std::string>())));
    ConnectionProfile profile;
    for (const std::string& name : wanted) {
        const Place place = peers->below(name, peers->value->find(name)->value);
        const auto msp = msp_of.find(name);
        if (msp == msp_of.end()) {
            return place.wrong("it is a peer of none of the 'organizations'");
        }
        BSN_TRY(server, read_server(place));
        server.msp = msp->second;
        add_once(profile.peers, std::move(server));
    }
    if (profile.peers.empty()) {
        return root.wrong(
            fmt::format("there is no peer for channel {}: a node needs at least one", channel));
    }
    if (!orderers) return profile;
    for (const YamlTree::Entry& entry : orderers->value->entries) {
        if (named.orderers && !named.orderers->contains(entry.key)) continue;
        BSN_TRY(server, read_server(orderers->below(entry.key, entry.value)));
        add_once(profile.orderers, std::move(server));
    }
    return profile;
}

Result<ConnectionProfile> load_connection_profiles(const std::vector<std::filesystem::path>& files,
                                                   const std::string& channel) {
    ConnectionProfile all;
    for (const std::filesystem::path& file : files) {
        BSN_TRY(text, read_file(file, k_max_profile));
        BSN_TRY(profile, read_connection_profile(as_text(text), file, channel));
        for (FabricServer& peer : profile.peers) add_once(all.peers, std::move(peer));
        for (FabricServer& orderer : profile.orderers) add_once(all.orderers, std::move(orderer));
    }
    return all;
}

}  // namespace bsn::framework::fabric
