#include "registry/records.hpp"

#include "base/codec.hpp"

namespace bsn::registry {
namespace {

constexpr std::uint8_t k_version = 1;
/// Of the record of an app whose transactions are of a dialect.
constexpr std::uint8_t k_dialect_version = 2;
/// Of the record of an app with settings of gateways that are not those by default.
constexpr std::uint8_t k_gateway_version = 3;
/// Of the record of an app whose chain is on a network outside.
constexpr std::uint8_t k_network_version = 4;
/// Of the record of an app whose chain is a channel of Fabric that the nodes run.
constexpr std::uint8_t k_fabric_version = 5;
/// Of the record of an app whose chain is a channel of Fabric that others run.
constexpr std::uint8_t k_fabric_network_version = 6;
/// Of the record of a participant who is, or was, a user.
constexpr std::uint8_t k_user_version = 2;

Bytes tagged(char tag, ByteView first, ByteView second = {}, ByteView third = {}) {
    Writer writer;
    writer.u8(static_cast<std::uint8_t>(tag));
    writer.raw(first);
    writer.raw(second);
    writer.raw(third);
    return writer.take();
}

void write_key(Writer& writer, const crypto::PublicKey& key) {
    writer.u8(static_cast<std::uint8_t>(key.suite));
    writer.raw(key.bytes);
}

crypto::SuiteId read_suite(Reader& reader) {
    auto suite = crypto::suite_from_number(reader.u8());
    if (!suite && !reader.failed()) reader.fail("unknown suite");
    return suite.value_or(crypto::SuiteId::secp256r1);
}

crypto::PublicKey read_key(Reader& reader) {
    crypto::PublicKey key;
    key.suite = read_suite(reader);
    key.bytes = reader.fixed<crypto::PublicKeyBytes>();
    return key;
}

void write_texts(Writer& writer, const std::vector<std::string>& texts) {
    writer.u16(static_cast<std::uint16_t>(texts.size()));
    for (const std::string& text : texts) writer.text(text);
}

std::vector<std::string> read_texts(Reader& reader) {
    std::vector<std::string> texts(reader.count16(2));
    for (std::string& text : texts) text = reader.text();
    return texts;
}

template <typename Control>
void write_controls(Writer& writer, const std::vector<Control>& controls) {
    writer.u16(static_cast<std::uint16_t>(controls.size()));
    for (const Control& control : controls) writer.bytes(ledger::encode_control(control));
}

template <typename Control>
std::vector<Control> read_controls(Reader& reader) {
    std::vector<Control> controls;
    std::size_t count = reader.count16(4);
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        auto record = ledger::decode_control(reader.bytes());
        if (!record || !std::holds_alternative<Control>(*record)) {
            reader.fail("control record damaged");
            break;
        }
        controls.push_back(std::get<Control>(*record));
    }
    return controls;
}

Writer versioned() {
    Writer writer;
    writer.u8(k_version);
    return writer;
}

/// The record's version, which is one of the known ones up to `newest`.
std::uint8_t read_version(Reader& reader, std::uint8_t newest = k_version) {
    std::uint8_t version = reader.u8();
    if (!reader.failed() && (version < k_version || version > newest)) {
        reader.fail(Code::unsupported_version,
                    "registry record version " + std::to_string(version) + " is unknown");
    }
    return version;
}

bool read_flag(Reader& reader) {
    const std::uint8_t flag = reader.u8();
    if (!reader.failed() && flag > 1) reader.fail("a flag is neither 0 nor 1");
    return flag == 1;
}

void write_dialect_part(Writer& writer, const AppRecord& record) {
    writer.u8(static_cast<std::uint8_t>(record.state_type));
    ledger::write_dialect(writer, *record.dialect);
}

void read_dialect_part(Reader& reader, AppRecord& record) {
    const std::uint8_t type = reader.u8();
    if (!reader.failed() && (type < 1 || type > 3)) reader.fail("unknown state commitment");
    record.state_type = static_cast<ledger::StateCommitmentType>(type);
    record.dialect = ledger::read_dialect(reader);
}

/// 0 is no limit: those that are set are positive.
void write_gateway(Writer& writer, const GatewaySettings& gateway) {
    writer.u8(gateway.published ? 1 : 0);
    writer.u8(static_cast<std::uint8_t>(gateway.keys));
    writer.u64(gateway.limits.transactions_per_second.value_or(0));
    writer.u64(gateway.limits.traffic_bytes_per_day.value_or(0));
    writer.u64(gateway.limits.storage_bytes.value_or(0));
}

std::optional<std::uint64_t> read_limit(Reader& reader) {
    const std::uint64_t limit = reader.u64();
    return limit == 0 ? std::nullopt : std::optional(limit);
}

GatewaySettings read_gateway(Reader& reader) {
    GatewaySettings gateway;
    gateway.published = read_flag(reader);
    const std::uint8_t keys = reader.u8();
    if (!reader.failed() && (keys < 1 || keys > 2)) reader.fail("unknown mode of users' keys");
    gateway.keys = static_cast<KeyMode>(keys);
    gateway.limits.transactions_per_second = read_limit(reader);
    gateway.limits.traffic_bytes_per_day = read_limit(reader);
    gateway.limits.storage_bytes = read_limit(reader);
    return gateway;
}

void write_network(Writer& writer, const OutsideNetwork& network) {
    write_texts(writer, network.endpoints);
    writer.text(network.authority);
    writer.u64(network.chain_id);
    writer.u64(network.group);
    writer.u16(static_cast<std::uint16_t>(network.sealers.size()));
    for (const crypto::PublicPoint& sealer : network.sealers) writer.raw(sealer);
    writer.u64(network.quorum);
}

OutsideNetwork read_network(Reader& reader) {
    OutsideNetwork network;
    network.endpoints = read_texts(reader);
    network.authority = reader.text();
    network.chain_id = reader.u64();
    network.group = reader.u64();
    network.sealers.resize(reader.count16(crypto::PublicPoint::k_size));
    for (auto& sealer : network.sealers) sealer = reader.fixed<crypto::PublicPoint>();
    network.quorum = reader.u64();
    return network;
}

}  // namespace

Bytes encode(const NodeRecord& record) {
    Writer writer = versioned();
    writer.raw(record.id);
    writer.text(record.name);
    writer.text(record.city);
    writer.text(record.operator_name);
    writer.u8(static_cast<std::uint8_t>(record.keys.size()));
    for (const auto& key : record.keys) writer.raw(key);
    writer.text(record.certificate);
    writer.u64(record.revoked_from);
    writer.u8(static_cast<std::uint8_t>(record.state));
    writer.bytes(record.validator);
    writer.text(record.peers);
    writer.text(record.ordering);
    writer.u64(record.left_from);
    writer.raw(record.predecessor);
    return writer.take();
}

Result<NodeRecord> decode_node(ByteView bytes) {
    Reader reader(bytes);
    read_version(reader);
    NodeRecord record;
    record.id = reader.fixed<ledger::NodeId>();
    record.name = reader.text();
    record.city = reader.text();
    record.operator_name = reader.text();
    record.keys.resize(reader.u8());
    for (auto& key : record.keys) key = reader.fixed<crypto::PublicKeyBytes>();
    record.certificate = reader.text();
    record.revoked_from = reader.u64();
    std::uint8_t state = reader.u8();
    if (!reader.failed() && (state < 1 || state > 4)) reader.fail("unknown state of a city node");
    record.state = static_cast<NodeState>(state);
    record.validator = to_bytes(reader.bytes(k_validator_key_bytes));
    if (!record.validator.empty() && record.validator.size() != k_validator_key_bytes) {
        reader.fail("a validator key has 32 bytes");
    }
    record.peers = reader.text();
    record.ordering = reader.text();
    record.left_from = reader.u64();
    record.predecessor = reader.fixed<ledger::NodeId>();
    BSN_CHECK(reader.finish("node record"));
    return record;
}

Bytes encode(const ParticipantRecord& record, bool may_publish) {
    Writer writer;
    writer.u8(record.sponsorship ? k_user_version : k_version);
    writer.raw(record.id);
    write_key(writer, record.key);
    writer.text(record.name);
    writer.u8(record.revoked ? 1 : 0);
    writer.u8(may_publish ? 1 : 0);
    if (record.sponsorship) {
        writer.raw(record.sponsorship->sponsor);
        writer.raw(record.sponsorship->channel);
    }
    return writer.take();
}

Result<StoredParticipant> decode_participant(ByteView bytes) {
    Reader reader(bytes);
    const std::uint8_t version = read_version(reader, k_user_version);
    StoredParticipant stored;
    stored.record.id = reader.fixed<ledger::ParticipantId>();
    stored.record.key = read_key(reader);
    stored.record.name = reader.text();
    stored.record.revoked = reader.u8() != 0;
    stored.may_publish = reader.u8() != 0;
    if (version == k_user_version) {
        Sponsorship& of = stored.record.sponsorship.emplace();
        of.sponsor = reader.fixed<ledger::ParticipantId>();
        of.channel = reader.fixed<ledger::ChannelId>();
    }
    BSN_CHECK(reader.finish("participant record"));
    return stored;
}

Bytes encode(const MemberRecord& record) {
    Writer writer = versioned();
    writer.raw(record.participant);
    writer.u8(static_cast<std::uint8_t>(record.state));
    write_texts(writer, record.roles);
    return writer.take();
}

Result<MemberRecord> decode_member(ByteView bytes) {
    Reader reader(bytes);
    read_version(reader);
    MemberRecord record;
    record.participant = reader.fixed<ledger::ParticipantId>();
    std::uint8_t state = reader.u8();
    if (!reader.failed() && (state < 1 || state > 4)) reader.fail("unknown membership state");
    record.state = static_cast<MembershipState>(state);
    record.roles = read_texts(reader);
    BSN_CHECK(reader.finish("member record"));
    return record;
}

Bytes encode(const AppRecord& record) {
    const bool has_gateway = record.is_foreign() || record.gateway != GatewaySettings{};
    Writer writer;
    writer.u8(record.fabric_network ? k_fabric_network_version
              : record.fabric       ? k_fabric_version
              : record.network      ? k_network_version
              : has_gateway         ? k_gateway_version
              : record.dialect      ? k_dialect_version
                                    : k_version);
    writer.raw(record.channel);
    writer.raw(record.creation);
    writer.text(record.name);
    writer.text(record.description);
    writer.text(record.framework);
    writer.u8(static_cast<std::uint8_t>(record.suite));
    writer.raw(record.publisher);
    writer.u8(record.open_to_join ? 1 : 0);
    writer.u8(static_cast<std::uint8_t>(record.state));
    writer.text(record.reason);
    writer.bytes(record.epoch.encode());
    write_controls(writer, record.contracts);
    write_controls(writer, record.roles);
    writer.u64(record.created);
    if (has_gateway) writer.u8(record.dialect ? 1 : 0);
    if (record.dialect) write_dialect_part(writer, record);
    if (has_gateway) write_gateway(writer, record.gateway);
    if (record.network) write_network(writer, *record.network);
    if (record.fabric) write_fabric(writer, *record.fabric);
    if (record.fabric_network) write_fabric_network(writer, *record.fabric_network);
    return writer.take();
}

Result<AppRecord> decode_app(ByteView bytes) {
    Reader reader(bytes);
    const std::uint8_t version = read_version(reader, k_fabric_network_version);
    AppRecord record;
    record.channel = reader.fixed<ledger::ChannelId>();
    record.creation = reader.fixed<ledger::TxId>();
    record.name = reader.text();
    record.description = reader.text();
    record.framework = reader.text();
    record.suite = read_suite(reader);
    record.publisher = reader.fixed<ledger::ParticipantId>();
    record.open_to_join = reader.u8() != 0;
    std::uint8_t state = reader.u8();
    if (!reader.failed() && (state < 1 || state > 2)) reader.fail("unknown app state");
    record.state = static_cast<ledger::AppState>(state);
    record.reason = reader.text();
    ByteView epoch = reader.bytes();
    record.contracts = read_controls<ledger::ContractControl>(reader);
    record.roles = read_controls<ledger::RoleControl>(reader);
    record.created = reader.u64();
    const bool has_gateway = version >= k_gateway_version;
    const bool has_dialect = has_gateway ? read_flag(reader) : version == k_dialect_version;
    if (has_dialect && !reader.failed()) read_dialect_part(reader, record);
    if (has_gateway && !reader.failed()) record.gateway = read_gateway(reader);
    if (version == k_network_version && !reader.failed()) record.network = read_network(reader);
    if (version == k_fabric_version && !reader.failed()) record.fabric = read_fabric(reader);
    if (version == k_fabric_network_version && !reader.failed()) {
        record.fabric_network = read_fabric_network(reader);
    }
    BSN_CHECK(reader.finish("app record"));
    BSN_TRY(decoded, ledger::EpochRecord::decode(epoch));
    record.epoch = std::move(decoded);
    return record;
}

Bytes encode(const UsageRecord& record) {
    Writer writer = versioned();
    writer.raw(record.node);
    writer.u64(record.transactions);
    writer.u64(record.refused);
    writer.u64(record.traffic_bytes);
    writer.u64(record.storage_bytes);
    return writer.take();
}

Result<UsageRecord> decode_usage(ByteView bytes) {
    Reader reader(bytes);
    read_version(reader);
    UsageRecord record;
    record.node = reader.fixed<ledger::NodeId>();
    record.transactions = reader.u64();
    record.refused = reader.u64();
    record.traffic_bytes = reader.u64();
    record.storage_bytes = reader.u64();
    BSN_CHECK(reader.finish("usage record"));
    return record;
}

Bytes encode(const Settings& settings) {
    Writer writer = versioned();
    writer.u16(settings.approvals);
    writer.u16(static_cast<std::uint16_t>(settings.operators.size()));
    for (const auto& id : settings.operators) writer.raw(id);
    return writer.take();
}

Result<Settings> decode_settings(ByteView bytes) {
    Reader reader(bytes);
    read_version(reader);
    Settings settings;
    settings.approvals = reader.u16();
    settings.operators.resize(reader.count16(ledger::ParticipantId::size()));
    for (auto& id : settings.operators) id = reader.fixed<ledger::ParticipantId>();
    BSN_CHECK(reader.finish("network settings"));
    return settings;
}

Bytes node_key(const ledger::NodeId& id) { return tagged(k_node_tag, id); }
Bytes participant_key(const ledger::ParticipantId& id) { return tagged(k_participant_tag, id); }
Bytes app_key(std::string_view name) { return tagged(k_app_tag, as_bytes(name)); }
Bytes member_key(const ledger::ChannelId& channel, const ledger::ParticipantId* participant) {
    return participant == nullptr ? tagged(k_member_tag, channel)
                                  : tagged(k_member_tag, channel, *participant);
}
Bytes membership_key(const ledger::ParticipantId& participant, std::string_view app) {
    return tagged('j', participant, as_bytes(app));
}
Bytes user_key(const ledger::ChannelId& channel, const ledger::ParticipantId& sponsor,
               std::string_view name) {
    return tagged(k_user_tag, channel, sponsor, as_bytes(name));
}
Bytes custodian_key(const ledger::ChannelId& channel, const ledger::ParticipantId& member) {
    return tagged(k_custodian_tag, channel, member);
}
Bytes usage_key(const ledger::ChannelId& channel, std::string_view day,
                const ledger::NodeId* node) {
    return node == nullptr ? tagged(k_usage_tag, channel, as_bytes(day))
                           : tagged(k_usage_tag, channel, as_bytes(day), *node);
}
Bytes fabric_key(const ledger::NodeId& node, std::string_view release) {
    const bool is_first = release == k_fabric_releases.front();
    return tagged(k_fabric_tag, node, is_first ? ByteView() : as_bytes(release));
}
Bytes approval_key(const ledger::Hash& change) { return tagged('v', change); }
Bytes settings_key() { return tagged('s', {}); }
Bytes authority_key() { return tagged('c', {}); }
Bytes system_epoch_key() { return tagged('e', {}); }

}  // namespace bsn::registry
