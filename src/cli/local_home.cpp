#include "cli/local_home.hpp"

#include "base/files.hpp"
#include "node/cometbft_program.hpp"
#include "registry/packaged_code.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t k_max_genesis_bytes = 16U << 20;

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

Result<std::optional<Bytes>> read_if_there(const fs::path& path) {
    auto content = read_file(path, k_max_genesis_bytes);
    if (content) return std::optional(std::move(*content));
    if (content.error().code == Code::not_found) return std::optional<Bytes>();
    return content.error();
}

/// The shape of the network: that of the existing one, which a request must not contradict.
Result<LocalNetworkConfig> shape(const ClientConfig& config, const LocalNetworkRequest& request,
                                 bool is_new) {
    LocalNetworkConfig shape = config.local_network.value_or(LocalNetworkConfig{});
    if (request.nodes && *request.nodes != shape.nodes) {
        if (!is_new) {
            return Error{Code::already_exists,
                         fmt::format("the network on this machine has {} nodes; to make one of {}, "
                                     "delete it first with `bsn down --purge`",
                                     shape.nodes, *request.nodes)};
        }
        shape.nodes = *request.nodes;
    }
    if (request.ordering && *request.ordering != shape.ordering) {
        if (!is_new) {
            return Error{Code::already_exists,
                         fmt::format("the network on this machine has the ordering '{}'; to make "
                                     "one with '{}', delete it first with `bsn down --purge`",
                                     shape.ordering, *request.ordering)};
        }
        shape.ordering = *request.ordering;
    }
    if (request.first_port) shape.first_port = *request.first_port;
    return shape;
}

/// Refuses a home that is somebody else's client, or whose network was deleted by hand.
Status check_home(const Home& home, const ClientConfig& config) {
    if (!config.local_network && !config.endpoints.empty()) {
        return Error{Code::already_exists,
                     fmt::format("{} is configured for another network; choose another folder with "
                                 "--home",
                                 home.folder().string())};
    }
    BSN_TRY(pinned, read_if_there(home.genesis_file()));
    BSN_TRY(made, read_if_there(home.network_folder() / "genesis.json"));
    if (pinned && pinned != made) {
        return Error{Code::already_exists,
                     fmt::format("{} pins another network than the one in {}; run `bsn down "
                                 "--purge` to begin anew, or choose another folder with --home",
                                 home.genesis_file().string(), home.network_folder().string())};
    }
    return {};
}

Status make_operator_key(const Keyring& keyring, std::string_view passphrase) {
    if (keyring.has(k_operator_key)) return {};
    return keyring.add(k_operator_key, crypto::PrivateKey::generate(crypto::SuiteId::secp256r1),
                       passphrase);
}

/// Whoever publishes on a local network is also its operator, who trusts their own packages as much
/// as what they build by hand.
framework::fabric::PackageSettings local_packages(const Home& home) {
    framework::fabric::PackageSettings packages;
    const auto& languages = registry::k_package_languages;
    packages.languages.assign(languages.begin(), languages.end());
    packages.isolation = framework::fabric::Isolation::if_possible;
    const char* cache = std::getenv("BSN_PACKAGE_CACHE");
    packages.cache = cache != nullptr ? fs::path(cache) : home.folder() / "package-cache";
    return packages;
}

Result<node::LocalNetworkOptions> options_of(const Home& home, const LocalNetworkConfig& network) {
    node::LocalNetworkOptions options;
    options.folder = home.network_folder();
    options.engines = home.folder() / "engines";
    options.packages = local_packages(home);
    options.nodes = network.nodes;
    options.first_port = network.first_port;
    if (network.ordering == ledger::ordering_name(ledger::OrderingType::cometbft)) {
        options.ordering = ledger::OrderingType::cometbft;
        BSN_TRY(program, node::find_cometbft());
        BSN_CHECK(node::check_cometbft(program));
        options.cometbft = program;
    }
    return options;
}

Status delete_tree(const fs::path& path) {
    std::error_code failure;
    fs::remove_all(path, failure);
    if (failure) return file_error("remove", path, failure.value());
    return {};
}

}  // namespace

Result<node::LocalNetworkOptions> prepare_local_home(Context& context,
                                                     const LocalNetworkRequest& request) {
    const Home& home = context.home();
    BSN_TRY(config, context.config());
    BSN_CHECK(check_home(home, *config));
    bool is_new = !is_there(home.network_folder() / "genesis.json");
    BSN_TRY(network, shape(*config, request, is_new));

    BSN_CHECK(home.create());
    BSN_CHECK(make_private_folder(home.network_folder()));
    Keyring keyring = context.keyring();
    BSN_TRY(passphrase, keyring.passphrase().get());
    BSN_CHECK(make_operator_key(keyring, passphrase));

    BSN_TRY(options, options_of(home, network));
    options.validators = request.validators.value_or(0);
    BSN_CHECK(node::prepare_local_network(options, keyring.file_of(std::string(k_operator_key)),
                                          passphrase));

    if (!is_there(home.genesis_file())) {
        BSN_TRY(genesis, read_file(home.network_folder() / "genesis.json", k_max_genesis_bytes));
        BSN_CHECK(write_file_atomically(home.genesis_file(), genesis, 0600));
    }
    ClientConfig wanted = *config;
    wanted.local_network = network;
    wanted.endpoints = local_endpoints(network);
    if (wanted.key.empty()) wanted.key = k_operator_key;
    if (wanted != *config || !is_there(home.config_file())) {
        BSN_CHECK(wanted.save(home.config_file()));
    }
    return options;
}

Result<node::LocalNetworkOptions> prepared_local_network(Context& context) {
    BSN_TRY(config, context.config());
    if (!config->local_network) {
        return Error{Code::not_found, fmt::format("{} is not ready for a network; run `bsn up`",
                                                  context.home().folder().string())};
    }
    return options_of(context.home(), *config->local_network);
}

Status purge_local_home(Context& context, bool with_keys) {
    const Home& home = context.home();
    BSN_TRY(config, context.config());
    if (!config->local_network && !config->endpoints.empty()) {
        return Error{Code::not_found,
                     fmt::format("{} holds no network of this machine; there is nothing to delete",
                                 home.folder().string())};
    }
    BSN_CHECK(delete_tree(home.network_folder()));
    BSN_CHECK(delete_tree(home.genesis_file()));
    BSN_CHECK(delete_tree(home.config_file()));
    if (with_keys) BSN_CHECK(delete_tree(home.keys_folder()));
    return {};
}

}  // namespace bsn::cli
