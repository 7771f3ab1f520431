#include "framework/fabric/network/ordering_service.hpp"

#include "framework/fabric/client/channel_trust.hpp"
#include "framework/fabric/client/identity.hpp"
#include "framework/fabric/network/channel_configuration.hpp"
#include "framework/fabric/network/configuration_parts.hpp"

#include <common/policies.pb.h>
#include <fabric_bft.pb.h>
#include <fmt/format.h>
#include <orderer/configuration.pb.h>
#include <orderer/etcdraft/configuration.pb.h>

namespace bsn::framework::fabric {
namespace {

constexpr std::uint32_t k_snapshot_interval_bytes = 16U << 20;
const std::string k_block_validation = "BlockValidation";

void put_type(common::ConfigGroup& group, const char* type,
              const google::protobuf::Message& metadata) {
    orderer::ConsensusType consensus;
    consensus.set_type(type);
    consensus.set_metadata(in_order(metadata));
    put_value(group, "ConsensusType", consensus);
}

void put_raft(common::ConfigGroup& group, const std::vector<PlannedConsenter>& consenters) {
    etcdraft::ConfigMetadata metadata;
    for (const PlannedConsenter& one : consenters) {
        etcdraft::Consenter& consenter = *metadata.add_consenters();
        consenter.set_host(one.host);
        consenter.set_port(one.port);
        consenter.set_client_tls_cert(one.certificate);
        consenter.set_server_tls_cert(one.certificate);
    }
    etcdraft::Options& options = *metadata.mutable_options();
    options.set_tick_interval("100ms");  // so a leader is there after one or two seconds
    options.set_election_tick(10);
    options.set_heartbeat_tick(1);
    options.set_max_inflight_blocks(5);
    options.set_snapshot_interval_size(k_snapshot_interval_bytes);
    put_type(group, "etcdraft", metadata);
    put_implicit_policy(group, k_block_validation, common::ImplicitMetaPolicy::ANY, "Writers");
}

/// With the programs' own timers, what a follower was given reaches the leader after two seconds,
/// and a leader that has stopped is replaced after a minute.
void put_bft_options(common::ConfigGroup& group, const registry::FabricBatch& batch) {
    constexpr std::uint64_t k_most_waiting = 100'000;
    constexpr std::uint64_t k_patience_ms = 5'000;
    orderer::BatchSize size;
    size.ParseFromString(group.values().at("BatchSize").value());
    ::bsn::fabric::BftOptions options;
    options.set_request_batch_max_count(size.max_message_count());
    options.set_request_batch_max_bytes(size.absolute_max_bytes());
    options.set_request_batch_max_interval(fmt::format("{}ms", batch.timeout_ms));
    options.set_incoming_message_buffer_size(200);
    options.set_request_pool_size(k_most_waiting);
    options.set_request_forward_timeout("500ms");
    // Not while the leader rightly waits for a fuller block.
    options.set_request_complain_timeout(fmt::format("{}ms", k_patience_ms + batch.timeout_ms));
    options.set_request_auto_remove_timeout("3m0s");
    options.set_request_max_bytes(size.absolute_max_bytes());
    options.set_view_change_resend_interval("2s");
    options.set_view_change_timeout("10s");
    options.set_leader_heartbeat_timeout("5s");
    options.set_leader_heartbeat_count(10);
    options.set_collect_timeout("1s");
    options.set_leader_rotation(1);
    put_type(group, "BFT", options);
}

void put_bft(common::ConfigGroup& group, const registry::FabricBatch& batch,
             const std::vector<PlannedConsenter>& consenters) {
    ::bsn::fabric::Orderers orderers;
    std::vector<std::string> identities;
    ChannelTrust trust;  // which knows how many must sign
    for (const PlannedConsenter& one : consenters) {
        const auto number = static_cast<std::uint32_t>(orderers.consenter_mapping_size() + 1);
        ::bsn::fabric::Consenter& consenter = *orderers.add_consenter_mapping();
        consenter.set_id(number);
        consenter.set_host(one.host);
        consenter.set_port(one.port);
        consenter.set_msp_id(one.msp);
        consenter.set_identity(one.identity);
        consenter.set_client_tls_cert(one.certificate);
        consenter.set_server_tls_cert(one.certificate);
        Identity identity;
        identity.msp_id = one.msp;
        identity.certificate = one.identity;
        identities.push_back(identity.serialized());
        trust.bft_orderers.push_back({number, identities.back()});
    }
    put_value(group, "Orderers", orderers);
    put_bft_options(group, batch);
    put_identities_policy(group, k_block_validation, identities, trust.required_orderers());
}

}  // namespace

void put_ordering_service(common::ConfigGroup& group, const registry::FabricChannel& channel,
                          const std::vector<PlannedConsenter>& consenters) {
    if (channel.ordering == registry::FabricOrdering::bft) {
        put_bft(group, channel.batch, consenters);
    } else {
        put_raft(group, consenters);
    }
}

}  // namespace bsn::framework::fabric
