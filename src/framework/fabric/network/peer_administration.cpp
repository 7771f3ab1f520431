#include "framework/fabric/network/peer_administration.hpp"

#include "base/clock.hpp"
#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/proposal_builder.hpp"
#include "framework/fabric/client/transaction.hpp"

#include <fmt/format.h>
#include <peer/lifecycle/lifecycle.pb.h>
#include <peer/query.pb.h>

#include <algorithm>
#include <chrono>
#include <future>

namespace bsn::framework::fabric {
namespace {

using namespace std::chrono_literals;

constexpr auto k_patience = 15s;
constexpr std::int32_t k_first_refusal = 400;
const std::string k_lifecycle = "_lifecycle";
const std::string k_configuration = "cscc";

template <typename Arguments>
Arguments arguments_of(const ContractDefinition& definition) {
    Arguments arguments;
    arguments.set_name(definition.name);
    arguments.set_version(definition.version);
    arguments.set_sequence(definition.sequence);
    return arguments;
}

bool says(const Error& error, std::string_view what) {
    return error.message.find(what) != std::string::npos;
}

UnixMillis now() {
    return static_cast<UnixMillis>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                       std::chrono::system_clock::now().time_since_epoch())
                                       .count());
}

}  // namespace

struct PeerAdministration::Call {
    std::string channel;  ///< empty: of the peer itself
    std::string chaincode;
    std::string function;
    std::optional<std::string> argument;

    ProposalSpec spec(const std::string& tls_hash) const {
        ProposalSpec spec;
        spec.channel = channel;
        spec.chaincode = chaincode;
        spec.arguments = {function};
        if (argument) spec.arguments.push_back(*argument);
        spec.time = now();
        spec.tls_certificate_hash = tls_hash;
        return spec;
    }
};

PeerAdministration::PeerAdministration(Endpoint peer, Identity admin)
    : peer_(std::move(peer)), admin_(std::move(admin)) {
    if (auto hash = tls_certificate_hash(peer_.endpoint().tls)) tls_hash_ = std::move(*hash);
}

Result<std::string> PeerAdministration::ask(const Call& call) const {
    const BuiltProposal proposal = build_proposal(call.spec(tls_hash_), admin_.serialized());
    BSN_TRY(answer, peer_.process(proposal.sign(admin_), k_patience));
    if (answer.response().status() >= k_first_refusal) {
        return Error{Code::contract_failed,
                     fmt::format("{} of {}: {}", call.function, call.chaincode,
                                 answer.response().message())};
    }
    return answer.response().payload();
}

Status PeerAdministration::submit(const Call& call, const std::vector<Endpoint>& others,
                                  std::size_t needed, OrderingClient& orderers) const {
    const BuiltProposal proposal = build_proposal(call.spec(tls_hash_), admin_.serialized());
    const protos::SignedProposal signed_proposal = proposal.sign(admin_);
    std::vector<PeerAnswer> answers;
    BSN_TRY(own, peer_.process(signed_proposal, k_patience));
    answers.push_back({peer_.name(), std::move(own)});
    Status missing;
    for (const Endpoint& endpoint : others) {
        if (answers.size() > needed) break;
        const PeerConnection other(endpoint);
        auto answer = other.process(signed_proposal, k_patience);
        if (answer) {
            if (Status good = check_response({other.name(), *answer}); good) {
                answers.push_back({other.name(), std::move(*answer)});
                continue;
            } else {
                missing = std::move(good);
            }
        } else {
            missing = answer.error();
        }
    }
    if (answers.size() <= needed) {
        return Error{
            Code::unavailable,
            fmt::format("{} needs the endorsement of {} other organisations: {}", call.function,
                        needed, missing ? "too few are there" : missing.error().message)};
    }
    BSN_TRY(payload, transaction_payload(proposal.proposal, answers));
    std::promise<Status> taken;
    orderers.broadcast(sign_payload(std::move(payload), admin_), k_patience,
                       [&taken](Status status) { taken.set_value(std::move(status)); });
    return taken.get_future().get();
}

Result<bool> PeerAdministration::has_joined(const std::string& channel) const {
    BSN_TRY(payload, ask({"", k_configuration, "GetChannels", std::nullopt}));
    BSN_TRY(answer, read_message<protos::ChannelQueryResponse>(payload, "peer's list of channels"));
    return std::any_of(answer.channels().begin(), answer.channels().end(),
                       [&](const auto& one) { return one.channel_id() == channel; });
}

Status PeerAdministration::join(const std::string& block) const {
    BSN_CHECK(ask({"", k_configuration, "JoinChain", block}));
    return {};
}

Result<bool> PeerAdministration::has_installed(const std::string& package_id) const {
    BSN_TRY(payload, ask({"", k_lifecycle, "QueryInstalledChaincodes", ""}));
    BSN_TRY(answer, read_message<lifecycle::QueryInstalledChaincodesResult>(
                        payload, "peer's list of contracts"));
    const auto& installed = answer.installed_chaincodes();
    return std::any_of(installed.begin(), installed.end(),
                       [&](const auto& one) { return one.package_id() == package_id; });
}

Status PeerAdministration::install(const ContractPackage& package) const {
    lifecycle::InstallChaincodeArgs arguments;
    arguments.set_chaincode_install_package(to_text(package.archive));
    BSN_CHECK(ask({"", k_lifecycle, "InstallChaincode", arguments.SerializeAsString()}));
    return {};
}

Result<std::optional<PeerAdministration::Committed>> PeerAdministration::committed(
    const std::string& channel, const std::string& contract) const {
    lifecycle::QueryChaincodeDefinitionArgs arguments;
    arguments.set_name(contract);
    auto payload =
        ask({channel, k_lifecycle, "QueryChaincodeDefinition", arguments.SerializeAsString()});
    if (!payload) {
        if (says(payload.error(), "is not defined")) return std::optional<Committed>();
        return payload.error();
    }
    BSN_TRY(answer, read_message<lifecycle::QueryChaincodeDefinitionResult>(
                        *payload, "channel's definition of a contract"));
    return std::optional(Committed{{contract, answer.version(), answer.sequence()},
                                   {answer.approvals().begin(), answer.approvals().end()}});
}

Result<PeerAdministration::Approvals> PeerAdministration::approvals(
    const std::string& channel, const ContractDefinition& definition) const {
    const auto arguments = arguments_of<lifecycle::CheckCommitReadinessArgs>(definition);
    BSN_TRY(payload,
            ask({channel, k_lifecycle, "CheckCommitReadiness", arguments.SerializeAsString()}));
    BSN_TRY(answer, read_message<lifecycle::CheckCommitReadinessResult>(
                        payload, "channel's list of approvals"));
    return Approvals(answer.approvals().begin(), answer.approvals().end());
}

Status PeerAdministration::approve(const std::string& channel, const ContractDefinition& definition,
                                   const std::string& package_id, OrderingClient& orderers) const {
    auto arguments = arguments_of<lifecycle::ApproveChaincodeDefinitionForMyOrgArgs>(definition);
    arguments.mutable_source()->mutable_local_package()->set_package_id(package_id);
    return submit(
        {channel, k_lifecycle, "ApproveChaincodeDefinitionForMyOrg", arguments.SerializeAsString()},
        {}, 0, orderers);
}

Status PeerAdministration::commit(const std::string& channel, const ContractDefinition& definition,
                                  const std::vector<Endpoint>& others, std::size_t needed,
                                  OrderingClient& orderers) const {
    const auto arguments = arguments_of<lifecycle::CommitChaincodeDefinitionArgs>(definition);
    return submit(
        {channel, k_lifecycle, "CommitChaincodeDefinition", arguments.SerializeAsString()}, others,
        needed, orderers);
}

}  // namespace bsn::framework::fabric
