#include "node/network_files.hpp"

#include "base/files.hpp"
#include "crypto/certificate_authority.hpp"
#include "crypto/random.hpp"
#include "node/cometbft_home.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bsn::node {
namespace {

using crypto::SuiteId;

constexpr std::uint32_t k_authority_days = 3650;
constexpr std::size_t k_max_genesis_bytes = 16U << 20;
constexpr std::string_view k_operator_name = "local operator";

/// Cities that the nodes of a local network are named after.
constexpr std::array<std::string_view, 16> k_cities{
    "beijing", "shanghai", "guangzhou", "shenzhen", "chengdu", "hangzhou", "wuhan",  "xian",
    "nanjing", "tianjin",  "chongqing", "suzhou",   "qingdao", "dalian",   "xiamen", "kunming"};

/// The node's key of a suite: from its file, or made and written.
Result<crypto::PublicKeyBytes> ensure_key(const std::filesystem::path& file, SuiteId suite) {
    if (std::filesystem::exists(file)) {
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

Result<Authority> ensure_authority(const std::filesystem::path& folder, const std::string& name,
                                   UnixMillis now) {
    BSN_CHECK(make_private_folder(folder));
    const auto key_file = folder / "authority.pem";
    BSN_CHECK(ensure_key(key_file, SuiteId::secp256r1));
    BSN_TRY(key, crypto::read_key_file(key_file, ""));
    std::string certificate = crypto::make_authority_certificate(key, name, now, k_authority_days);
    BSN_CHECK(write_file_atomically(folder / "authority.crt", as_bytes(certificate)));
    return Authority{std::move(certificate), std::move(key)};
}

Result<ledger::GenesisNode> ensure_node(const std::filesystem::path& folder, std::size_t number,
                                        const std::string& host, const Authority& authority,
                                        UnixMillis now) {
    ledger::GenesisNode node;
    node.city = k_cities.at(number);
    node.name = node.city;
    node.operator_name = k_operator_name;
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
        node.name, node.operator_name, {"localhost", "127.0.0.1"}, {SuiteId::secp256r1, r1}};
    if (host != "127.0.0.1" && host != "localhost") request.hosts.push_back(host);
    BSN_TRY(certificate,
            crypto::issue_node_certificate(authority.certificate, authority.key, request, now));
    node.certificate = certificate;
    BSN_CHECK(write_file_atomically(folder / "node.crt", as_bytes(certificate)));
    return node;
}

}  // namespace

std::filesystem::path node_folder(const std::filesystem::path& network, std::size_t number) {
    return network / fmt::format("node{}", number + 1);
}

Status make_network_files(const std::filesystem::path& folder, std::size_t nodes,
                          const std::string& host, ledger::OrderingType ordering,
                          const crypto::PublicKey& operator_key, UnixMillis now) {
    BSN_CHECK(make_private_folder(folder));
    ledger::Genesis genesis;
    genesis.name = "local network";
    genesis.created = now;
    genesis.ordering = ordering;
    genesis.orderer = crypto::random_value<ledger::OrdererId>();
    genesis.operators = {{std::string(k_operator_name), operator_key}};
    BSN_TRY(authority, ensure_authority(folder / "authority", genesis.name, now));
    genesis.authority = authority.certificate;
    for (std::size_t number = 0; number < nodes; ++number) {
        BSN_TRY(node, ensure_node(node_folder(folder, number), number, host, authority, now));
        if (ordering == ledger::OrderingType::cometbft) {
            BSN_TRY(engine, ensure_cometbft_keys(node_folder(folder, number) / "cometbft"));
            node.validator = engine.validator;
        }
        genesis.nodes.push_back(std::move(node));
    }
    std::sort(genesis.nodes.begin(), genesis.nodes.end(),
              [](const auto& a, const auto& b) { return a.id() < b.id(); });
    return write_file_atomically(folder / "genesis.json", as_bytes(genesis.to_json()));
}

Result<ledger::Genesis> read_genesis(const std::filesystem::path& folder) {
    BSN_TRY(bytes, read_file(folder / "genesis.json", k_max_genesis_bytes));
    auto genesis = ledger::Genesis::from_json(as_text(bytes));
    if (!genesis) return genesis.error().within((folder / "genesis.json").string());
    return std::move(*genesis);
}

}  // namespace bsn::node
