#include "node/node_files.hpp"

#include "base/files.hpp"
#include "crypto/certificate_authority.hpp"
#include "node/city_node.hpp"
#include "node/cometbft_home.hpp"

#include <fmt/format.h>

namespace bsn::node {
namespace fs = std::filesystem;
namespace {

using crypto::SuiteId;

constexpr std::size_t k_max_certificate_bytes = 64U << 10;

Status make_keys(const fs::path& folder) {
    BSN_CHECK(make_private_folder(folder / "keys"));
    for (SuiteId suite : {SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2}) {
        BSN_CHECK(crypto::write_key_file(
            folder / "keys" / fmt::format("{}.pem", crypto::suite_name(suite)),
            crypto::PrivateKey::generate(suite), ""));
    }
    return {};
}

registry::NodeRequest request_of(const NodePlan& plan, const ledger::NetworkId& network,
                                 const ordering::NodeIdentity& identity) {
    registry::NodeRequest request;
    request.network = network;
    request.name = plan.name;
    request.city = plan.city;
    request.operator_name = plan.operator_name;
    request.secp256r1 = identity.public_key(SuiteId::secp256r1).bytes;
    request.secp256k1 = identity.public_key(SuiteId::secp256k1).bytes;
    request.sm2 = identity.public_key(SuiteId::sm2).bytes;
    request.peers = host_and_port(plan.host, plan.ports.peers);
    return request;
}

}  // namespace

Result<registry::NodeRequest> make_new_node_files(const fs::path& folder,
                                                  const NewNodeFiles& files) {
    BSN_TRY(genesis, ledger::Genesis::from_json(files.genesis_json));
    BSN_CHECK(make_keys(folder));
    BSN_TRY(identity, load_identity(folder));
    registry::NodeRequest request = request_of(files.plan, genesis.network(), identity);
    if (files.plan.validator) {
        BSN_TRY(engine, ensure_cometbft_keys(folder / "cometbft"));
        request.validator = engine.validator;
        request.ordering = fmt::format("{}@{}", engine.node_id,
                                       host_and_port(files.plan.host, files.plan.ports.ordering));
    }
    std::optional<ordering::NodeIdentity> old;
    if (files.replaces) {
        BSN_TRY(present, load_identity(*files.replaces));
        request.replaces = present.id();
        old.emplace(std::move(present));
    }
    request.signature = identity.sign(SuiteId::secp256r1, request.statement());
    if (old) request.other_signature = old->sign(SuiteId::secp256r1, request.statement());
    BSN_TRY(checked, registry::NodeRequest::decode(request.encode()));
    (void)checked;

    NodeSettings settings = settings_of(files.plan, {});
    settings.others = files.others;
    BSN_CHECK(write_file_atomically(folder / "genesis.json", as_bytes(files.genesis_json)));
    BSN_CHECK(write_file_atomically(folder / "node.yaml", as_bytes(settings.to_yaml())));
    BSN_CHECK(write_file_atomically(folder / k_request_name, as_bytes(request.to_text() + "\n")));
    return request;
}

Status certify_request(registry::NodeRequest& request, const fs::path& authority, UnixMillis now) {
    if (Status good = request.check_own_signature(); !good) return good;
    BSN_TRY(certificate, read_file(authority / "authority.crt", k_max_certificate_bytes));
    BSN_TRY(key, crypto::read_key_file(authority / "authority.pem", ""));
    std::vector<std::string> hosts{"localhost", "127.0.0.1"};
    const std::string host = registry::host_of_address(request.peers);
    if (host != hosts[0] && host != hosts[1]) hosts.push_back(host);
    crypto::NodeCertificateRequest wanted{request.name,
                                          request.operator_name,
                                          std::move(hosts),
                                          {SuiteId::secp256r1, request.secp256r1}};
    BSN_TRY(issued, crypto::issue_node_certificate(to_text(certificate), key, wanted, now));
    request.certificate = issued;
    return {};
}

}  // namespace bsn::node
