#include "api/node_keys.hpp"

#include "crypto/certificate_authority.hpp"

namespace bsn::api {

NodeKeys::NodeKeys(const ledger::Genesis& genesis) : authority_(genesis.authority) {
    for (const ledger::GenesisNode& node : genesis.nodes) {
        keys_[node.id()] = {crypto::SuiteId::secp256r1, node.secp256r1};
    }
}

const crypto::PublicKey* NodeKeys::find(const ledger::NodeId& node) const {
    auto found = keys_.find(node);
    return found == keys_.end() ? nullptr : &found->second;
}

void NodeKeys::learn(const Json& nodes) {
    if (!nodes.is_object() || !nodes.contains("nodes") || !nodes["nodes"].is_array()) return;
    for (const Json& node : nodes["nodes"]) {
        auto id = fixed_from_hex<ledger::NodeId>(text_of(node, "id"));
        if (!id) continue;
        if (node.contains("revoked_from")) {
            keys_.erase(*id);
            continue;
        }
        const std::string certificate = text_of(node, "certificate");
        auto key = crypto::key_of_certificate(certificate);
        const bool good = key && ledger::node_id_of(key->bytes) == *id &&
                          crypto::check_issued_certificate(authority_, certificate, *key).ok();
        if (good) keys_[*id] = *key;
    }
}

}  // namespace bsn::api
