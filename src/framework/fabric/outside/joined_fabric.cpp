#include "framework/fabric/outside/joined_fabric.hpp"

#include "framework/fabric/client/identity_check.hpp"
#include "framework/fabric/client/proof.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {
namespace {

/// A channel that could not be read for so long is told of as an alarm.
constexpr std::uint64_t k_longest_opening_ms = 3'000;

/// Only the node's own: others sign what they send themselves.
class OwnCertificate final : public CertificateSource {
  public:
    OwnCertificate(Certified own, crypto::PublicKey key)
        : own_(std::move(own)), key_(std::move(key)) {}

    Result<Certified> certificate_of(ByteView, const crypto::PublicKey& key) const override {
        if (key == key_) return own_;
        return Error{Code::forbidden,
                     "the channel is others': sign with a certificate of one of its organisations, "
                     "or have the node sign"};
    }

  private:
    const Certified own_;
    const crypto::PublicKey key_;
};

std::string how_to_add(const std::string& app) {
    return fmt::format("`bsn fabric identity add {} --msp-id MSP --certificate FILE --key FILE`",
                       app);
}

Error expired(const JoinedApp& app, UnixMillis end) {
    return {Code::unavailable,
            fmt::format("this city node's identity on the Fabric network of {} expired at {}; give "
                        "it a new one with {}",
                        app.name, to_iso8601(end), how_to_add(app.name))};
}

Error missing(const JoinedApp& app) {
    return {Code::unavailable,
            fmt::format("this city node has no identity on the Fabric network of {}; whoever runs "
                        "it gives it one with {}",
                        app.name, how_to_add(app.name))};
}

}  // namespace

Status JoinedFabric::take_up(const Bytes& channel, const JoinedApp& app, Joined& joined) {
    auto loaded = identities_.load(app.name);
    if (!loaded && loaded.error().code == Code::not_found) return missing(app);
    BSN_TRY(identity, std::move(loaded));
    BSN_TRY(options, chain_options(app.network, identity));
    BSN_TRY(text, trusted_state_of(app.network));
    BSN_TRY(trust, ChannelTrust::from_json(text));
    // The channel may know organisations by now that it had not then: peers will say.
    std::optional<UnixMillis> valid_until;
    if (auto certificate = member_certificate(trust, identity.certified())) {
        valid_until = certificate->not_after;
        if (clock_.now() >= *valid_until) return expired(app, *valid_until);
    }
    std::shared_ptr<const Signer> signer = options.reader.signer;
    options.certificates =
        std::make_shared<const OwnCertificate>(identity.certified(), signer->public_key());
    BSN_TRY(chain, FabricChain::open(std::move(options), executor_));
    joined.valid_until = valid_until;
    joined.since = clock_.monotonic();
    if (joined.chain) {
        joined.chain->replace(std::move(chain), std::move(signer));
        return {};
    }
    ChainPermissions permissions;
    permissions.may_call = [&apps = apps_, channel](const crypto::PublicKey& key,
                                                    const std::string& contract,
                                                    const std::string& function) {
        return apps.may_call(channel, key, contract, function);
    };
    permissions.names = ContractNames(app.network.contracts);
    joined.chain = std::make_unique<PermittedChain>(std::move(chain), std::move(permissions),
                                                    std::move(signer));
    return {};
}

Result<PermittedChain*> JoinedFabric::open(ByteView channel) {
    const Bytes key = to_bytes(channel);
    // Asked each time: whether the app is on this node may have changed.
    BSN_TRY(app, apps_.joined(channel));
    std::lock_guard lock(mutex_);
    if (closed_ || left_.contains(key)) {
        return Error{Code::unavailable, "this node has left the app's chain, or stops"};
    }
    Joined& joined = chains_[key];
    const NetworkIdentities::Stamp stamp = identities_.stamp(app.name);
    if (stamp != joined.stamp || !joined.chain) {
        if (Status taken = take_up(key, app, joined); !taken) {
            // Nothing is signed any more with an identity that was taken away.
            if (joined.chain) joined.chain->close();
            joined.stamp = {};
            return taken.error();
        }
        joined.stamp = stamp;
    }
    if (joined.stamp == NetworkIdentities::Stamp{}) return missing(app);
    if (joined.valid_until && clock_.now() >= *joined.valid_until) {
        return expired(app, *joined.valid_until);
    }
    return joined.chain.get();
}

Result<Chain*> JoinedFabric::open_chain(ByteView channel) {
    BSN_TRY(chain, open(channel));
    return static_cast<Chain*>(chain);
}

Status JoinedFabric::leave_chain(ByteView channel) {
    std::lock_guard lock(mutex_);
    const Bytes key = to_bytes(channel);
    if (chains_.contains(key)) left_.insert(key);
    return {};
}

Status JoinedFabric::serves(ByteView channel) {
    BSN_TRY(chain, open(channel));
    if (chain->ready()) return {};
    return Error{Code::unavailable, "the channel cannot be read yet: " + chain->trouble()};
}

ChannelState JoinedFabric::state(ByteView channel) {
    ChannelState state;
    auto chain = open(channel);
    if (!chain) {
        state.progress = {
            .step = "get an identity", .reason = chain.error().message, .alarming = true};
        return state;
    }
    state.height = (*chain)->height();
    state.trouble = (*chain)->trouble();
    state.progress.open = (*chain)->ready();
    if (!state.progress.open) {
        std::lock_guard lock(mutex_);
        const std::uint64_t since = chains_[to_bytes(channel)].since;
        state.progress.step = "read the channel";
        state.progress.reason = state.trouble;
        state.progress.alarming = clock_.monotonic() > since + k_longest_opening_ms;
    }
    return state;
}

Result<Verified> JoinedFabric::verify(ByteView proof, ByteView trusted_state) const {
    return verify_proof(proof, trusted_state);
}

Result<Bytes> JoinedFabric::update(ByteView trusted_state, ByteView header) const {
    return update_trust(trusted_state, header);
}

void JoinedFabric::close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    for (auto& [channel, joined] : chains_) {
        if (joined.chain) joined.chain->close();
    }
}

}  // namespace bsn::framework::fabric
