#pragma once
// The genesis file: the one thing that a verifier must have from a source that it trusts.
// `docs/formats.md` 2.

#include "ledger/certificate.hpp"
#include "ledger/envelope.hpp"

#include <string>
#include <vector>

namespace bsn::ledger {

/// A city node as the network begins.
struct GenesisNode {
    std::string name;
    std::string city;
    std::string operator_name;
    crypto::PublicKeyBytes secp256r1;
    crypto::PublicKeyBytes secp256k1;
    crypto::PublicKeyBytes sm2;
    /// Ed25519 public key, 32 bytes, of a validator of the ordering service; empty: it is none.
    Bytes validator;
    std::string certificate;  ///< PEM, issued by the network's authority

    NodeId id() const { return node_id_of(secp256r1); }
};

/// Someone who may change the network itself.
struct GenesisOperator {
    std::string name;
    PublicKey key;

    ParticipantId id() const { return participant_id_of(key); }
};

enum class OrderingType : std::uint8_t { embedded, cometbft };
std::string_view ordering_name(OrderingType type);

struct Genesis {
    std::string name;
    UnixMillis created = 0;
    OrderingType ordering = OrderingType::embedded;
    OrdererId orderer;
    std::uint16_t approvals = 1;  ///< operators who must agree to change the network
    std::vector<GenesisOperator> operators;
    std::vector<GenesisNode> nodes;  ///< ascending by node id
    std::string authority;           ///< the certificate authority's certificate, PEM

    /// The canonical file: JSON in the order and layout of `docs/formats.md` 2.
    std::string to_json() const;
    /// Accepts the canonical form only.
    static Result<Genesis> from_json(std::string_view text);
    /// SHA-256 of the canonical file.
    NetworkId network() const;
    /// The system channel's epoch 0: all nodes, in all suites' keys, certifying in secp256r1.
    EpochRecord system_epoch() const;
};

}  // namespace bsn::ledger
