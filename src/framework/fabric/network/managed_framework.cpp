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
    const ChannelProgress progress = progress_of(key);
    if (!progress.open) {
        return Error{
            Code::unavailable,
            fmt::format("the app's channel is not open on this city node yet: {}{}{}",
                        progress.step, progress.reason.empty() ? "" : "; ", progress.reason)};
    }
    std::lock_guard lock(mutex_);
    BSN_TRY(chain, opened(key));
    return static_cast<Chain*>(chain);
}

Result<PermittedChain*> ManagedFabric::opened(const Bytes& channel) {
    if (closed_ || left_.contains(channel)) {
        return Error{Code::unavailable, "this node has left the app's chain, or stops"};
    }
    auto& chain = chains_[channel];
    if (!chain) {
        BSN_TRY(made, make_chain(channel));
        chain = std::move(made);
    }
    return chain.get();
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
    const Bytes key = to_bytes(channel);
    if (!network_.leave(key)) return {};
    std::lock_guard lock(mutex_);
    left_.insert(key);
    if (const auto chain = chains_.find(key); chain != chains_.end() && chain->second) {
        chain->second->close();
    }
    return {};
}

Result<Verified> ManagedFabric::verify(ByteView proof, ByteView trusted_state) const {
    return verify_proof(proof, trusted_state);
}

Result<Bytes> ManagedFabric::update(ByteView trusted_state, ByteView header) const {
    return update_trust(trusted_state, header);
}

ChannelProgress ManagedFabric::progress_of(const Bytes& channel) const {
    if (auto known = network_.progress(channel)) return std::move(*known);
    ChannelProgress progress;
    progress.step = "begins";
    progress.reason = network_.trouble();
    progress.alarming = !progress.reason.empty();
    return progress;
}

ChannelState ManagedFabric::state(ByteView channel) {
    const Bytes key = to_bytes(channel);
    ChannelState state;
    state.progress = progress_of(key);
    if (state.progress.open) {
        std::lock_guard lock(mutex_);
        if (const auto chain = opened(key)) {
            state.height = (*chain)->height();
            state.trouble = (*chain)->trouble();
        } else {
            state.trouble = chain.error().message;
        }
    }
    if (state.trouble.empty()) state.trouble = state.progress.program_trouble;
    state.contracts = network_.contracts(key);
    for (const ContractState& contract : state.contracts) {
        if (state.trouble.empty()) state.trouble = contract.trouble;
    }
    const OwnOrganisation* own = network_.organisation();
    if (own != nullptr && state.trouble.empty()) state.trouble = own->ending_soon(clock_.now());
    return state;
}

}  // namespace bsn::framework::fabric
