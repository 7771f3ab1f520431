#include "framework/fabric/network/channel_configuration.hpp"

#include "crypto/certificate_authority.hpp"
#include "crypto/hash.hpp"
#include "framework/fabric/client/block.hpp"
#include "framework/fabric/client/proposal_builder.hpp"
#include "framework/fabric/client/timestamp.hpp"
#include "framework/fabric/network/configuration_parts.hpp"
#include "framework/fabric/network/ordering_service.hpp"

#include <common/configuration.pb.h>
#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <msp/msp_config.pb.h>
#include <orderer/configuration.pb.h>
#include <peer/configuration.pb.h>

#include <charconv>
#include <limits>

namespace bsn::framework::fabric {
namespace {

using common::ConfigGroup;
using common::MSPRole;
using registry::FabricMember;
using registry::FabricOrganisation;

constexpr std::uint32_t k_absolute_max_bytes = 10U << 20;
constexpr std::uint32_t k_preferred_max_bytes = 2U << 20;
constexpr std::size_t k_nonce_bytes = 24;

struct Address {
    std::string host;
    std::uint32_t port = 0;
};

Result<Address> address_from(const std::string& text) {
    Address address;
    const std::size_t colon = text.rfind(':');
    if (colon != std::string::npos) {
        address.host = text.substr(0, colon);
        const char* end = text.data() + text.size();
        const auto [read, failure] = std::from_chars(text.data() + colon + 1, end, address.port);
        if (failure == std::errc{} && read == end && !address.host.empty()) return address;
    }
    return Error{Code::invalid_argument, fmt::format("'{}' is no address HOST:PORT", text)};
}

/// A group whose administrators may change what is in it.
ConfigGroup new_group() {
    ConfigGroup group;
    group.set_mod_policy("Admins");
    return group;
}

msp::FabricOUIdentifier role_unit(const FabricOrganisation& organisation, const char* unit) {
    msp::FabricOUIdentifier identifier;
    identifier.set_certificate(organisation.authority);
    identifier.set_organizational_unit_identifier(unit);
    return identifier;
}

msp::MSPConfig msp_of(const FabricOrganisation& organisation) {
    msp::FabricMSPConfig fabric;
    fabric.set_name(organisation.msp);
    fabric.add_root_certs(organisation.authority);
    fabric.add_tls_root_certs(organisation.tls_authority);
    fabric.mutable_crypto_config()->set_signature_hash_family("SHA2");
    fabric.mutable_crypto_config()->set_identity_identifier_hash_function("SHA256");
    msp::FabricNodeOUs& units = *fabric.mutable_fabric_node_ous();
    units.set_enable(true);
    *units.mutable_client_ou_identifier() = role_unit(organisation, "client");
    *units.mutable_peer_ou_identifier() = role_unit(organisation, "peer");
    *units.mutable_admin_ou_identifier() = role_unit(organisation, "admin");
    *units.mutable_orderer_ou_identifier() = role_unit(organisation, "orderer");
    msp::MSPConfig config;  // type 0: this one
    config.set_config(in_order(fabric));
    return config;
}

/// An organisation, whoever may write in its name being given.
ConfigGroup organisation_group(const FabricOrganisation& organisation,
                               MSPRole::MSPRoleType writer) {
    ConfigGroup group = new_group();
    put_value(group, "MSP", msp_of(organisation));
    put_signature_policy(group, "Readers", organisation.msp, MSPRole::MEMBER);
    put_signature_policy(group, "Writers", organisation.msp, writer);
    put_signature_policy(group, "Admins", organisation.msp, MSPRole::ADMIN);
    return group;
}

Result<ConfigGroup> application_group(const registry::FabricChannel& channel) {
    ConfigGroup group = new_group();
    put_usual_policies(group);
    for (const char* policy : {"Endorsement", "LifecycleEndorsement"}) {
        put_implicit_policy(group, policy, common::ImplicitMetaPolicy::MAJORITY, "Endorsement");
    }
    put_capability(group, "V2_5");
    for (const FabricMember& member : channel.members) {
        const FabricOrganisation& organisation = member.organisation;
        BSN_TRY(peer, address_from(organisation.peer));
        ConfigGroup own = organisation_group(organisation, MSPRole::MEMBER);
        put_signature_policy(own, "Endorsement", organisation.msp, MSPRole::PEER);
        protos::AnchorPeers anchors;
        anchors.add_anchor_peers()->set_host(peer.host);
        anchors.mutable_anchor_peers(0)->set_port(static_cast<std::int32_t>(peer.port));
        put_value(own, "AnchorPeers", anchors);
        (*group.mutable_groups())[organisation.msp] = std::move(own);
    }
    return group;
}

void put_batch(ConfigGroup& group, const registry::FabricBatch& batch) {
    orderer::BatchSize size;
    size.set_max_message_count(batch.max_messages);
    size.set_absolute_max_bytes(k_absolute_max_bytes);
    size.set_preferred_max_bytes(k_preferred_max_bytes);
    put_value(group, "BatchSize", size);
    orderer::BatchTimeout timeout;
    timeout.set_timeout(fmt::format("{}ms", batch.timeout_ms));
    put_value(group, "BatchTimeout", timeout);
    put_value(group, "ChannelRestrictions", orderer::ChannelRestrictions());
}

Result<ConfigGroup> orderer_group(const registry::FabricChannel& channel) {
    ConfigGroup group = new_group();
    put_usual_policies(group);
    put_batch(group, channel.batch);
    put_capability(group, "V2_0");
    std::vector<PlannedConsenter> consenters;
    for (const FabricMember& member : channel.members) {
        if (!member.orders) continue;
        const FabricOrganisation& organisation = member.organisation;
        BSN_TRY(address, address_from(organisation.orderer));
        consenters.push_back({address.host, address.port, organisation.msp,
                              organisation.orderer_certificate, organisation.orderer_identity});
        // In this group writing is signing blocks: for orderers, not for all members.
        ConfigGroup own = organisation_group(organisation, MSPRole::ORDERER);
        common::OrdererAddresses endpoints;
        endpoints.add_addresses(organisation.orderer);
        put_value(own, "Endpoints", endpoints);
        (*group.mutable_groups())[organisation.msp] = std::move(own);
    }
    if (consenters.empty()) {
        return Error{Code::invalid_argument, "none of the channel's organisations orders"};
    }
    put_ordering_service(group, channel, consenters);
    return group;
}

Result<ConfigGroup> channel_group(const registry::FabricChannel& channel) {
    ConfigGroup group = new_group();
    put_usual_policies(group);
    common::HashingAlgorithm hashing;
    hashing.set_name("SHA256");
    put_value(group, "HashingAlgorithm", hashing);
    common::BlockDataHashingStructure structure;
    structure.set_width(std::numeric_limits<std::uint32_t>::max());
    put_value(group, "BlockDataHashingStructure", structure);
    put_capability(group, channel.ordering == registry::FabricOrdering::bft ? "V3_0" : "V2_0");
    BSN_TRY(ordering, orderer_group(channel));
    (*group.mutable_groups())["Orderer"] = std::move(ordering);
    BSN_TRY(application, application_group(channel));
    (*group.mutable_groups())["Application"] = std::move(application);
    return group;
}

Status check_certificates(const registry::FabricChannel& channel) {
    const bool bft = channel.ordering == registry::FabricOrdering::bft;
    for (const FabricMember& member : channel.members) {
        const FabricOrganisation& organisation = member.organisation;
        for (const auto& [what, pem] :
             {std::pair("authority", &organisation.authority),
              {"authority of connections", &organisation.tls_authority},
              {"orderer", member.orders ? &organisation.orderer_certificate : nullptr},
              {"orderer's identity",
               bft && member.orders ? &organisation.orderer_identity : nullptr}}) {
            if (pem == nullptr) continue;
            if (auto key = crypto::key_of_certificate(*pem); !key) {
                return key.error().within(fmt::format(
                    "city node {} announced no certificate of its {}", member.name, what));
            }
        }
    }
    return {};
}

/// Twenty-four bytes that no other channel has.
std::string nonce_of(const std::string& channel) {
    const crypto::Hash hash = crypto::hash(
        crypto::HashId::sha256, {as_bytes("genesis block of channel "), as_bytes(channel)});
    return to_text(hash.view().first(k_nonce_bytes));
}

common::Envelope envelope_of(const ChannelPlan& plan, const ConfigGroup& group) {
    const std::string nonce = nonce_of(plan.name);
    common::ChannelHeader header;
    header.set_type(common::CONFIG);
    header.set_version(0);
    set_timestamp(*header.mutable_timestamp(), plan.created);
    header.set_channel_id(plan.name);
    header.set_tx_id(transaction_id_of(nonce, "", crypto::HashId::sha256));
    common::SignatureHeader signature;
    signature.set_nonce(nonce);
    common::ConfigEnvelope config;
    *config.mutable_config()->mutable_channel_group() = group;
    common::Payload payload;
    payload.mutable_header()->set_channel_header(in_order(header));
    payload.mutable_header()->set_signature_header(in_order(signature));
    payload.set_data(in_order(config));
    common::Envelope envelope;
    envelope.set_payload(in_order(payload));
    return envelope;
}

/// As BlockMetadataIndex has them; by number, since one of them is deprecated.
constexpr int k_signatures = 0;
constexpr int k_last_config = 1;
constexpr int k_metadata = 5;

void put_metadata(common::Block& block) {
    common::OrdererBlockMetadata orderer;
    orderer.mutable_last_config()->set_index(0);
    common::Metadata last;
    last.set_value(in_order(orderer.last_config()));
    common::Metadata signatures;
    signatures.set_value(in_order(orderer));
    for (int i = 0; i < k_metadata; ++i) block.mutable_metadata()->add_metadata();
    *block.mutable_metadata()->mutable_metadata(k_last_config) = in_order(last);
    *block.mutable_metadata()->mutable_metadata(k_signatures) = in_order(signatures);
}

}  // namespace

std::string in_order(const google::protobuf::Message& message) {
    std::string bytes;
    {
        google::protobuf::io::StringOutputStream stream(&bytes);
        google::protobuf::io::CodedOutputStream coded(&stream);
        coded.SetSerializationDeterministic(true);
        ensure(message.SerializeToCodedStream(&coded), "a message of protobuf must be writable");
    }
    return bytes;
}

std::string channel_name(ByteView channel) { return "app-" + to_hex(channel); }

Result<common::Block> genesis_block(const ChannelPlan& plan) {
    BSN_CHECK(check_certificates(plan.channel));
    BSN_TRY(group, channel_group(plan.channel));
    common::Block block;
    block.mutable_header()->set_number(0);
    block.mutable_data()->add_data(in_order(envelope_of(plan, group)));
    const crypto::Hash hash = data_hash(block.data(), crypto::HashId::sha256);
    block.mutable_header()->set_data_hash(to_text(hash.view()));
    put_metadata(block);
    return block;
}

}  // namespace bsn::framework::fabric
