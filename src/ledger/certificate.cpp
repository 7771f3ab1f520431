#include "ledger/certificate.hpp"

#include "ledger/fields.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::ledger {
namespace {

constexpr std::uint8_t k_version = 1;
constexpr std::size_t k_max_peers = 1000;
constexpr std::size_t k_revoked_bytes = NodeId::k_size + 8;
constexpr std::size_t k_peer_signature_bytes = 2 + Signature::k_size;

/// The first element of a list ascending by node id whose node is not below `node`.
template <typename List>
auto lower_bound_node(const List& list, const NodeId& node) {
    return std::lower_bound(
        list.begin(), list.end(), node,
        [](const auto& element, const NodeId& id) { return element.node < id; });
}

template <typename List>
bool is_ascending_by_node(const List& list) {
    return std::adjacent_find(list.begin(), list.end(), [](const auto& left, const auto& right) {
               return left.node >= right.node;
           }) == list.end();
}

template <typename List>
bool is_ascending(const List& list) {
    return std::adjacent_find(list.begin(), list.end(), std::greater_equal<>()) == list.end();
}

std::vector<SuiteId> read_suites(Reader& reader) {
    std::vector<SuiteId> suites;
    const std::size_t count = reader.u8();
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        suites.push_back(read_suite(reader));
    }
    if (suites.empty()) reader.fail("no certification suite");
    if (!is_ascending(suites)) reader.fail("suites are not ascending");
    return suites;
}

std::vector<EpochPeer> read_peers(Reader& reader, std::size_t suites) {
    const std::size_t count =
        reader.count16(NodeId::k_size + 2 + 2 + suites * crypto::PublicKeyBytes::k_size);
    if (count == 0) reader.fail("an epoch has at least one peer");
    if (count > k_max_peers) {
        reader.fail(Code::too_large,
                    fmt::format("{} peers, at most {} are allowed", count, k_max_peers));
    }
    std::vector<EpochPeer> peers;
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        EpochPeer& peer = peers.emplace_back();
        peer.node = reader.fixed<NodeId>();
        peer.name = reader.text();
        peer.operator_name = reader.text();
        for (std::size_t k = 0; k < suites; ++k) {
            peer.keys.push_back(reader.fixed<crypto::PublicKeyBytes>());
        }
    }
    if (!is_ascending_by_node(peers)) reader.fail("peers are not ascending by node id");
    return peers;
}

std::vector<RevokedNode> read_revoked(Reader& reader) {
    const std::size_t count = reader.count16(k_revoked_bytes);
    std::vector<RevokedNode> revoked;
    revoked.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        RevokedNode& node = revoked.emplace_back();
        node.node = reader.fixed<NodeId>();
        node.from_order_height = reader.u64();
    }
    if (!is_ascending_by_node(revoked)) reader.fail("revoked nodes are not ascending by node id");
    return revoked;
}

/// Where a suite's keys stand in each peer's list.
Result<std::size_t> key_index(const EpochRecord& epoch, SuiteId suite) {
    const auto found = std::find(epoch.suites.begin(), epoch.suites.end(), suite);
    if (found == epoch.suites.end()) {
        return Error{Code::wrong_suite, fmt::format("epoch {} does not certify in {}", epoch.epoch,
                                                    crypto::suite_name(suite))};
    }
    return static_cast<std::size_t>(found - epoch.suites.begin());
}

/// The peer of an index, if its signatures count at that height.
Result<const EpochPeer*> find_signer(std::uint16_t index, const EpochRecord& epoch,
                                     std::uint64_t order_height) {
    if (index >= epoch.peers.size()) {
        return Error{Code::bad_signature, fmt::format("signed by peer {}, epoch {} has only {}",
                                                      index, epoch.epoch, epoch.peers.size())};
    }
    const EpochPeer& peer = epoch.peers[index];
    if (epoch.is_revoked(peer.node, order_height)) {
        return Error{Code::bad_signature,
                     fmt::format("signed by {}, revoked before ordering height {}", peer.name,
                                 order_height)};
    }
    return &peer;
}

Status verify_peer(const PeerSignature& signature, const EpochPeer& peer, SuiteId suite,
                   std::size_t key, ByteView statement) {
    ensure(key < peer.keys.size(), "an epoch's peer without a key for each suite");
    auto verified = crypto::verify({suite, peer.keys[key]}, statement, signature.signature);
    if (!verified) return verified.error().within(fmt::format("signature of {}", peer.name));
    return {};
}

}  // namespace

Bytes encode_statement(Purpose purpose, const NetworkId& network, const ChannelId& channel,
                       Epoch epoch, ByteView body) {
    Writer writer(3 + NetworkId::k_size + ChannelId::k_size + 8 + body.size());
    writer.u8(format::k_statement);
    writer.u8(k_version);
    writer.u8(number_of(purpose));
    writer.raw(network);
    writer.raw(channel);
    writer.u64(epoch);
    writer.raw(body);
    return writer.take();
}

std::size_t quorum_of(std::size_t peers) { return peers == 3 ? 2 : 2 * peers / 3 + 1; }

std::optional<std::uint16_t> EpochRecord::index_of(const NodeId& node) const {
    const auto found = lower_bound_node(peers, node);
    if (found == peers.end() || found->node != node) return std::nullopt;
    return static_cast<std::uint16_t>(found - peers.begin());
}

bool EpochRecord::is_revoked(const NodeId& node, std::uint64_t order_height) const {
    const auto found = lower_bound_node(revoked, node);
    return found != revoked.end() && found->node == node &&
           order_height >= found->from_order_height;
}

Bytes EpochRecord::encode() const {
    Writer writer;
    writer.u8(format::k_epoch);
    writer.u8(k_version);
    writer.raw(channel);
    writer.u64(epoch);
    writer.u64(from_order_height);
    writer.u8(count_u8(suites.size()));
    for (SuiteId suite : suites) writer.u8(number_of(suite));
    writer.u16(count_u16(peers.size()));
    for (const EpochPeer& peer : peers) {
        ensure(peer.keys.size() == suites.size(), "an epoch's peer needs one key for each suite");
        writer.raw(peer.node);
        writer.text(peer.name);
        writer.text(peer.operator_name);
        for (const crypto::PublicKeyBytes& key : peer.keys) writer.raw(key);
    }
    writer.u16(count_u16(revoked.size()));
    for (const RevokedNode& node : revoked) {
        writer.raw(node.node);
        writer.u64(node.from_order_height);
    }
    return writer.take();
}

Result<EpochRecord> EpochRecord::decode(ByteView bytes) {
    Reader reader(bytes);
    reader.format(format::k_epoch, k_version, "epoch record");
    EpochRecord record;
    record.channel = reader.fixed<ChannelId>();
    record.epoch = reader.u64();
    record.from_order_height = reader.u64();
    record.suites = read_suites(reader);
    record.peers = read_peers(reader, record.suites.size());
    record.revoked = read_revoked(reader);
    BSN_CHECK(reader.finish("epoch record"));
    return record;
}

Hash EpochRecord::hash() const { return crypto::hash(HashId::sha256, encode()); }

Bytes Certificate::encode() const {
    Writer writer(5 + signatures.size() * k_peer_signature_bytes);
    writer.u8(format::k_certificate);
    writer.u8(k_version);
    writer.u8(number_of(suite));
    writer.u16(count_u16(signatures.size()));
    for (const PeerSignature& signature : signatures) {
        writer.u16(signature.peer);
        writer.raw(signature.signature);
    }
    return writer.take();
}

Result<Certificate> Certificate::decode(ByteView bytes) {
    Reader reader(bytes);
    reader.format(format::k_certificate, k_version, "certificate");
    Certificate certificate;
    certificate.suite = read_suite(reader);
    const std::size_t count = reader.count16(k_peer_signature_bytes);
    certificate.signatures.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        PeerSignature& signature = certificate.signatures.emplace_back();
        signature.peer = reader.u16();
        signature.signature = reader.fixed<Signature>();
        if (i > 0 && certificate.signatures[i - 1].peer >= signature.peer) {
            reader.fail("signatures are not strictly ascending by peer");
        }
    }
    BSN_CHECK(reader.finish("certificate"));
    return certificate;
}

Status check_certificate(const Certificate& certificate, const EpochRecord& epoch,
                         ByteView statement, std::uint64_t order_height,
                         const std::vector<RevokedNode>& also_revoked) {
    // What costs nothing is checked first, so that a forged certificate wastes no verification.
    BSN_TRY(key, key_index(epoch, certificate.suite));
    const auto& signatures = certificate.signatures;
    if (signatures.size() < epoch.quorum()) {
        return Error{Code::bad_signature,
                     fmt::format("{} signatures, a quorum is {} of {}", signatures.size(),
                                 epoch.quorum(), epoch.peers.size())};
    }
    std::vector<const EpochPeer*> signers;
    signers.reserve(signatures.size());
    for (std::size_t i = 0; i < signatures.size(); ++i) {
        if (i > 0 && signatures[i - 1].peer >= signatures[i].peer) {
            return Error{Code::bad_signature, "signatures are not strictly ascending by peer"};
        }
        BSN_TRY(peer, find_signer(signatures[i].peer, epoch, order_height));
        for (const RevokedNode& revoked : also_revoked) {
            if (revoked.node == peer->node && order_height >= revoked.from_order_height) {
                return Error{Code::bad_signature,
                             fmt::format("signed by {}, revoked from ordering height {} on",
                                         peer->name, revoked.from_order_height)};
            }
        }
        signers.push_back(peer);
    }
    for (std::size_t i = 0; i < signatures.size(); ++i) {
        BSN_CHECK(verify_peer(signatures[i], *signers[i], certificate.suite, key, statement));
    }
    return {};
}

Status check_peer_signature(const PeerSignature& signature, SuiteId suite, const EpochRecord& epoch,
                            ByteView statement, std::uint64_t order_height) {
    BSN_TRY(key, key_index(epoch, suite));
    BSN_TRY(peer, find_signer(signature.peer, epoch, order_height));
    return verify_peer(signature, *peer, suite, key, statement);
}

}  // namespace bsn::ledger
