#pragma once
// City nodes that come later: their keys, the authority that certifies them, and their requests.

#include "crypto/certificate_authority.hpp"
#include "registry/node_request.hpp"
#include "registry_fixture.hpp"

namespace bsn::registry::testing {

/// Of `sample_genesis`.
inline constexpr std::uint32_t k_first_node_key = 100;
inline constexpr UnixMillis k_made = 1'700'000'000'000;

struct Authority {
    crypto::PrivateKey key = crypto::PrivateKey::generate(SuiteId::secp256r1);
    std::string certificate = crypto::make_authority_certificate(key, "test network", k_made, 100);
};

/// A node with keys of its own, made from a number.
struct Newcomer {
    explicit Newcomer(std::uint32_t its_number, std::string its_name = "city-new")
        : number(its_number),
          secp256r1(make_key(SuiteId::secp256r1, number)),
          secp256k1(make_key(SuiteId::secp256k1, number)),
          sm2(make_key(SuiteId::sm2, number)),
          validator(32, static_cast<std::uint8_t>(number)),
          name(std::move(its_name)) {}

    ledger::NodeId id() const { return ledger::node_id_of(secp256r1.public_key().bytes); }
    /// As whom it sends transactions.
    Person person() const { return Person(number); }
    NodeRequest request(const ledger::NetworkId& network) const {
        NodeRequest request;
        request.network = network;
        request.name = name;
        request.city = "北京";
        request.operator_name = "an operator";
        request.secp256r1 = secp256r1.public_key().bytes;
        request.secp256k1 = secp256k1.public_key().bytes;
        request.sm2 = sm2.public_key().bytes;
        request.validator = validator;
        request.peers = "node.example.org:7280";
        request.ordering = std::string(40, 'a') + "@node.example.org:7380";
        return request;
    }
    /// Signed by the node, and certified.
    NodeRequest vouched(NodeRequest request, const Authority& authority) const {
        request.signature = secp256r1.sign(request.statement());
        request.certificate = *crypto::issue_node_certificate(
            authority.certificate, authority.key,
            {request.name, request.operator_name, {"localhost"}, secp256r1.public_key()}, k_made);
        return request;
    }

    std::uint32_t number;
    crypto::PrivateKey secp256r1;
    crypto::PrivateKey secp256k1;
    crypto::PrivateKey sm2;
    Bytes validator;
    std::string name;
};

/// A chain with a real authority whose nodes are validators (if there are any).
struct NodeWorld {
    explicit NodeWorld(std::size_t nodes = 4, std::size_t operators = 1,
                       std::uint16_t approvals = 1,
                       ledger::OrderingType ordering = ledger::OrderingType::cometbft)
        : chain(nodes, operators, approvals, [this, ordering](ledger::Genesis& genesis) {
              genesis.authority = authority.certificate;
              genesis.ordering = ordering;
              if (ordering == ledger::OrderingType::embedded) return;
              std::uint8_t number = 200;
              for (auto& node : genesis.nodes) node.validator = Bytes(32, number++);
          }) {}

    ledger::NetworkId network() const { return chain.genesis.network(); }
    /// The text of a request that is in order.
    std::string text(const Newcomer& node) const {
        return node.vouched(node.request(network()), authority).to_text();
    }
    NodeRecord node(const ledger::NodeId& id) const { return *chain.view().node(id); }

    /// The genesis' node of a name, as whom it can act.
    Newcomer genesis_node(std::uint32_t number) const {
        Newcomer node(k_first_node_key + number, "city-" + std::to_string(number));
        for (const auto& one : chain.genesis.nodes) {
            if (one.name == node.name) node.validator = one.validator;
        }
        return node;
    }

    Authority authority;
    Chain chain;
    Person op{800};
};

}  // namespace bsn::registry::testing
