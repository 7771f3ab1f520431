#pragma once
// Signatures of city nodes: statements, certificates, and the epochs that say whose count.
// `docs/formats.md` 5.

#include "crypto/private_key.hpp"
#include "ledger/types.hpp"

#include <string>
#include <vector>

namespace bsn::ledger {

/// What a signature is for. A signature made for one purpose proves nothing for another.
enum class Purpose : std::uint8_t {
    availability = 1,  ///< "I hold this batch durably and checked its transactions"
    header = 2,        ///< "I executed up to this header and hold the block durably"
    void_batch = 3,    ///< "I shall not execute this envelope", or the withdrawal of that
    request = 4,       ///< a client's request to a city node
    answer = 5,        ///< a city node's answer
    export_key = 6,    ///< "I want the key that the city node keeps for my user"
};

/// The bytes that a node (or client) signs: purpose, network, channel, epoch, then the body.
Bytes encode_statement(Purpose purpose, const NetworkId& network, const ChannelId& channel,
                       Epoch epoch, ByteView body);

/// How many of n peers make a quorum: 1 of 1, 2 of 2, 2 of 3, then floor(2n/3)+1.
std::size_t quorum_of(std::size_t peers);

/// One peer of a channel during an epoch.
struct EpochPeer {
    NodeId node;
    std::string name;  ///< the city node's
    std::string operator_name;
    std::vector<crypto::PublicKeyBytes> keys;  ///< one for each suite of the record, in its order

    auto operator<=>(const EpochPeer&) const = default;
};

/// A node whose signatures no longer count.
struct RevokedNode {
    NodeId node;
    std::uint64_t from_order_height = 0;  ///< the first ordering height at which they do not

    auto operator<=>(const RevokedNode&) const = default;
};

/// A fixed set of peers with their keys. The set of epoch e+1 is named by the last header of
/// epoch e; the set of epoch 0 by the channel's creation (the system channel's by the genesis).
struct EpochRecord {
    ChannelId channel;
    Epoch epoch = 0;
    std::uint64_t from_order_height = 0;  ///< made by what was ordered below this height
    std::vector<SuiteId> suites;          ///< certification suites, at least one, ascending
    std::vector<EpochPeer> peers;         ///< ascending by node id, at most 1,000
    std::vector<RevokedNode> revoked;     ///< all that were revoked so far, ascending by node id

    std::size_t quorum() const { return quorum_of(peers.size()); }
    /// The index of a node among the peers, if it is one.
    std::optional<std::uint16_t> index_of(const NodeId& node) const;
    bool is_revoked(const NodeId& node, std::uint64_t order_height) const;

    Bytes encode() const;
    static Result<EpochRecord> decode(ByteView bytes);
    /// SHA-256 of the encoding.
    Hash hash() const;

    auto operator<=>(const EpochRecord&) const = default;
};

/// One peer's signature of a statement.
struct PeerSignature {
    std::uint16_t peer = 0;  ///< index among the epoch's peers
    Signature signature;

    auto operator<=>(const PeerSignature&) const = default;
};

/// Signatures of distinct peers of one epoch, in one suite, of one statement.
struct Certificate {
    SuiteId suite = SuiteId::secp256r1;
    std::vector<PeerSignature> signatures;  ///< strictly ascending by peer

    Bytes encode() const;
    static Result<Certificate> decode(ByteView bytes);

    bool operator==(const Certificate&) const = default;
};

/// Whether a certificate holds valid signatures of at least a quorum of the epoch's peers, and no
/// other signature. `order_height` is that of what is certified; a node that is revoked from there
/// on (by `epoch.revoked` or `also_revoked`) makes the certificate invalid.
Status check_certificate(const Certificate& certificate, const EpochRecord& epoch,
                         ByteView statement, std::uint64_t order_height,
                         const std::vector<RevokedNode>& also_revoked = {});

/// Whether one peer's signature in one suite is valid; the epoch's revocations are respected.
Status check_peer_signature(const PeerSignature& signature, SuiteId suite, const EpochRecord& epoch,
                            ByteView statement, std::uint64_t order_height);

}  // namespace bsn::ledger
