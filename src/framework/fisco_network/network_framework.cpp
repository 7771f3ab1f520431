#include "framework/fisco_network/network_framework.hpp"

#include <fmt/format.h>

namespace bsn::framework::fisco_network {

Result<Verified> verify_proof(ByteView proof, ByteView trusted_state) {
    BSN_TRY(trust, Trust::from_json(as_text(trusted_state)));
    BSN_TRY(decoded, Proof::decode(proof));
    BSN_TRY(signers, decoded.check(trust));
    return Verified{view_of(decoded), trust.describe(signers)};
}

Result<Bytes> update_trust(ByteView trusted_state, ByteView header) {
    BSN_TRY(trust, Trust::from_json(as_text(trusted_state)));
    BSN_TRY(block, SignedHeader::decode(header));
    BSN_TRY(next, trust.follow(block));
    return to_bytes(next.to_json());
}

Result<Chain*> FiscoNetwork::open_chain(ByteView channel) {
    const Bytes key = to_bytes(channel);
    // Asked each time: whether the app is on this node may have changed.
    BSN_TRY(spec, apps_.network_of(channel));
    std::lock_guard lock(mutex_);
    if (closed_ || left_.contains(key)) {
        return Error{Code::unavailable, "this node has left the app's chain, or stops"};
    }
    auto& chain = chains_[key];
    if (!chain) {
        rpc::HttpCallerOptions http;
        http.urls = spec.endpoints;
        http.authority = spec.authority;
        ChainOptions options;
        options.poll_ms = poll_ms_;
        options.may_write = [this, key](const crypto::PublicKey& signer) {
            return apps_.may_write(key, signer);
        };
        chain =
            std::make_unique<FiscoNetworkChain>(std::make_unique<rpc::HttpCaller>(std::move(http)),
                                                std::move(spec.trust), std::move(options));
    }
    return static_cast<Chain*>(chain.get());
}

Status FiscoNetwork::leave_chain(ByteView channel) {
    std::lock_guard lock(mutex_);
    const Bytes key = to_bytes(channel);
    if (chains_.contains(key)) left_.insert(key);
    return {};
}

void FiscoNetwork::close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    for (auto& [channel, chain] : chains_) chain->close();
}

}  // namespace bsn::framework::fisco_network
