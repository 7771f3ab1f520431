#include "node/network_files.hpp"

#include "base/files.hpp"
#include "crypto/certificate_authority.hpp"
#include "crypto/random.hpp"
#include "node/city_node.hpp"
#include "node/cometbft_home.hpp"
#include "node/node_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::node {
namespace fs = std::filesystem;
namespace {

using crypto::SuiteId;

constexpr std::uint32_t k_authority_days = 3650;
constexpr std::size_t k_max_genesis_bytes = 16U << 20;

/// The node's key of a suite: from its file, or made and written.
Result<crypto::PublicKeyBytes> ensure_key(const fs::path& file, SuiteId suite) {
    if (fs::exists(file)) {
        BSN_TRY(key, crypto::read_key_file(file, ""));
        return key.public_key().bytes;
    }
    crypto::PrivateKey key = crypto::PrivateKey::generate(suite);
    BSN_CHECK(crypto::write_key_file(file, key, ""));
    return key.public_key().bytes;
}

struct Authority {
    std::string certificate;
    crypto::PrivateKey key;
};

Result<Authority> ensure_authority(const fs::path& folder, const std::string& name,
                                   UnixMillis now) {
    BSN_CHECK(make_private_folder(folder));
    const auto key_file = folder / "authority.pem";
    BSN_CHECK(ensure_key(key_file, SuiteId::secp256r1));
    BSN_TRY(key, crypto::read_key_file(key_file, ""));
    std::string certificate = crypto::make_authority_certificate(key, name, now, k_authority_days);
    BSN_CHECK(write_file_atomically(folder / "authority.crt", as_bytes(certificate)));
    return Authority{std::move(certificate), std::move(key)};
}

/// Names and addresses in a node's certificate: its own, and what it calls itself.
std::vector<std::string> certified_hosts(const NodePlan& plan) {
    std::vector<std::string> hosts{"localhost", "127.0.0.1"};
    if (std::find(hosts.begin(), hosts.end(), plan.host) == hosts.end()) hosts.push_back(plan.host);
    return hosts;
}

Result<ledger::GenesisNode> ensure_node(const fs::path& folder, const NodePlan& plan,
                                        const Authority& authority, UnixMillis now) {
    ledger::GenesisNode node;
    node.name = plan.name;
    node.city = plan.city;
    node.operator_name = plan.operator_name;
    BSN_CHECK(make_private_folder(folder / "keys"));
    auto key_file = [&](SuiteId suite) {
        return folder / "keys" / fmt::format("{}.pem", crypto::suite_name(suite));
    };
    BSN_TRY(r1, ensure_key(key_file(SuiteId::secp256r1), SuiteId::secp256r1));
    BSN_TRY(k1, ensure_key(key_file(SuiteId::secp256k1), SuiteId::secp256k1));
    BSN_TRY(sm2, ensure_key(key_file(SuiteId::sm2), SuiteId::sm2));
    node.secp256r1 = r1;
    node.secp256k1 = k1;
    node.sm2 = sm2;
    crypto::NodeCertificateRequest request{
        node.name, node.operator_name, certified_hosts(plan), {SuiteId::secp256r1, r1}};
    BSN_TRY(certificate,
            crypto::issue_node_certificate(authority.certificate, authority.key, request, now));
    node.certificate = certificate;
    BSN_CHECK(write_file_atomically(folder / "node.crt", as_bytes(certificate)));
    return node;
}

/// A node as the others find it.
Result<NodeAddress> address_of(const fs::path& network, const NodePlan& plan) {
    BSN_TRY(identity, load_identity(network / plan.folder));
    NodeAddress address{identity.id(), plan.name, host_and_port(plan.host, plan.ports.peers), {}};
    if (!plan.validator) return address;
    BSN_TRY(engine, load_cometbft_keys(network / plan.folder / "cometbft"));
    address.ordering =
        fmt::format("{}@{}", engine.node_id, host_and_port(plan.host, plan.ports.ordering));
    return address;
}

}  // namespace

NodeSettings settings_of(const NodePlan& plan, const fs::path& cometbft) {
    NodeSettings settings;
    settings.genesis = "genesis.json";
    settings.http.address = plan.listen;
    settings.http.port = plan.ports.api;
    if (plan.tls) {
        settings.http.tls_certificate = "node.crt";
        settings.http.tls_key = fmt::format("keys/{}.pem", crypto::suite_name(SuiteId::secp256r1));
    }
    settings.fisco = fisco_endpoints(plan.listen, plan.ports.fisco, plan.ports.fisco_sm);
    settings.callbacks.rules.allow = plan.callbacks;
    settings.packages = plan.packages;
    settings.peers_listen = host_and_port(plan.listen, plan.ports.peers);
    settings.follows = !plan.validator;
    if (settings.follows) return settings;
    settings.ordering_listen = host_and_port(plan.listen, plan.ports.ordering);
    settings.ordering_rpc = host_and_port("127.0.0.1", plan.ports.rpc);
    settings.cometbft = cometbft;
    return settings;
}

std::string host_and_port(const std::string& host, std::uint16_t port) {
    const bool v6 = host.find(':') != std::string::npos;
    return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Status make_network_files(const fs::path& folder, const NetworkPlan& plan, UnixMillis now) {
    BSN_CHECK(make_private_folder(folder));
    ledger::Genesis genesis;
    genesis.name = plan.name;
    genesis.created = now;
    genesis.ordering = plan.ordering;
    genesis.orderer = crypto::random_value<ledger::OrdererId>();
    genesis.approvals = plan.approvals;
    genesis.operators = plan.operators;
    BSN_TRY(authority, ensure_authority(folder / "authority", genesis.name, now));
    genesis.authority = authority.certificate;
    for (const NodePlan& one : plan.nodes) {
        BSN_TRY(node, ensure_node(folder / one.folder, one, authority, now));
        if (plan.ordering == ledger::OrderingType::cometbft && one.validator) {
            BSN_TRY(engine, ensure_cometbft_keys(folder / one.folder / "cometbft"));
            node.validator = engine.validator;
        }
        genesis.nodes.push_back(std::move(node));
    }
    std::sort(genesis.nodes.begin(), genesis.nodes.end(),
              [](const auto& a, const auto& b) { return a.id() < b.id(); });
    const std::string text = genesis.to_json();
    BSN_TRY(checked, ledger::Genesis::from_json(text));
    (void)checked;
    return write_file_atomically(folder / "genesis.json", as_bytes(text));
}

Status write_node_files(const fs::path& folder, const NetworkPlan& plan, const fs::path& cometbft) {
    BSN_TRY(genesis, read_file(folder / "genesis.json", k_max_genesis_bytes));
    std::vector<NodeAddress> addresses;
    for (const NodePlan& node : plan.nodes) {
        BSN_TRY(address, address_of(folder, node));
        addresses.push_back(std::move(address));
    }
    for (std::size_t own = 0; own < plan.nodes.size(); ++own) {
        NodeSettings settings = settings_of(plan.nodes[own], cometbft);
        settings.others = addresses;
        settings.others.erase(settings.others.begin() + static_cast<std::ptrdiff_t>(own));
        const fs::path node = folder / plan.nodes[own].folder;
        // A node of one machine, made by `bsn up`; other operators choose by themselves.
        if (fs::exists(node / k_custody_key)) settings.custody.file = k_custody_key;
        BSN_CHECK(write_file_atomically(node / "genesis.json", genesis));
        BSN_CHECK(write_file_atomically(node / "node.yaml", as_bytes(settings.to_yaml())));
    }
    return {};
}

Result<ledger::Genesis> read_genesis(const fs::path& file) {
    BSN_TRY(bytes, read_file(file, k_max_genesis_bytes));
    auto genesis = ledger::Genesis::from_json(as_text(bytes));
    if (!genesis) return genesis.error().within(file.string());
    return std::move(*genesis);
}

}  // namespace bsn::node
