#pragma once
// A channel of three organisations and an orderer: its configuration, and blocks as it would make.

#include "certificates.hpp"
#include "client_fixture.hpp"
#include "framework/fabric/client/channel_config.hpp"
#include "framework/fabric/client/proof.hpp"
#include "framework/fabric/network/configuration_parts.hpp"

#include <common/configtx.pb.h>
#include <common/configuration.pb.h>
#include <fabric_bft.pb.h>
#include <msp/msp_config.pb.h>
#include <orderer/configuration.pb.h>
#include <orderer/etcdraft/configuration.pb.h>

namespace bsn::framework::fabric::testing {

template <typename Message>
void set_value(common::ConfigGroup& group, const std::string& name, const Message& value) {
    (*group.mutable_values())[name].set_value(value.SerializeAsString());
}

class TestChannel {
  public:
    TestChannel() {
        for (int i = 1; i <= 3; ++i) {
            const std::string msp_id = "Org" + std::to_string(i) + "MSP";
            authorities.emplace_back(msp_id + " ca");
            peers.push_back(authorities.back().issue(msp_id, "peer", "peer"));
        }
        user = authorities[0].issue("Org1MSP", "client", "user");
        orderer = ordering.issue("OrderingMSP", "orderer", "orderer1");
    }

    /// The group of a channel's configuration; tests change it.
    common::ConfigGroup configuration(const std::string& hash = "SHA256") const {
        common::ConfigGroup channel;
        common::HashingAlgorithm algorithm;
        algorithm.set_name(hash);
        set_value(channel, "HashingAlgorithm", algorithm);
        common::Capabilities capabilities;
        (*capabilities.mutable_capabilities())["V2_0"];
        set_value(channel, "Capabilities", capabilities);

        common::ConfigGroup& orderers = (*channel.mutable_groups())["Orderer"];
        orderer::ConsensusType consensus;
        consensus.set_type("etcdraft");
        etcdraft::ConfigMetadata raft;
        raft.add_consenters()->set_host("orderer1.example");
        raft.mutable_consenters(0)->set_port(7050);
        consensus.set_metadata(raft.SerializeAsString());
        set_value(orderers, "ConsensusType", consensus);
        orderer::BatchSize size;
        size.set_max_message_count(500);
        size.set_absolute_max_bytes(10 << 20);
        set_value(orderers, "BatchSize", size);
        common::ConfigGroup& owner = (*orderers.mutable_groups())["ordering"];
        owner = organization("OrderingMSP", ordering);
        put_implicit_policy(orderers, "BlockValidation", common::ImplicitMetaPolicy::ANY,
                            "Writers");
        common::OrdererAddresses addresses;
        addresses.add_addresses("orderer1.example:7050");
        set_value(owner, "Endpoints", addresses);

        common::ConfigGroup& application = (*channel.mutable_groups())["Application"];
        for (std::size_t i = 0; i < peers.size(); ++i) {
            (*application.mutable_groups())["org" + std::to_string(i + 1)] =
                organization(peers[i].msp_id, authorities[i]);
        }
        put_implicit_policy(application, "Endorsement", common::ImplicitMetaPolicy::MAJORITY,
                            "Endorsement");
        put_implicit_policy(application, "Admins", common::ImplicitMetaPolicy::MAJORITY, "Admins");
        return channel;
    }

    static common::ConfigGroup organization(const std::string& msp_id,
                                            const TestAuthority& authority) {
        msp::FabricMSPConfig inner;
        inner.set_name(msp_id);
        inner.add_root_certs(authority.certificate);
        inner.add_tls_root_certs("TLS of " + msp_id);
        msp::FabricNodeOUs& units = *inner.mutable_fabric_node_ous();
        units.set_enable(true);
        units.mutable_client_ou_identifier()->set_organizational_unit_identifier("client");
        units.mutable_peer_ou_identifier()->set_organizational_unit_identifier("peer");
        units.mutable_admin_ou_identifier()->set_organizational_unit_identifier("admin");
        units.mutable_orderer_ou_identifier()->set_organizational_unit_identifier("orderer");
        msp::MSPConfig outer;
        outer.set_config(inner.SerializeAsString());
        common::ConfigGroup group;
        set_value(group, "MSP", outer);
        put_signature_policy(group, "Writers", msp_id, common::MSPRole::MEMBER);
        put_signature_policy(group, "Endorsement", msp_id, common::MSPRole::PEER);
        put_signature_policy(group, "Admins", msp_id, common::MSPRole::ADMIN);
        return group;
    }

    /// A block with a configuration; the first one has no signature.
    common::Block config_block(const common::ConfigGroup& group, std::uint64_t number = 0,
                               crypto::HashId hash = crypto::HashId::sha256) const {
        common::ConfigEnvelope config;
        config.mutable_config()->set_sequence(number);
        *config.mutable_config()->mutable_channel_group() = group;
        common::ChannelHeader header;
        header.set_type(common::CONFIG);
        header.set_channel_id("app");
        common::Payload payload;
        payload.mutable_header()->set_channel_header(header.SerializeAsString());
        payload.set_data(config.SerializeAsString());
        common::Envelope envelope;
        envelope.set_payload(payload.SerializeAsString());
        return block(number, {envelope.SerializeAsString()}, {orderer}, number, hash);
    }

    /// A block that these orderers signed, whose transactions are all valid.
    static common::Block block(std::uint64_t number, const std::vector<std::string>& envelopes,
                               const std::vector<Identity>& orderers, std::uint64_t config = 0,
                               crypto::HashId hashed_by = crypto::HashId::sha256) {
        common::Block made;
        for (const std::string& one : envelopes) made.mutable_data()->add_data(one);
        const auto hash = data_hash(made.data(), hashed_by);
        made.mutable_header()->set_number(number);
        made.mutable_header()->set_previous_hash(std::string(32, 'p'));
        made.mutable_header()->set_data_hash(hash.data(), hash.size());
        made.mutable_metadata()->add_metadata(signatures(made.header(), orderers, config));
        made.mutable_metadata()->add_metadata("");
        made.mutable_metadata()->add_metadata(std::string(envelopes.size(), '\0'));
        return made;
    }
    static std::string signatures(const common::BlockHeader& header,
                                  const std::vector<Identity>& orderers, std::uint64_t config = 0) {
        common::OrdererBlockMetadata written;
        written.mutable_last_config()->set_index(config);
        common::Metadata metadata;
        metadata.set_value(written.SerializeAsString());
        for (const Identity& one : orderers) {
            common::SignatureHeader signer;
            signer.set_creator(one.serialized());
            signer.set_nonce("nonce");
            auto& signature = *metadata.add_signatures();
            signature.set_signature_header(signer.SerializeAsString());
            signature.set_signature(
                one.sign(metadata.value() + signature.signature_header() + header_bytes(header)));
        }
        return metadata.SerializeAsString();
    }

    /// A transaction of the user, endorsed by two peers.
    common::Envelope transaction(const std::string& key) const {
        auto built = build_proposal(call({"put", key}), user.serialized());
        const std::string executed = response_payload("done");
        auto payload = transaction_payload(
            built.proposal, {endorse(peers[0], executed), endorse(peers[1], executed)});
        return sign_payload(*payload, user);
    }

    ChannelTrust trust() const { return read_channel_config(config_block(configuration()))->trust; }

    std::vector<TestAuthority> authorities;
    TestAuthority ordering{"ordering ca"};
    std::vector<Identity> peers;
    Identity user;
    Identity orderer;
};

}  // namespace bsn::framework::fabric::testing
