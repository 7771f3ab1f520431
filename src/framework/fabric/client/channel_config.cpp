#include "framework/fabric/client/channel_config.hpp"

#include "framework/fabric/client/block.hpp"
#include "framework/fabric/client/identity.hpp"
#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/transaction.hpp"

#include <common/configtx.pb.h>
#include <common/configuration.pb.h>
#include <fabric_bft.pb.h>
#include <msp/msp_config.pb.h>
#include <orderer/configuration.pb.h>
#include <orderer/etcdraft/configuration.pb.h>

#include <algorithm>
#include <charconv>

namespace bsn::framework::fabric {
namespace {

using common::ConfigGroup;

constexpr std::int32_t k_x509_msp = 0;
const std::string k_block_validation = "BlockValidation";

Error invalid(std::string message) {
    return {Code::invalid_argument, "channel configuration: " + std::move(message)};
}

/// A value of a group; empty, as its defaults are, if it is not there.
template <typename Message>
Result<Message> value_of(const ConfigGroup& group, const std::string& name) {
    auto found = group.values().find(name);
    if (found == group.values().end()) return Message();
    return read_message<Message>(found->second.value(), "channel configuration's " + name);
}

Result<const ConfigGroup*> group_of(const ConfigGroup& group, const std::string& name) {
    auto found = group.groups().find(name);
    if (found == group.groups().end()) return invalid("there is no group " + name);
    return &found->second;
}

template <typename Field>
std::vector<std::string> texts_of(const Field& field) {
    return {field.begin(), field.end()};
}

void read_roles(const msp::FabricMSPConfig& config, Organization& organization) {
    const msp::FabricNodeOUs& units = config.fabric_node_ous();
    if (!units.enable()) return;
    auto add = [&](Role role, const msp::FabricOUIdentifier& unit) {
        if (unit.organizational_unit_identifier().empty()) return;
        organization.roles[role] = {unit.organizational_unit_identifier(), unit.certificate()};
    };
    add(Role::client, units.client_ou_identifier());
    add(Role::peer, units.peer_ou_identifier());
    add(Role::admin, units.admin_ou_identifier());
    add(Role::orderer, units.orderer_ou_identifier());
}

Result<Organization> read_organization(const ConfigGroup& group, const std::string& name,
                                       ChannelConfig& config) {
    BSN_TRY(outer, value_of<msp::MSPConfig>(group, "MSP"));
    if (outer.type() != k_x509_msp) {
        return Error{Code::unsupported_version,
                     fmt::format("organisation {} has members of kind {}; only X.509 (0) is known",
                                 name, outer.type())};
    }
    BSN_TRY(inner, read_message<msp::FabricMSPConfig>(outer.config(), "organisation's MSP"));
    if (inner.name().empty() || inner.root_certs().empty()) {
        return invalid(fmt::format("organisation {} has no MSP id or no authority", name));
    }
    Organization organization;
    organization.msp_id = inner.name();
    organization.authorities = {texts_of(inner.root_certs()), texts_of(inner.intermediate_certs()),
                                texts_of(inner.revocation_list())};
    organization.admins = texts_of(inner.admins());
    read_roles(inner, organization);
    config.tls[organization.msp_id] = {texts_of(inner.tls_root_certs()),
                                       texts_of(inner.tls_intermediate_certs())};
    return organization;
}

Result<std::set<std::string>> capabilities_of(const ConfigGroup& group) {
    BSN_TRY(read, value_of<common::Capabilities>(group, "Capabilities"));
    std::set<std::string> names;
    for (const auto& [name, capability] : read.capabilities()) names.insert(name);
    return names;
}

Status read_bft(const ConfigGroup& group, ChannelConfig& config) {
    BSN_TRY(orderers, value_of<::bsn::fabric::Orderers>(group, "Orderers"));
    if (orderers.consenter_mapping().empty()) return invalid("BFT without orderers");
    for (const ::bsn::fabric::Consenter& one : orderers.consenter_mapping()) {
        Identity identity;
        identity.msp_id = one.msp_id();
        identity.certificate = one.identity();
        config.trust.bft_orderers.push_back({one.id(), identity.serialized()});
        config.consenters.push_back({one.host(), one.port()});
    }
    return {};
}

Status read_consensus(const ConfigGroup& group, ChannelConfig& config) {
    BSN_TRY(consensus, value_of<orderer::ConsensusType>(group, "ConsensusType"));
    config.consensus = consensus.type();
    if (config.consensus == "BFT") return read_bft(group, config);
    if (config.consensus != "etcdraft") {
        return Error{Code::unsupported_version,
                     fmt::format("the channel's orderers agree by `{}`; etcdraft and BFT are known",
                                 config.consensus)};
    }
    BSN_TRY(raft, read_message<etcdraft::ConfigMetadata>(consensus.metadata(),
                                                         "configuration of etcdraft"));
    for (const etcdraft::Consenter& one : raft.consenters()) {
        config.consenters.push_back({one.host(), one.port()});
    }
    return {};
}

/// A duration as Go writes it: decimal numbers, each with a unit, such as `2s` or `1m0.5s`.
Result<std::uint64_t> millis_of_duration(std::string_view text) {
    constexpr std::pair<std::string_view, double> k_units[] = {
        {"ms", 1}, {"us", 1e-3}, {"µs", 1e-3}, {"ns", 1e-6}, {"h", 3.6e6}, {"m", 6e4}, {"s", 1e3}};
    constexpr double k_longest = 1e12;
    double sum = 0;
    for (std::string_view rest = text; !rest.empty();) {
        double number = 0;
        const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), number,
                                          std::chars_format::fixed);
        rest.remove_prefix(static_cast<std::size_t>(read.ptr - rest.data()));
        const auto* unit =
            std::find_if(std::begin(k_units), std::end(k_units),
                         [&](const auto& one) { return rest.starts_with(one.first); });
        sum +=
            read.ec == std::errc() && unit != std::end(k_units) ? number * unit->second : k_longest;
        if (!(sum >= 0 && sum < k_longest)) {
            return invalid(fmt::format("`{}` is no duration that a block waits", text));
        }
        rest.remove_prefix(unit->first.size());
    }
    return static_cast<std::uint64_t>(sum);
}

Error other_signing(std::string_view needed) {
    return {
        Code::unsupported_version,
        fmt::format("channel configuration: by the orderers' policy {}, blocks are signed by {}; "
                    "known are any one orderer (`ANY Writers`) and, of orderers that agree by "
                    "BFT, so many of them as can agree",
                    k_block_validation, needed)};
}

/// The policy that Fabric makes of the orderers that agree by BFT.
Status check_quorum_signs(const common::Policy& policy, const ChannelTrust& trust) {
    if (policy.type() != common::Policy::SIGNATURE)
        return other_signing("others than those who agree");
    BSN_TRY(signatures, read_message<common::SignaturePolicyEnvelope>(
                            policy.value(), "channel configuration's policy BlockValidation"));
    std::set<std::string> named;
    for (const common::MSPPrincipal& one : signatures.identities()) {
        if (one.principal_classification() == common::MSPPrincipal::IDENTITY) {
            named.insert(one.principal());
        }
    }
    std::set<std::string> orderers;
    for (const BftOrderer& one : trust.bft_orderers) orderers.insert(one.identity);
    const auto& some = signatures.rule().n_out_of();
    std::set<int> signers;
    for (const common::SignaturePolicy& one : some.rules()) {
        if (one.Type_case() == common::SignaturePolicy::kSignedBy) signers.insert(one.signed_by());
    }
    const auto count = trust.bft_orderers.size();
    const bool known = named == orderers && signers.size() == count &&
                       static_cast<std::size_t>(some.rules_size()) == count &&
                       static_cast<std::size_t>(signatures.identities_size()) == count;
    if (!known) return other_signing("others than those who agree");
    if (static_cast<std::size_t>(some.n()) == trust.required_orderers()) return {};
    return other_signing(fmt::format("{} of the {} that agree", some.n(), count));
}

/// That blocks are signed by whom `OrdererCheck` asks for.
Status check_block_signing(const ConfigGroup& group, const ChannelTrust& trust) {
    if (!trust.bft_orderers.empty()) {
        auto found = group.policies().find(k_block_validation);
        if (found == group.policies().end()) return other_signing("nobody");
        return check_quorum_signs(found->second.policy(), trust);
    }
    auto rule = rule_of(group, k_block_validation, common::MSPRole::ORDERER);
    if (!rule) return other_signing(rule.error().message);
    const bool any_one =
        std::all_of(trust.orderers.begin(), trust.orderers.end(),
                    [&](const Organization& one) { return rule->enough({one.msp_id}); });
    return any_one ? Status() : other_signing(rule->text());
}

Status read_orderers(const ConfigGroup& channel, ChannelConfig& config) {
    BSN_TRY(found, group_of(channel, "Orderer"));
    const ConfigGroup& group = *found;
    BSN_TRY(capabilities, capabilities_of(group));
    config.orderer_capabilities = std::move(capabilities);
    BSN_TRY(size, value_of<orderer::BatchSize>(group, "BatchSize"));
    config.most_transactions = size.max_message_count();
    config.largest_block = size.absolute_max_bytes();
    BSN_TRY(timeout, value_of<orderer::BatchTimeout>(group, "BatchTimeout"));
    BSN_TRY(milliseconds, millis_of_duration(timeout.timeout()));
    config.batch_timeout_ms = milliseconds;
    BSN_TRY(addresses, value_of<common::OrdererAddresses>(channel, "OrdererAddresses"));
    config.orderer_addresses[""] = texts_of(addresses.addresses());
    for (const auto& [name, below] : group.groups()) {
        BSN_TRY(organization, read_organization(below, name, config));
        BSN_TRY(endpoints, value_of<common::OrdererAddresses>(below, "Endpoints"));
        config.orderer_addresses[organization.msp_id] = texts_of(endpoints.addresses());
        config.trust.orderers.push_back(std::move(organization));
    }
    BSN_CHECK(read_consensus(group, config));
    return check_block_signing(group, config.trust);
}

Status read_members(const ConfigGroup& channel, ChannelConfig& config) {
    BSN_TRY(found, group_of(channel, "Application"));
    BSN_TRY(capabilities, capabilities_of(*found));
    config.application_capabilities = std::move(capabilities);
    for (const auto& [name, below] : found->groups()) {
        BSN_TRY(organization, read_organization(below, name, config));
        config.trust.members.push_back(std::move(organization));
    }
    return {};
}

/// Of a channel without that policy, the chaincodes that need it fail; its members' word counts all
/// the same.
Status read_policies(const ConfigGroup& channel, ChannelConfig& config) {
    BSN_TRY(policies, ChannelPolicies::read(channel));
    config.policies = std::move(policies);
    auto endorsement = config.policies.find("Application/Endorsement");
    config.trust.endorsement =
        endorsement ? std::move(*endorsement) : config.trust.majority_of_members();
    config.policies.usual = config.trust.endorsement;
    return {};
}

Status read_hash(const ConfigGroup& channel, ChannelConfig& config) {
    BSN_TRY(hash, value_of<common::HashingAlgorithm>(channel, "HashingAlgorithm"));
    if (hash.name() == "SHA256" || hash.name().empty()) return {};
    if (hash.name() != "SM3") {
        return Error{
            Code::unsupported_version,
            fmt::format("the channel hashes by `{}`; SHA256 and SM3 are known", hash.name())};
    }
    config.trust.hash = crypto::HashId::sm3;
    return {};
}

void sort_by_id(std::vector<Organization>& organizations) {
    std::sort(organizations.begin(), organizations.end(),
              [](const auto& a, const auto& b) { return a.msp_id < b.msp_id; });
}

}  // namespace

std::string TlsAuthorities::bundle() const {
    std::string text;
    for (const auto* list : {&roots, &intermediates}) {
        for (const std::string& one : *list) text += one.ends_with('\n') ? one : one + "\n";
    }
    return text;
}

Result<ChannelConfig> read_channel_config(const common::Block& block) {
    if (block.data().data_size() != 1) return invalid("it is not alone in its block");
    BSN_TRY(envelope, read_message<common::Envelope>(block.data().data(0), "configuration"));
    BSN_TRY(payload, read_message<common::Payload>(envelope.payload(), "configuration's payload"));
    BSN_TRY(header, read_message<common::ChannelHeader>(payload.header().channel_header(),
                                                        "channel header"));
    if (header.type() != common::CONFIG) return invalid("the block holds none");
    BSN_TRY(config_envelope,
            read_message<common::ConfigEnvelope>(payload.data(), "configuration's envelope"));
    const ConfigGroup& channel = config_envelope.config().channel_group();
    ChannelConfig config;
    config.trust.channel = header.channel_id();
    config.trust.height = block.header().number();
    config.sequence = config_envelope.config().sequence();
    BSN_CHECK(read_hash(channel, config));
    BSN_TRY(capabilities, capabilities_of(channel));
    config.channel_capabilities = std::move(capabilities);
    BSN_CHECK(read_orderers(channel, config));
    BSN_CHECK(read_members(channel, config));
    BSN_CHECK(read_policies(channel, config));
    sort_by_id(config.trust.members);
    sort_by_id(config.trust.orderers);
    return config;
}

}  // namespace bsn::framework::fabric
