#pragma once
// FISCO BCOS networks that others run, as app chains: framework `fisco-network`.

#include "framework/fisco_network/network_chain.hpp"

#include <set>

namespace bsn::framework::fisco_network {

/// What an app says of the network that its chain is on.
struct NetworkSpec {
    std::vector<rpc::Url> endpoints;  ///< of the JSON-RPC of nodes that have the group
    std::string authority;            ///< PEM; empty: the system's
    Trust trust;
};

/// What the permission chain says of apps. Any thread may call any member.
class Apps {
  public:
    virtual ~Apps() = default;
    /// `not_found` if there is no such app, `unavailable` if it is not on this node.
    virtual Result<NetworkSpec> network_of(ByteView channel) const = 0;
    /// Whether an app takes transactions of a key now.
    virtual Status may_write(ByteView channel, const crypto::PublicKey& signer) const = 0;
};

/// Whether a proof shows a transaction to someone who trusts these sealers (`Trust::to_json`).
Result<Verified> verify_proof(ByteView proof, ByteView trusted_state);
/// The sealers that a later header (`SignedHeader`) hands over to.
Result<Bytes> update_trust(ByteView trusted_state, ByteView header);

class FiscoNetwork final : public Framework {
  public:
    static constexpr std::string_view k_name = "fisco-network";

    /// The apps outlive it.
    FiscoNetwork(const Apps& apps, std::uint64_t poll_ms = ChainOptions{}.poll_ms)
        : apps_(apps), poll_ms_(poll_ms) {}

    std::string_view name() const override { return k_name; }
    Capabilities capabilities() const override {
        return {.client_signed = true, .transient_data = false, .offline_proofs = true};
    }
    Result<Chain*> open_chain(ByteView channel) override;
    Status leave_chain(ByteView channel) override;
    Result<Verified> verify(ByteView proof, ByteView trusted_state) const override {
        return verify_proof(proof, trusted_state);
    }
    Result<Bytes> update(ByteView trusted_state, ByteView header) const override {
        return update_trust(trusted_state, header);
    }

    /// Ends all that waits. Before whoever waits goes.
    void close();

  private:
    const Apps& apps_;
    const std::uint64_t poll_ms_;
    std::mutex mutex_;  ///< guards what follows
    /// A chain that was left stays until the end: somebody may still read it.
    std::map<Bytes, std::unique_ptr<FiscoNetworkChain>> chains_;
    std::set<Bytes> left_;
    bool closed_ = false;
};

}  // namespace bsn::framework::fisco_network
