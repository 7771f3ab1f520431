#pragma once
// The identifiers of the ledger. Each is a hash, or random, and means one thing only.

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "crypto/suite.hpp"

namespace bsn::ledger {

using crypto::Hash;
using crypto::HashId;
using crypto::PublicKey;
using crypto::Signature;
using crypto::SuiteId;

struct NetworkIdTag;
struct ChannelIdTag;
struct NodeIdTag;
struct ParticipantIdTag;
struct NonceTag;
struct OrdererIdTag;

/// SHA-256 of the genesis file's bytes.
using NetworkId = FixedBytes<NetworkIdTag, 32>;
/// SHA-256 of network id and creating transaction id; the system channel's: of network id and 32
/// zero bytes.
using ChannelId = FixedBytes<ChannelIdTag, 32>;
/// SHA-256 of the city node's secp256r1 public key.
using NodeId = FixedBytes<NodeIdTag, 32>;
/// SHA-256 of suite number and first public key of a participant. It stays when the key changes.
using ParticipantId = FixedBytes<ParticipantIdTag, 32>;
/// Random bytes that a creator uses once.
using Nonce = FixedBytes<NonceTag, 16>;
/// Names one ordering log.
using OrdererId = FixedBytes<OrdererIdTag, 16>;
/// The suite's hash of a transaction's payload bytes.
using TxId = Hash;

/// The number of a block in its channel; the first is 0.
using Height = std::uint64_t;
/// The number of a channel's set of peers; the first is 0.
using Epoch = std::uint64_t;

ChannelId system_channel(const NetworkId& network);
ChannelId channel_created_by(const NetworkId& network, const TxId& creation);
NodeId node_id_of(const crypto::PublicKeyBytes& secp256r1_key);
ParticipantId participant_id_of(const PublicKey& first_key);

/// The kind byte that begins each format of ours; a version byte follows it.
namespace format {
inline constexpr std::uint8_t k_transaction = 'T';
inline constexpr std::uint8_t k_payload = 'P';
inline constexpr std::uint8_t k_batch = 'B';
inline constexpr std::uint8_t k_envelope = 'E';
inline constexpr std::uint8_t k_header = 'H';
inline constexpr std::uint8_t k_receipt = 'R';
inline constexpr std::uint8_t k_certificate = 'C';
inline constexpr std::uint8_t k_statement = 'S';
inline constexpr std::uint8_t k_epoch = 'K';
inline constexpr std::uint8_t k_control = 'O';
inline constexpr std::uint8_t k_block = 'L';
inline constexpr std::uint8_t k_node_request = 'N';
}  // namespace format

}  // namespace bsn::ledger
