#include "ledger/types.hpp"

namespace bsn::ledger {
namespace {

/// A hash under the name of what it identifies.
template <typename Id>
Id id_of(std::initializer_list<ByteView> parts) {
    Id id;
    Hash digest = crypto::hash(HashId::sha256, parts);
    std::memcpy(id.data(), digest.data(), Id::k_size);
    return id;
}

}  // namespace

ChannelId system_channel(const NetworkId& network) { return channel_created_by(network, TxId{}); }

ChannelId channel_created_by(const NetworkId& network, const TxId& creation) {
    return id_of<ChannelId>({network, creation});
}

NodeId node_id_of(const crypto::PublicKeyBytes& secp256r1_key) {
    return id_of<NodeId>({secp256r1_key});
}

ParticipantId participant_id_of(const PublicKey& first_key) {
    const auto suite = static_cast<std::uint8_t>(first_key.suite);
    return id_of<ParticipantId>({ByteView(&suite, 1), first_key.bytes});
}

}  // namespace bsn::ledger
