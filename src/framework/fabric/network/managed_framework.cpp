#include "framework/fabric/network/managed_framework.hpp"

#include "crypto/hash.hpp"
#include "framework/fabric/client/proof.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {

ManagedFabric::ManagedFabric(ManagedNetworkOptions options, PermissionChain& chain,
                             MayCallApp may_call, const contract::Contracts& contracts,
                             const Clock& clock, Executor& executor)
    : may_call_(std::move(may_call)),
      clock_(clock),
      executor_(executor),
      network_(std::move(options), chain, contracts, clock) {}

ManagedFabric::~ManagedFabric() { close(); }

void ManagedFabric::close() {
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
        for (auto& [channel, chain] : chains_) chain->close();
    }
    network_.close();
}

Result<ledger::Hash> ManagedFabric::keep_package(ByteView package) {
    BSN_TRY(read, read_code_package(package));
    BSN_CHECK(network_.check_language(read.language));
    const ledger::Hash digest = crypto::hash(crypto::HashId::sha256, package);
    BSN_CHECK(network_.packages().put(digest, package));
    return digest;
}

Result<Chain*> ManagedFabric::open_chain(ByteView channel) {
    const Bytes key = to_bytes(channel);
    const ChannelState now = state(channel);
    if (!now.progress.open) {
        return Error{Code::unavailable,
                     fmt::format("the app's channel is not open on this city node yet: {}{}{}",
                                 now.progress.step, now.progress.reason.empty() ? "" : "; ",
                                 now.progress.reason)};
    }
    std::lock_guard lock(mutex_);
    if (closed_ || left_.contains(key)) {
        return Error{Code::unavailable, "this node has left the app's chain, or stops"};
    }
    auto& chain = chains_[key];
    if (!chain) {
        BSN_TRY(made, make_chain(key));
        chain = std::move(made);
    }
    return static_cast<Chain*>(chain.get());
}

Result<std::unique_ptr<PermittedChain>> ManagedFabric::make_chain(const Bytes& channel) {
    BSN_TRY(options, network_.chain_options(channel));
    options.certificates = certificates();
    BSN_TRY(chain, FabricChain::open(std::move(options), executor_));
    return std::make_unique<PermittedChain>(
        std::move(chain), ChainPermissions{.may_call = may_call_on(channel, may_call_),
                                           .writes = [this, channel](const std::string& contract,
                                                                     const std::string& function) {
                                               return network_.writes(channel, contract, function);
                                           }});
}

std::shared_ptr<const ParticipantCertificates> ManagedFabric::certificates() {
    if (!certificates_) {
        certificates_ =
            std::make_shared<const ParticipantCertificates>(*network_.organisation(), clock_);
    }
    return certificates_;
}

Result<ManagedFabric::ParticipantCertificate> ManagedFabric::certificate_of(
    ByteView channel, ByteView participant, const crypto::PublicKey& key) {
    std::shared_ptr<const ParticipantCertificates> source;
    {
        std::lock_guard lock(mutex_);
        BSN_CHECK(organisation());
        source = certificates();
    }
    BSN_TRY(certified, source->certificate_of(participant, key));
    return ParticipantCertificate{channel_name(channel), std::move(certified)};
}

Result<const OwnOrganisation*> ManagedFabric::organisation() const {
    if (const auto* own = network_.organisation()) return own;
    const std::string trouble = network_.trouble();
    return Error{Code::unavailable,
                 fmt::format("this city node has no organisation of Fabric yet{}{}",
                             trouble.empty() ? "" : ": ", trouble)};
}

Result<std::string> ManagedFabric::issue(const std::string& name, const crypto::PublicKey& key,
                                         const std::string& attributes) {
    std::lock_guard lock(mutex_);
    BSN_TRY(own, organisation());
    return own->issue(name, key, attributes, clock_.now(), to_hex(ledger::participant_id_of(key)));
}

Status ManagedFabric::leave_chain(ByteView channel) {
    std::lock_guard lock(mutex_);
    const Bytes key = to_bytes(channel);
    if (chains_.contains(key)) left_.insert(key);
    return {};
}

Result<Verified> ManagedFabric::verify(ByteView proof, ByteView trusted_state) const {
    return verify_proof(proof, trusted_state);
}

Result<Bytes> ManagedFabric::update(ByteView trusted_state, ByteView header) const {
    return update_trust(trusted_state, header);
}

ChannelState ManagedFabric::state(ByteView channel) const {
    const Bytes key = to_bytes(channel);
    ChannelState state;
    if (auto known = network_.progress(key)) {
        state.progress = std::move(*known);
    } else {
        state.progress.step = "begins";
        state.progress.reason = network_.trouble();
        state.progress.alarming = !state.progress.reason.empty();
    }
    std::lock_guard lock(mutex_);
    if (const auto chain = chains_.find(key); chain != chains_.end() && chain->second) {
        state.height = chain->second->height();
        state.trouble = chain->second->trouble();
    }
    if (state.trouble.empty()) state.trouble = state.progress.program_trouble;
    state.contracts = network_.contracts(key);
    for (const ContractState& contract : state.contracts) {
        if (state.trouble.empty()) state.trouble = contract.trouble;
    }
    return state;
}

}  // namespace bsn::framework::fabric
