#pragma once
// What a city node asks of the operators: to be let into the network, or to go on with new keys.
// `docs/formats.md` 14.

#include "ledger/certificate.hpp"

#include <string>

namespace bsn::registry {

/// A request travels from the node to the certificate authority, and from there to the operators.
struct NodeRequest {
    ledger::NetworkId network;
    std::string name;  ///< 1 to 64 letters, digits, `-` and `_`
    std::string city;
    std::string operator_name;
    crypto::PublicKeyBytes secp256r1;
    crypto::PublicKeyBytes secp256k1;
    crypto::PublicKeyBytes sm2;
    Bytes validator;       ///< Ed25519 public key, 32 bytes; empty: it only follows the order
    std::string peers;     ///< host:port at which other nodes connect
    std::string ordering;  ///< `ID@host:port` of its CometBFT; empty: it runs none
    /// The node whose place it takes; zero: none.
    ledger::NodeId replaces;
    ledger::Signature signature;        ///< of the statement, by the secp256r1 key
    ledger::Signature other_signature;  ///< by that of the node that it replaces; zero: none
    std::string certificate;            ///< PEM; empty: not issued yet

    ledger::NodeId id() const { return ledger::node_id_of(secp256r1); }
    bool replaces_another() const { return replaces != ledger::NodeId(); }
    /// What both signatures cover: purpose `request`, the system channel, epoch 0, text "add_node"
    /// or "rotate_node", then the request without signatures and certificate.
    Bytes statement() const;
    /// Whether the node itself has signed, and its keys are points of their curves.
    Status check_own_signature() const;

    Bytes encode() const;
    /// Checks the form and the bounds of every field; of signatures and keys, their sizes only.
    static Result<NodeRequest> decode(ByteView bytes);
    /// The encoding in hexadecimal digits, as it stands in files and transactions.
    std::string to_text() const { return to_hex(encode()); }
    /// Reads such a text; blanks and line ends around it do not matter.
    static Result<NodeRequest> from_text(std::string_view text);

    auto operator<=>(const NodeRequest&) const = default;
};

/// `invalid_argument` unless the text is HOST:PORT with a port of 1 to 65535; an IPv6 address
/// stands in brackets.
Status check_node_address(std::string_view text);
/// The host of such an address, without brackets.
std::string host_of_address(std::string_view address);

}  // namespace bsn::registry
